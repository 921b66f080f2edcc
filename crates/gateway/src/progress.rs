//! When something last moved, so that what stalls can be told from what is only long.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When something last moved.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    /// Microseconds from then to the last move.
    moved: AtomicU64,
    /// Whether it has moved more than once, and will again.
    goes_on: AtomicBool,
}

impl Progress {
    /// Moves now for the first time.
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), moved: AtomicU64::new(0), goes_on: AtomicBool::new(false) }
    }

    /// It moves.
    pub(crate) fn touch(&self) {
        let moved = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.moved.store(moved, Ordering::Relaxed);
    }

    /// Whether it goes on from now on.
    pub(crate) fn go_on(&self, goes_on: bool) {
        self.goes_on.store(goes_on, Ordering::Relaxed);
    }

    pub(crate) fn goes_on(&self) -> bool {
        self.goes_on.load(Ordering::Relaxed)
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
