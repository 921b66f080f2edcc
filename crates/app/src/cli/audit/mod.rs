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

#[cfg(test)]
mod tests {
    use std::fs;

    use portcullis_core::ports::clock::Clock;
    use portcullis_core::ports::ledger::Ledger as _;

    use super::*;
    use crate::cli::administration::actor;
    use crate::clock::long_ago::LongAgo;

    #[test]
    fn a_command_removes_no_record_because_it_is_too_old_to_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = ConfigFile { config: folder.path().join("bng.yaml") };
        let state = folder.path().join("state");
        let text =
            format!("api:\n  user_store: sqlite:users.db\n  audit: {{keep: 1d}}\n  state_dir: {state:?}\n");
        fs::write(&file.config, text).unwrap();
        let config = configuration(&file.config).unwrap();
        runtime().unwrap().block_on(async {
            let stores = Stores::open(&config, Arc::new(LongAgo)).await.unwrap();
            stores.database.note(actor().record("long ago", LongAgo.now(), None));
            stores.close().await.unwrap();
        });
        let exported = with_key(&file, async |administration| {
            let mut export = administration.stores.database.export(None).await.map_err(Failure::failed)?;
            export.next_page(1).await.map_err(Failure::failed)
        });
        let lines = exported.unwrap();
        assert!(lines.first().is_some_and(|first| first.contains(r#""action":"long ago""#)), "{lines:?}");
    }
}
