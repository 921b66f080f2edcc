//! From serving to silence in three steps, and how connections hear of them.

use tokio::sync::watch;

/// What the listener is doing; it only ever goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Requests are welcome.
    Serving,
    /// Those in flight may finish.
    Draining,
    /// Time is up.
    Over,
}

/// Lets a connection wait for a phase.
#[derive(Clone)]
pub(super) struct Progress(watch::Receiver<Phase>);

impl Progress {
    /// Begins with [`Phase::Serving`].
    pub(super) fn begin() -> (watch::Sender<Phase>, Self) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (sender, Self(receiver))
    }

    /// Resolves once this phase, or a later one, has come; a listener that is gone has passed them all.
    pub(super) async fn reached(&mut self, phase: Phase) {
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_comes_late_has_not_missed_a_phase() {
        let (phase, mut progress) = Progress::begin();
        phase.send_replace(Phase::Over);
        progress.reached(Phase::Draining).await;
        progress.reached(Phase::Over).await;
    }

    #[tokio::test]
    async fn a_listener_that_is_gone_has_passed_them_all() {
        let (phase, mut progress) = Progress::begin();
        drop(phase);
        progress.reached(Phase::Over).await;
    }
}
