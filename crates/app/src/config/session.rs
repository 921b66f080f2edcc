//! `session`: how long opaque tokens last.

use std::time::Duration;

use portcullis_core::domain::opaque::OpaquePolicy;
use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const LIFETIME: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(30 * 24));

/// The policy of opaque tokens.
pub(super) fn policy(settings: &Settings<'_>, faults: &mut Faults) -> OpaquePolicy {
    let usual = OpaquePolicy::default();
    OpaquePolicy {
        idle_timeout: settings.duration("session.idle_timeout", usual.idle_timeout, LIFETIME, faults),
        max_age: settings.duration("session.max_age", usual.max_age, LIFETIME, faults),
    }
}
