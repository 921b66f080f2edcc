//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;

/// A clock that is moved by hand, and never back.
#[derive(Debug)]
pub struct StoppedClock(AtomicI64);

impl StoppedClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves it to `now`; a time before its own is ignored, since a clock never goes back.
    pub fn set(&self, now: Timestamp) {
        self.0.fetch_max(now.micros(), Ordering::SeqCst);
    }

    /// Moves it on by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_it_is_moved() {
        let clock = StoppedClock::at(Timestamp::from_seconds(100));
        assert_eq!((clock.now(), clock.now().seconds()), (clock.now(), 100));
        clock.advance(Duration::from_micros(5));
        assert_eq!(clock.now().micros(), 100_000_005);
        clock.set(Timestamp::from_seconds(200));
        assert_eq!(clock.now().seconds(), 200);
    }

    #[test]
    fn it_never_goes_back() {
        let clock = StoppedClock::at(Timestamp::from_seconds(100));
        clock.set(Timestamp::from_seconds(99));
        assert_eq!(clock.now().seconds(), 100);
    }
}
