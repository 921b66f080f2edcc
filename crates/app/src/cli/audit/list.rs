//! `portcullis audit list`: what happened, for people and for programs.

use std::process::ExitCode;

use clap::Args;
use portcullis_core::domain::chain_text::rfc3339;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::record::{Amendment, Entry, Record, RecordFilter, Sequence};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::Ledger;
use serde_json::{Value, json};

use super::instant;
use crate::cli::administration::administer;
use crate::cli::output::{Table, harmless, or_dash, say_json};
use crate::cli::{ConfigFile, Outcome};
use crate::failure::Failure;

/// How many records are read and printed at a time.
const BATCH: usize = 500;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis audit list --config bng.yaml --since 2026-01-31T00:00:00Z --action login\n  \
    portcullis audit list --config bng.yaml --json --user alice | jq -r .reason\n\n\
    With --json each line is a record, as the endpoint /api/v1/auth/audit has it.")]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Those after the record of this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// What this user did, or `uid 0` on the command line
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Those of this action alone: `login`, `user.change`, `DELETE /api/v1/subscribers/7`
    #[arg(long)]
    action: Option<String>,
    /// Those of this time and later
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<Timestamp>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print each as a line of JSON
    #[arg(long)]
    json: bool,
}

/// Lists the records that are asked for.
pub(super) fn run(options: &Options) -> Outcome {
    administer(&options.file, async |administration| list(options, &*administration.ledger()).await)?;
    Ok(ExitCode::SUCCESS)
}

async fn list(options: &Options, ledger: &dyn Ledger) -> Result<(), Failure> {
    let Options { user, action, since, .. } = options;
    let filter = RecordFilter { subject: user.clone(), action: action.clone(), since: *since };
    let mut table = Table::under(["SEQ", "TIME", "DECISION", "USER", "ADDRESS", "ACTION", "REASON"]);
    let (mut after, mut left) = (Sequence(options.after), options.limit.unwrap_or(usize::MAX));
    loop {
        let limit = left.min(BATCH);
        let part = ledger.since(after, &filter, limit).await.map_err(Failure::failed)?;
        if options.json {
            say_json(part.iter().map(as_json))?;
        } else {
            table.say(part.iter().map(row))?;
        }
        left -= part.len().min(left);
        match part.last() {
            Some(last) if part.len() == limit && left > 0 => after = last.sequence,
            _ => return Ok(()),
        }
    }
}

fn row(Entry { sequence, record }: &Entry) -> [String; 7] {
    let Record { time, subject, address, action, verdict, reason, amendment, .. } = record;
    let reason = amendment.as_ref().map_or_else(|| reason.clone(), words);
    [
        sequence.0.to_string(),
        rfc3339(*time),
        verdict.as_str().to_owned(),
        or_dash(subject.as_deref().map(harmless)),
        or_dash(address.map(|address| address.to_string())),
        harmless(action),
        harmless(&reason),
    ]
}

/// A change in a line: `user alice: active; may log in; operator -> deactivated; may log in; operator`.
fn words(Amendment { object, before, after }: &Amendment) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{object}: {before} -> {after}"),
        (None, Some(after)) => format!("{object}: new: {after}"),
        (Some(before), None) => format!("{object}: gone: {before}"),
        (None, None) => object.clone(),
    }
}

/// As `GET /api/v1/auth/audit` has it.
fn as_json(Entry { sequence, record }: &Entry) -> Value {
    let Record { time, request_id, decision_id, subject, address, action, .. } = record;
    let Record { route, realm, verdict, reason, amendment, .. } = record;
    let change = amendment.as_ref().map(
        |Amendment { object, before, after }| json!({ "object": object, "before": before, "after": after }),
    );
    let mut entry = json!({
        "sequence": sequence.0,
        "time": rfc3339(*time),
        "request_id": request_id,
        "user": subject,
        "address": address.map(|address| address.to_string()),
        "action": action,
        "decision": verdict.as_str(),
        "reason": reason,
    });
    let optional = [
        ("decision_id", decision_id.clone().map(Value::from)),
        ("route", route.clone().map(Value::from)),
        ("realm", realm.as_ref().map(Realm::as_str).map(Value::from)),
        ("change", change),
    ];
    if let Some(members) = entry.as_object_mut() {
        members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    entry
}
