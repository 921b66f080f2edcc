//! A time limit that begins again and again, and is hardly ever reached: once for each request on a connection.
//!
//! To set an alarm is dear, since all of them are kept in one order. So there is one alarm for all the limits of a
//! connection. It stays where it is while the limits behind it come and go, and is put off only when it rings too early.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Waits for one limit at a time.
#[derive(Debug, Default)]
pub struct Patience(Option<Pin<Box<Sleep>>>);

impl Patience {
    /// Comes after this time, counted from now; never, if that is beyond all time.
    pub async fn ends_after(&mut self, limit: Duration) {
        let Some(due) = Instant::now().checked_add(limit) else { return std::future::pending().await };
        poll_fn(|cx| self.poll_end(due, cx)).await;
    }

    /// Whether this moment has come. If not, the task is woken when it does, and perhaps once before.
    pub fn poll_end(&mut self, due: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let alarm = self.0.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if due < alarm.deadline() {
            alarm.as_mut().reset(due);
        }
        loop {
            ready!(alarm.as_mut().poll(cx));
            if due <= alarm.deadline() {
                return Poll::Ready(());
            }
            // It rang for an earlier limit, which was kept.
            alarm.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);

    async fn waited(patience: &mut Patience, limit: Duration) -> Duration {
        let begin = Instant::now();
        patience.ends_after(limit).await;
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_ends_when_it_says_however_many_were_kept_before() {
        let mut patience = Patience::default();
        for _ in 0..25 {
            assert!(timeout(SECOND, patience.ends_after(LIMIT)).await.is_err());
        }
        assert_eq!(waited(&mut patience, LIMIT).await.as_secs(), 10);
        assert_eq!(waited(&mut patience, LIMIT).await.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_shorter_than_the_one_before_ends_sooner() {
        let mut patience = Patience::default();
        assert!(timeout(SECOND, patience.ends_after(LIMIT)).await.is_err());
        assert_eq!(waited(&mut patience, 2 * SECOND).await.as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_that_rang_while_nobody_waited_ends_no_later_limit() {
        let mut patience = Patience::default();
        assert!(timeout(SECOND, patience.ends_after(LIMIT)).await.is_err());
        advance(3 * LIMIT).await;
        assert_eq!(waited(&mut patience, LIMIT).await.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_beyond_all_time_never_ends() {
        let mut patience = Patience::default();
        assert!(timeout(1000 * LIMIT, patience.ends_after(Duration::MAX)).await.is_err());
    }
}
