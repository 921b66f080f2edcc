//! `portcullis audit`: what happened, and whether a copy of it is as it was written.

mod export;
mod list;
mod prune;
mod verify;

use std::sync::Arc;

use clap::{Args, Subcommand};
use portcullis_core::domain::time::Timestamp;

use super::administration::Administration;
use super::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::opened::{configuration, runtime};
use crate::stores::{Stores, path};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    portcullis audit export --config bng.yaml > audit.jsonl\n  \
    portcullis audit verify --config bng.yaml audit.jsonl")]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what happened, oldest first
    List(list::Options),
    /// Print the records as a chain that can be verified, with its signed checkpoints
    Export(export::Options),
    /// Verify an export: whether anything in it was edited, removed, moved, back-dated or cut off
    Verify(verify::Options),
    /// Remove the oldest records
    Prune(prune::Options),
}

/// Does what `portcullis audit` is told.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::List(options) => list::run(options),
        Command::Export(options) => export::run(options),
        Command::Verify(options) => verify::run(options),
        Command::Prune(options) => prune::run(options),
    }
}

/// Does something with the records that wants a checkpoint, which only who can read the audit's key can set.
fn with_key<T>(
    file: &ConfigFile,
    action: impl AsyncFnOnce(&Administration) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = configuration(&file.config)?;
    runtime()?.block_on(async {
        let clock = Arc::new(SystemClock::new());
        let stores = if path(&config).exists() {
            Stores::open(&config, clock.clone()).await?
        } else {
            Stores::open_existing(&config, clock.clone()).await?
        };
        Administration::over(file, &config, stores, clock).await?.finish(action).await
    })
}

/// A point in time, as RFC 3339 writes it.
fn instant(text: &str) -> Result<Timestamp, &'static str> {
    let instant = text.parse::<jiff::Timestamp>();
    let instant = instant.map_err(|_| "expected a time such as 2026-01-31T00:00:00Z")?;
    Ok(Timestamp::from_micros(instant.as_microsecond()))
}
