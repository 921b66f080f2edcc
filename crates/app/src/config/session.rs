//! `session`: how long opaque tokens last. There are none in this version, so the values are checked and not kept.

use std::time::Duration;

use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const LIFETIME: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(30 * 24));

/// Says what is wrong with the policy of sessions.
pub(super) fn check(settings: &Settings<'_>, faults: &mut Faults) {
    for (key, usual) in
        [("session.idle_timeout", Duration::from_mins(30)), ("session.max_age", Duration::from_hours(24))]
    {
        settings.duration(key, usual, LIFETIME, faults);
    }
}
