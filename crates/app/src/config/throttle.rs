//! `throttle`: how failed logins are slowed down.

use std::time::Duration;

use ipnet::IpNet;
use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const SPAN: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(24));

/// The most failures that a limit can stand at: more would be no limit.
const MOST_FAILURES: u32 = 100_000;

/// How failed logins are slowed down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThrottlePolicy {
    /// Failures for one name within the window.
    pub(crate) per_user: u32,
    /// Failures from one address within the window.
    pub(crate) per_address: u32,
    /// How long a failure counts.
    pub(crate) window: Duration,
    /// The longest wait, to which it doubles from 1 s.
    pub(crate) max_delay: Duration,
    /// Who is never held.
    pub(crate) never_limit: Vec<IpNet>,
}

/// The policy of the throttle.
pub(super) fn policy(settings: &Settings<'_>, faults: &mut Faults) -> ThrottlePolicy {
    let (five_minutes, a_quarter) = (Duration::from_mins(5), Duration::from_mins(15));
    ThrottlePolicy {
        per_user: settings.number("throttle.per_user", 1..=MOST_FAILURES, 5, faults),
        per_address: settings.number("throttle.per_address", 1..=MOST_FAILURES, 20, faults),
        window: settings.duration("throttle.window", five_minutes, SPAN, faults),
        max_delay: settings.duration("throttle.max_delay", a_quarter, SPAN, faults),
        never_limit: settings.networks("throttle.never_limit", faults),
    }
}
