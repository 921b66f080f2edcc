//! `session`: how long opaque tokens last.

use std::time::Duration;

use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const LIFETIME: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(30 * 24));

/// How long opaque tokens last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionPolicy {
    /// After the last request.
    pub(crate) idle_timeout: Duration,
    /// After the login, however busy.
    pub(crate) max_age: Duration,
}

/// The policy of sessions.
pub(super) fn policy(settings: &Settings<'_>, faults: &mut Faults) -> SessionPolicy {
    let (half_an_hour, a_day) = (Duration::from_mins(30), Duration::from_hours(24));
    SessionPolicy {
        idle_timeout: settings.duration("session.idle_timeout", half_an_hour, LIFETIME, faults),
        max_age: settings.duration("session.max_age", a_day, LIFETIME, faults),
    }
}
