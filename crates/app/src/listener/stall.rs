//! A client that does not read: however long an answer is, it may not stand still for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// Measures how long writing has made no progress. Costs nothing while it does.
pub(super) struct Stall {
    limit: Duration,
    since: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, since: None }
    }

    /// Hands on what became of an attempt to write, or the error that it has failed for too long.
    pub(super) fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.since = None;
            return written;
        }
        let since = self.since.get_or_insert_with(|| Box::pin(sleep(self.limit)));
        since.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_for_too_long_is_cut_off() {
        let mut stall = Stall::new(LIMIT);
        let begin = Instant::now();
        let written = poll_fn(|cx| stall.watch::<()>(cx, Poll::Pending)).await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed().as_secs(), LIMIT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_is_waited_for() {
        let mut stall = Stall::new(LIMIT);
        for _ in 0..5 {
            let pending = poll_fn(|cx| Poll::Ready(stall.watch::<()>(cx, Poll::Pending))).await;
            assert!(pending.is_pending());
            tokio::time::advance(LIMIT.saturating_sub(Duration::from_secs(1))).await;
            let written = poll_fn(|cx| stall.watch(cx, Poll::Ready(Ok(1)))).await;
            assert_eq!(written.unwrap(), 1);
        }
    }
}
