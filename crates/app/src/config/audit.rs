//! `audit`: how what happened is kept.

use std::time::Duration;

use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const KEEP: Bounds = Bounds::new(Duration::from_hours(24), Duration::from_hours(3650 * 24));

/// How what happened is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Audit {
    /// How long a record is kept; for ever if nothing is said.
    pub(crate) keep: Option<Duration>,
    /// Whether calls that would be recorded are refused while they can't be.
    pub(crate) refuse_on_failure: bool,
}

/// How the records are kept.
pub(super) fn audit(settings: &Settings<'_>, faults: &mut Faults) -> Audit {
    let has_limit = settings.optional("audit.keep").is_some();
    let keep =
        has_limit.then(|| settings.duration("audit.keep", Duration::from_hours(90 * 24), KEEP, faults));
    let refuse_on_failure =
        settings.choice("audit.on_failure", ("continue", false), &[("refuse", true)], faults);
    Audit { keep, refuse_on_failure }
}
