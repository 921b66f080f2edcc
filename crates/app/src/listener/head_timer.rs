//! The time limit for a request's head in hyper's terms. hyper asks for a new one after each answer and throws it away when
//! the next head has come; here all those of a connection share one alarm.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use portcullis_gateway::Patience;

/// The limits of one connection, one at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct HeadTimer(Arc<Mutex<Patience>>);

/// One of them.
struct HeadLimit {
    due: Instant,
    timer: HeadTimer,
}

impl HeadTimer {
    fn patience(&self) -> MutexGuard<'_, Patience> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, due: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadLimit { due, timer: self.clone() })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Sleep for HeadLimit {}

impl Future for HeadLimit {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.patience().poll_end(self.due.into(), cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_limit_ends_at_its_own_time() {
        let timer = HeadTimer::default();
        let begin = tokio::time::Instant::now();
        drop(timer.sleep(Duration::from_secs(1)));
        timer.sleep(Duration::from_secs(10)).await;
        assert_eq!(begin.elapsed().as_secs(), 10);
        timer.sleep(Duration::from_secs(1)).await;
        timer.sleep_until(begin.into()).await;
        assert_eq!(begin.elapsed().as_secs(), 11);
    }
}
