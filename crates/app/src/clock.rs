//! The system's clock, which within the process never goes back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;

/// The wall clock, held at the latest time that it has shown.
#[derive(Debug, Default)]
pub(crate) struct SystemClock {
    latest: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = system_micros();
        let before = self.latest.fetch_max(now, Ordering::Relaxed);
        Timestamp::from_micros(now.max(before))
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
    fn the_clock_holds_where_the_system_s_goes_back() {
        let ahead = i64::MAX / 2;
        let clock = SystemClock { latest: AtomicI64::new(ahead) };
        assert_eq!(clock.now(), Timestamp::from_micros(ahead));
        assert!(SystemClock::default().now().micros() > 0);
    }
}
