//! `state_dir`, `workers`, `upstream_openapi`: what the process is given to work with.

use std::path::PathBuf;

use portcullis_store_yaml::document::Faults;

use super::environment::Surroundings;
use super::layers::Settings;

/// More threads than this help no machine.
const MOST_WORKERS: usize = 1024;

/// The folder for what must outlive the process: the configured one, systemd's, or one beside.
pub(super) fn state_dir(settings: &Settings<'_>, around: &Surroundings, faults: &mut Faults) -> PathBuf {
    let configured = settings.path("state_dir", faults);
    configured.or_else(|| around.state_directory()).unwrap_or_else(|| "./portcullis-state".into())
}

/// How many threads serve requests.
pub(super) fn workers(settings: &Settings<'_>, around: &Surroundings, faults: &mut Faults) -> usize {
    settings.number("workers", 1..=MOST_WORKERS, around.cores().min(MOST_WORKERS), faults)
}

/// Where the upstream describes itself, if it does.
pub(super) fn openapi(settings: &Settings<'_>, faults: &mut Faults) -> Option<String> {
    let given = settings.optional("upstream_openapi")?;
    given.read("where the upstream describes itself", faults, |text| {
        (!text.trim().is_empty()).then(|| text.to_owned())
    })
}
