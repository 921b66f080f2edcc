//! How an address fares, as far as requests have shown: nobody asks it on purpose.
//!
//! One whose connections fail several times in a row is left out, for a time that grows. After that one request tries
//! it, and only if it is answered the others follow. As long as all goes well, a request looks at this and locks nothing.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many failures in a row are enough.
const ENOUGH: u32 = 3;
/// How long an address is left out at first. It doubles each time,
const SHORTEST: Duration = Duration::from_secs(1);
/// up to this. What was in service for longer than that begins anew.
const LONGEST: Duration = Duration::from_mins(1);
/// How much later than others a request tries an address if it could not be asked once more.
const GRACE: Duration = Duration::from_secs(1);

/// How an address fares.
pub(crate) struct Health {
    began: Instant,
    /// Until when it is left out, in milliseconds since `began`; 0 while it is in service.
    until: AtomicU64,
    /// Another one whenever it is left out, and whenever it is back.
    era: AtomicU32,
    /// Whether an answer would change anything.
    is_spotted: AtomicBool,
    record: Mutex<Record>,
}

/// The era of an address in which a request was sent to it. What comes of that in another era says nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Era(u32);

/// How an address stands, for a request that looks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It works, or nobody knows otherwise.
    InService,
    /// Its time is over, and nobody tries it just now.
    Due,
    /// It is left out for so many milliseconds.
    LeftOut(u64),
}

#[derive(Default)]
struct Record {
    /// In a row, until now.
    failures: u32,
    /// How often its time has doubled.
    doubled: u32,
    back_since: Option<Instant>,
    times_left_out: u64,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            until: AtomicU64::new(0),
            era: AtomicU32::new(0),
            is_spotted: AtomicBool::new(false),
            record: Mutex::default(),
        }
    }

    pub(crate) fn era(&self) -> Era {
        Era(self.era.load(Ordering::Relaxed))
    }

    /// How it stands, for a request that may be asked once more, or not.
    pub(crate) fn standing(&self, is_repeatable: bool) -> Standing {
        let until = self.until.load(Ordering::Relaxed);
        if until == 0 {
            return Standing::InService;
        }
        let now = self.now();
        let due = if is_repeatable { until } else { until + millis(GRACE) };
        if due <= now { Standing::Due } else { Standing::LeftOut(until.saturating_sub(now)) }
    }

    pub(crate) fn is_in_service(&self) -> bool {
        self.until.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn times_left_out(&self) -> u64 {
        self.record().times_left_out
    }

    /// Claims the one request that tries it: for as long as it was left out before, nobody else does. If nothing comes
    /// of that request, since its client has gone or it hangs, another one tries then.
    pub(crate) fn claim(&self) -> bool {
        let record = self.record();
        let (until, now) = (self.until.load(Ordering::Relaxed), self.now());
        let is_due = until != 0 && until <= now;
        if is_due {
            self.until.store(now + millis(span(record.doubled.saturating_sub(1))), Ordering::Relaxed);
        }
        is_due
    }

    /// It has answered. Returns whether it is back by that.
    pub(crate) fn answered(&self, era: Era) -> bool {
        if !self.is_spotted.load(Ordering::Relaxed) {
            return false;
        }
        let mut record = self.record();
        if era != self.era() {
            return false;
        }
        record.failures = 0;
        self.is_spotted.store(false, Ordering::Relaxed);
        let is_back = self.until.swap(0, Ordering::Relaxed) != 0;
        if is_back {
            record.back_since = Some(Instant::now());
            self.era.fetch_add(1, Ordering::Relaxed);
        }
        is_back
    }

    /// A connection to it has failed. Returns how long it is left out, if it is by that. While it is left out, only the
    /// request that tries it counts.
    pub(crate) fn failed(&self, era: Era, is_trial: bool) -> Option<Duration> {
        let mut record = self.record();
        if era != self.era() || !(self.is_in_service() || is_trial) {
            return None;
        }
        self.is_spotted.store(true, Ordering::Relaxed);
        record.failures = record.failures.saturating_add(1);
        if record.failures < ENOUGH {
            return None;
        }
        let span = record.leave_out();
        self.until.store(self.now() + millis(span), Ordering::Relaxed);
        self.era.fetch_add(1, Ordering::Relaxed);
        Some(span)
    }

    /// Never 0, which stands for something else.
    fn now(&self) -> u64 {
        millis(self.began.elapsed()) + 1
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    /// Notes that it is left out, and returns for how long.
    fn leave_out(&mut self) -> Duration {
        if self.back_since.take().is_some_and(|since| since.elapsed() > LONGEST) {
            self.doubled = 0;
        }
        let span = span(self.doubled);
        self.doubled = self.doubled.saturating_add(1);
        self.times_left_out = self.times_left_out.saturating_add(1);
        span
    }
}

/// How long it is after so many doublings.
fn span(doubled: u32) -> Duration {
    SHORTEST.saturating_mul(2_u32.saturating_pow(doubled)).min(LONGEST)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Fails as often as it takes to be left out, and returns for how long.
    fn break_down(health: &Health) -> Duration {
        for _ in 1..ENOUGH {
            assert_eq!(health.failed(health.era(), false), None);
        }
        health.failed(health.era(), false).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn some_failures_in_a_row_leave_an_address_out_and_others_do_not() {
        let health = Health::new();
        for _ in 0..10 {
            for _ in 1..ENOUGH {
                assert_eq!(health.failed(health.era(), false), None);
            }
            assert!(!health.answered(health.era()));
        }
        assert_eq!(health.standing(true), Standing::InService);
        assert_eq!(break_down(&health), SHORTEST);
        assert_eq!(health.standing(true), Standing::LeftOut(1000));
        assert_eq!(health.times_left_out(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_tries_it_when_its_time_is_over() {
        let health = Health::new();
        break_down(&health);
        assert!(!health.claim());
        advance(SECOND).await;
        assert_eq!(health.standing(true), Standing::Due);
        assert!(health.claim());
        assert!(!health.claim());
        assert_eq!(health.standing(true), Standing::LeftOut(1000));
        // Nothing came of it.
        advance(SECOND).await;
        assert!(health.claim());
        assert!(health.answered(health.era()));
        assert_eq!(health.standing(true), Standing::InService);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_could_not_be_asked_again_tries_it_a_little_later() {
        let health = Health::new();
        break_down(&health);
        advance(SECOND).await;
        assert_eq!(health.standing(true), Standing::Due);
        assert_eq!(health.standing(false), Standing::LeftOut(0));
        advance(GRACE).await;
        assert_eq!(health.standing(false), Standing::Due);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_doubles_with_each_trial_that_fails_and_has_an_end() {
        let health = Health::new();
        let mut spans = vec![break_down(&health).as_secs()];
        for _ in 0..8 {
            advance(Duration::from_secs(*spans.last().unwrap())).await;
            assert!(health.claim());
            spans.push(health.failed(health.era(), true).unwrap().as_secs());
        }
        assert_eq!(spans, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(health.times_left_out(), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_again_soon_is_left_out_for_longer_and_what_has_lasted_begins_anew() {
        let health = Health::new();
        for (lasted, span) in [(0, 1), (10, 2), (60, 4), (61, 1), (1, 2)] {
            advance(Duration::from_secs(lasted)).await;
            assert_eq!(break_down(&health).as_secs(), span);
            advance(LONGEST).await;
            assert!(health.claim() && health.answered(health.era()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_before_says_nothing_any_more() {
        let health = Health::new();
        let before = health.era();
        break_down(&health);
        assert!(!health.answered(before), "an answer from before it broke down");
        assert_eq!(health.failed(before, false), None);
        // Asked since all others are left out too: no further time for it if it fails, but an answer counts.
        let meanwhile = health.era();
        for _ in 0..10 {
            assert_eq!(health.failed(meanwhile, false), None);
        }
        assert_eq!(health.standing(true), Standing::LeftOut(1000));
        assert!(health.answered(meanwhile));
        for _ in 0..10 {
            assert_eq!(health.failed(meanwhile, false), None, "a failure from before it was back");
        }
        assert!(health.is_in_service());
    }
}
