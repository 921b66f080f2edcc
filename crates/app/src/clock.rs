//! The system's clock, which within the process never goes back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;

/// The wall clock. Where it is set back, time goes on from the latest time that was shown, at the pace of a clock that
/// nobody sets: it neither goes back nor stands still.
#[derive(Debug)]
pub(crate) struct SystemClock {
    started: Instant,
    /// The furthest that the wall clock was ever ahead of the time since the start, in microseconds.
    lead: AtomicI64,
}

impl SystemClock {
    /// A clock that starts now.
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), lead: AtomicI64::new(i64::MIN) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let lead = system_micros().saturating_sub(since);
        let before = self.lead.fetch_max(lead, Ordering::Relaxed);
        Timestamp::from_micros(since.saturating_add(lead.max(before)))
    }
}

/// Microseconds since 1970; a clock that stands before 1970 is taken for one that stands there.
#[expect(clippy::disallowed_methods, reason = "the one home of the wall clock")]
fn system_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_wall_clock_goes_back_time_goes_on() {
        let a_year_ahead = system_micros() + 365 * 86_400 * 1_000_000;
        let clock = SystemClock { started: Instant::now(), lead: AtomicI64::new(a_year_ahead) };
        let first = clock.now();
        assert!(first >= Timestamp::from_micros(a_year_ahead));
        let later = std::iter::repeat_with(|| clock.now()).find(|now| *now > first);
        assert!(later.is_some());
    }

    #[test]
    fn the_time_is_the_wall_clock_s() {
        let before = system_micros();
        let now = SystemClock::new().now().micros();
        assert!((before - 1000..before + 60_000_000).contains(&now), "{before} {now}");
    }
}

#[cfg(test)]
pub(crate) mod long_ago {
    //! A clock that stands still in the past, for what must have been written then.

    use super::{Clock, Timestamp};

    /// The beginning of 2020.
    #[derive(Debug)]
    pub(crate) struct LongAgo;

    impl Clock for LongAgo {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1_577_836_800)
        }
    }
}
