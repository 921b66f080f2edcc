//! The failures of one name or one address.

use std::collections::VecDeque;
use std::time::Duration;

use super::Held;
use crate::domain::throttle::{Origin, ThrottlePolicy};
use crate::domain::time::Timestamp;

/// The first wait.
const FIRST: Duration = Duration::from_secs(1);

/// Failures, newest last, and the wait that follows from them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// When and from where; no more than make the limit.
    failures: VecDeque<(Timestamp, Option<Origin>)>,
    /// How many are being hashed now.
    begun: usize,
    /// The wait that is in force.
    hold: Option<Hold>,
}

#[derive(Debug, Clone, Copy)]
struct Hold {
    until: Timestamp,
    wait: Duration,
}

impl Tally {
    /// Whether one more may be tried.
    pub(super) fn check(
        &mut self,
        limit: usize,
        policy: &ThrottlePolicy,
        now: Timestamp,
    ) -> Result<(), Held> {
        self.forget_old(policy, now);
        if let Some(hold) = self.hold.filter(|hold| now < hold.until) {
            let left = hold.until.micros().saturating_sub(now.micros());
            return Err(Held(Duration::from_micros(u64::try_from(left).unwrap_or_default())));
        }
        // Those being hashed count only beside a failure: many good logins at once are no attack. After a wait, one at a
        // time may try.
        let failed = self.failures.len();
        let is_on_probation = failed >= limit || self.hold.is_some();
        let at_once = if is_on_probation { 1 } else { limit - failed };
        let has_failed = failed > 0 || is_on_probation;
        if has_failed && self.begun >= at_once { Err(Held(FIRST)) } else { Ok(()) }
    }

    /// One begins to be hashed.
    pub(super) fn begin(&mut self) {
        self.begun += 1;
    }

    /// One that began has ended.
    pub(super) fn end(
        &mut self,
        origin: Option<Origin>,
        limit: usize,
        policy: &ThrottlePolicy,
        now: Timestamp,
        good: bool,
    ) {
        self.begun = self.begun.saturating_sub(1);
        if good {
            return;
        }
        self.forget_old(policy, now);
        self.failures.push_back((now, origin));
        if self.failures.len() > limit {
            self.failures.pop_front();
        }
        // A wait that is remembered is doubled even if the failures that led to it no longer count.
        if self.failures.len() >= limit || self.hold.is_some() {
            let wait = self.hold.map_or(FIRST, |hold| hold.wait * 2).min(policy.max_delay);
            self.hold = Some(Hold { until: now.plus(wait), wait });
        }
    }

    /// Forgets what failed from an address; if that leaves too few to be held for, there is no wait any more.
    pub(super) fn forgive(&mut self, origin: Origin, limit: usize) {
        self.failures.retain(|(_, from)| *from != Some(origin));
        if self.failures.len() < limit {
            self.hold = None;
        }
    }

    /// Forgets those who began here and end elsewhere.
    pub(super) fn forget_begun(&mut self) {
        self.begun = 0;
    }

    /// Whether there is anything to remember.
    pub(super) fn matters(&mut self, policy: &ThrottlePolicy, now: Timestamp) -> bool {
        self.forget_old(policy, now);
        self.begun > 0 || !self.failures.is_empty() || self.hold.is_some()
    }

    /// A failure counts for the window; a wait is doubled from where it was for a window after it ended.
    fn forget_old(&mut self, policy: &ThrottlePolicy, now: Timestamp) {
        while self.failures.front().is_some_and(|(at, _)| now >= at.plus(policy.window)) {
            self.failures.pop_front();
        }
        self.hold = self.hold.filter(|hold| now < hold.until.plus(policy.window));
    }
}
