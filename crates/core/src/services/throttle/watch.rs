//! Watches over one comparison of a password in the name of the throttle: of a login, or of whoever wants to change his.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Held, Suspect, Throttle};
use crate::domain::throttle::ThrottlePolicy;
use crate::ports::clock::Clock;
use crate::ports::password_hasher::Referee;

/// A watch over one attempt.
pub(crate) struct Watch {
    throttle: Arc<Throttle>,
    clock: Arc<dyn Clock>,
    policy: ThrottlePolicy,
    suspect: Suspect,
}

impl Watch {
    /// Over an attempt in this name, from this address.
    pub(crate) fn over(
        throttle: &Arc<Throttle>,
        clock: &Arc<dyn Clock>,
        policy: &ThrottlePolicy,
        name: &str,
        address: Option<IpAddr>,
    ) -> Self {
        let suspect = throttle.suspect(name, address, policy, clock.now());
        Self { throttle: Arc::clone(throttle), clock: Arc::clone(clock), policy: policy.clone(), suspect }
    }

    /// Whether the attempt may queue.
    pub(crate) fn check(&self) -> Result<(), Held> {
        self.throttle.check(self.suspect, &self.policy, self.clock.now())
    }

    /// When it is worth trying again.
    pub(crate) fn wait(&self) -> Duration {
        self.throttle.wait(self.suspect, &self.policy, self.clock.now())
    }
}

impl Referee for Watch {
    fn begin(&self) -> bool {
        self.throttle.begin(self.suspect, &self.policy, self.clock.now()).is_ok()
    }

    fn end(&self, matches: bool) {
        self.throttle.end(self.suspect, &self.policy, self.clock.now(), matches);
    }
}
