//! `portcullis keys`: the keys that sign tokens, listed and changed beside a running server.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use portcullis_core::domain::record::Amendment;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock as _;
use portcullis_core::ports::ledger::Ledger as _;
use serde_json::{Value, json};

use super::administration::actor;
use super::output::{Table, or_dash, remark, say, say_json, time};
use super::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::config::{Config, durations};
use crate::failure::Failure;
use crate::keys::{AuditEntry, Entry, GRACE, KeyFolder, Phase, Signing};
use crate::opened::{configuration, runtime};
use crate::stores::{Stores, make_folder};

/// The least time in which every process that shares the ring has surely seen a new key.
const LEAST: Duration = Duration::from_secs(5);
/// Longer than anybody keeps a list of keys.
const MOST: Duration = Duration::from_hours(30 * 24);

/// What keys are for.
const TOKENS: &str = "tokens";
const AUDIT: &str = "audit";

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the keys that sign and verify tokens, and the one that signs the audit
    List(ListOptions),
    /// Make a new key, which takes over once everybody has heard of it
    Rotate(RotateOptions),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis keys list --config bng.yaml\n\n\
    A key is first `published`, then `signing`, then `retired`: it verifies until its last token has expired. What \
    others verify tokens with is at /.well-known/jwks.json. Private keys are never printed.")]
struct ListOptions {
    #[command(flatten)]
    file: ConfigFile,
    /// Print each as a line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis keys rotate --config bng.yaml\n  \
    portcullis keys rotate --config bng.yaml --leaked\n\n\
    The key is for `token.algorithm`, or for EdDSA as long as that is HS256: it is then in store for the time when it is \
    changed. A running server finds it within a second. Nobody is logged out, but with --leaked. \
    `token.rotate` in the configuration does this by itself.")]
struct RotateOptions {
    #[command(flatten)]
    file: ConfigFile,
    /// How long it is published before it signs, from 5s to 30d: as long as others keep the list of keys
    #[arg(long, value_name = "DURATION", value_parser = grace, conflicts_with = "leaked")]
    after: Option<Duration>,
    /// Sign with it at once, and forget the others: whoever has a token of theirs has to log in again
    #[arg(long)]
    leaked: bool,
    /// Print the new key as JSON
    #[arg(long)]
    json: bool,
}

fn grace(text: &str) -> Result<Duration, String> {
    let parsed = durations::parse(text).filter(|span| (LEAST..=MOST).contains(span));
    parsed.ok_or_else(|| "expected a duration such as 6m, from 5s to 30d".to_owned())
}

/// Does what `portcullis keys` is told.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::List(options) => list(options),
        Command::Rotate(options) => rotate(options),
    }
}

fn list(options: &ListOptions) -> Outcome {
    let config = configuration(&options.file.config)?;
    let keys_sign = Signing::from(&config).algorithm.is_some();
    let folder = KeyFolder::within(&config.state_dir);
    let keys = folder.list(keys_sign, SystemClock::new().now())?;
    let of_audit = folder.audit_entry()?;
    if options.json {
        let of_tokens = keys.iter().map(|(key, phase)| as_json(key, *phase));
        say_json(of_tokens.chain(of_audit.iter().map(audit_as_json)))?;
    } else if !keys.is_empty() || of_audit.is_some() {
        let heading = ["KEY", "PURPOSE", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM", "VERIFIES UNTIL"];
        Table::under(heading).say(keys.iter().map(row).chain(of_audit.iter().map(audit_row)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn rotate(options: &RotateOptions) -> Outcome {
    let config = configuration(&options.file.config)?;
    make_folder(&config.state_dir).map_err(Failure::Failed)?;
    let made = runtime()?.block_on(recorded(&config, |now| {
        let folder = KeyFolder::within(&config.state_dir);
        let algorithm = Signing::from(&config).algorithm.unwrap_or_default();
        if folder.list(false, now)?.is_empty() {
            no_key_yet(&config.state_dir, options.leaked)?;
        }
        if options.leaked {
            Ok(folder.replace_all(algorithm, now)?)
        } else {
            Ok(folder.rotate(algorithm, now, now.plus(options.after.unwrap_or(GRACE)))?)
        }
    }))?;
    if options.json {
        say(&as_json(&made, if options.leaked { Phase::Signing } else { Phase::Published }).to_string())?;
    } else {
        let Entry { id, algorithm, signs_from, .. } = &made;
        say(&format!("made the {algorithm} key {id}, which signs from {}", time(*signs_from)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whoever asks in another folder than the server's must hear of it: he may believe that a key that leaked is forgotten.
fn no_key_yet(state_dir: &Path, leaked: bool) -> Result<(), Failure> {
    let folder = state_dir.display();
    if leaked {
        return Err(Failure::Wrong(anyhow!(
            "there is no key that signs tokens in {folder}, so that none of there can have leaked: is that the state_dir \
             of the server?"
        )));
    }
    remark(&format!("there was no key that signs tokens in {folder}: this is the first one"));
    Ok(())
}

/// It signs from its beginning, and what it has signed is verified for ever.
fn audit_row(key: &AuditEntry) -> [String; 7] {
    let AuditEntry { kid, alg, created } = key;
    let state = Phase::Signing.as_str();
    [kid, AUDIT, alg, state, created, created, "-"].map(str::to_owned)
}

fn audit_as_json(AuditEntry { kid, alg, created }: &AuditEntry) -> Value {
    json!({
        "kid": kid,
        "purpose": AUDIT,
        "alg": alg,
        "state": Phase::Signing.as_str(),
        "created": created,
        "signs_from": created,
        "retired_at": null,
        "verifies_until": null,
    })
}

/// Makes a key, on the record as far as there is a database.
async fn recorded(
    config: &Config,
    rotate: impl FnOnce(Timestamp) -> Result<Entry, Failure>,
) -> Result<Entry, Failure> {
    let clock = Arc::new(SystemClock::new());
    let stores = Stores::open_if_there(config, clock.clone()).await?;
    let now = clock.now();
    let made = rotate(now);
    if let Some(stores) = stores {
        if let Ok(Entry { id, algorithm, signs_from, .. }) = &made {
            let after = Some(format!("{algorithm} key {id} signs from {}", time(*signs_from)));
            let amendment = Amendment { object: "keys".to_owned(), before: None, after };
            stores.database.note(actor().record("keys.rotate", now, Some(amendment)));
        }
        let closed = stores.close().await.context("the keys were changed, but that can't be recorded");
        if made.is_ok() {
            closed.map_err(Failure::Failed)?;
        }
    }
    made
}

fn row((key, phase): &(Entry, Phase)) -> [String; 7] {
    [
        key.id.clone(),
        TOKENS.to_owned(),
        key.algorithm.to_string(),
        phase.as_str().to_owned(),
        time(key.created),
        time(key.signs_from),
        or_dash(key.verifies_until().map(time)),
    ]
}

fn as_json(key: &Entry, phase: Phase) -> Value {
    json!({
        "kid": key.id,
        "purpose": TOKENS,
        "alg": key.algorithm.name(),
        "state": phase.as_str(),
        "created": time(key.created),
        "signs_from": time(key.signs_from),
        "retired_at": key.retired_at.map(time),
        "verifies_until": key.verifies_until().map(time),
    })
}
