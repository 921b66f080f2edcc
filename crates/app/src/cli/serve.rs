//! `portcullis serve`: opens the gate before the upstream.

use std::path::Path;
use std::process::ExitCode;

use sd_notify::NotifyState;
use tracing_subscriber::filter::LevelFilter;

use super::Outcome;
use crate::opened::{configuration, inherited, secrets, surroundings};
use crate::reload::Watched;
use crate::server::{self, Start};
use crate::telemetry::log;

/// Serves until SIGTERM or SIGINT.
pub(super) fn run(file: &Path) -> Outcome {
    let inherited = inherited()?;
    let watched = Watched::new(vec![file.to_owned()]);
    let config = configuration(file)?;
    let _log = log::start(LevelFilter::INFO);
    if !config.enabled {
        tracing::info!("`api.enabled` is not true in {}: there is nothing to serve", file.display());
        // A service manager takes an end before that for a start that has failed, and tries again.
        let _ = sd_notify::notify(&[NotifyState::Ready, NotifyState::Stopping]);
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = server::runtime(&config)?;
    let start = Start {
        file: file.to_owned(),
        watched,
        config,
        surroundings: surroundings(),
        secrets: secrets()?,
        inherited,
    };
    runtime.block_on(server::run(start, |_| {}))?;
    Ok(ExitCode::SUCCESS)
}
