//! When something last moved, so that what stalls can be told from what is only long.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When something last moved.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    /// Microseconds from then to the last move.
    moved: AtomicU64,
}

impl Progress {
    /// Moves now for the first time.
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), moved: AtomicU64::new(0) }
    }

    /// It moves.
    pub(crate) fn touch(&self) {
        let moved = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.moved.store(moved, Ordering::Relaxed);
    }

    /// Waits until nothing has moved for as long as `limit`; for ever, if that is beyond all time.
    pub(crate) async fn stalled(&self, limit: Duration) {
        loop {
            let Some(due) = self.last_move().checked_add(limit) else { return pending().await };
            if due <= Instant::now() {
                return;
            }
            sleep_until(due).await;
        }
    }

    fn last_move(&self) -> Instant {
        self.began + Duration::from_micros(self.moved.load(Ordering::Relaxed))
    }
}
