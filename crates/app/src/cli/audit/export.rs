//! `portcullis audit export`: the chain of records, as it is verified elsewhere.

use std::process::ExitCode;

use clap::Args;
use portcullis_core::domain::time::Timestamp;

use super::{instant, with_key};
use crate::cli::output::{remark, say_lines};
use crate::cli::{ConfigFile, Outcome};
use crate::failure::Failure;

/// How many records are read and printed at a time.
const BATCH: usize = 1000;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    portcullis audit export --config bng.yaml > audit.jsonl\n\n\
    Each line is a record or a checkpoint. A checkpoint is set first, so that the whole of it can be verified; for that \
    the command has to read the audit's key in the state directory. The form is told in the book, in \"Audit\".")]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// From the last checkpoint before this time on
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<Timestamp>,
}

/// Prints the chain.
pub(super) fn run(options: &Options) -> Outcome {
    with_key(&options.file, async |administration| {
        let export = administration.stores.database.export(options.since).await;
        let mut export = export.map_err(Failure::failed)?;
        let mut is_sealed = true;
        loop {
            let lines = export.next_page(BATCH).await.map_err(Failure::failed)?;
            let Some(last) = lines.last() else { break };
            is_sealed = last.starts_with("{\"checkpoint\":");
            say_lines(&lines)?;
        }
        if !is_sealed {
            remark("no checkpoint could be set at the end, so that a verification finds it cut off");
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
