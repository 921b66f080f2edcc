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
