//! `throttle`: how failed logins are slowed down.

use std::time::Duration;

use portcullis_core::domain::throttle::ThrottlePolicy;
use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const SPAN: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(24));

/// The most failures that a limit can stand at: more would be no limit.
const MOST_FAILURES: usize = 1000;

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
