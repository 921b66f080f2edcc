//! `portcullis audit prune`: the oldest records go, up to a checkpoint.

use std::process::ExitCode;

use clap::Args;
use portcullis_core::domain::chain_text::rfc3339;
use portcullis_core::domain::record::Amendment;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::Ledger as _;

use super::{instant, with_key};
use crate::cli::administration::actor;
use crate::cli::output::say;
use crate::cli::{ConfigFile, Outcome};
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    portcullis audit export --config bng.yaml > audit-2025.jsonl\n  \
    portcullis audit prune --config bng.yaml --before 2026-01-01T00:00:00Z\n\n\
    They go up to the last checkpoint before that time. It stays, so that the rest can be verified. \
    `audit.keep` in the configuration does this by itself.")]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Records of before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    before: Timestamp,
}

/// Removes records, and records that.
pub(super) fn run(options: &Options) -> Outcome {
    let removed = with_key(&options.file, async |administration| {
        let database = &administration.stores.database;
        let amendment = Amendment {
            object: "audit".to_owned(),
            before: None,
            after: Some(format!("records before {} are to go", rfc3339(options.before))),
        };
        let now = administration.clock.now();
        database.note(actor().record("audit.prune", now, Some(amendment)));
        database.prune(options.before).await.map_err(Failure::failed)
    })?;
    say(&removed.map_or_else(
        || "no checkpoint was set before that time, so that nothing was removed".to_owned(),
        |last| format!("removed the records up to {}", last.0),
    ))?;
    Ok(ExitCode::SUCCESS)
}
