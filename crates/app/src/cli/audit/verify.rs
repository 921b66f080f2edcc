//! `portcullis audit verify`: whether an export is as it was written. Needs no server, no database, and of the
//! configuration at most the public key.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use portcullis_core::domain::chain_text::rfc3339;
use portcullis_crypto::signing::VerifyingKey;
use portcullis_store_sql::{Check, Fault, FaultKind, Missing, Verified, Verifier};
use serde_json::{Value, json};

use crate::cli::Outcome;
use crate::cli::output::{remark, say};
use crate::failure::Failure;
use crate::keys::AUDIT_PUBLIC_KEY;
use crate::opened::configuration;

/// More than any line of an export has, in bytes: what is longer is none, and is not read whole.
const LONGEST_LINE: u64 = 16 << 20;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis audit verify --key audit-key.pub.pem audit.jsonl\n  \
    portcullis audit verify --config bng.yaml --json audit.jsonl\n\n\
    Without a key the chain is verified, but not who has made it: whoever can write the file could have made all of it \
    anew. Keep the key where whoever can write the database can't reach it.\n\
    Exit status: 0 it is as it was written, 1 it is not, 2 wrong use.")]
pub(super) struct Options {
    /// What `audit export` has printed
    file: PathBuf,
    /// The public key of the checkpoints, audit-key.pub.pem of the state directory; more than one if it was changed
    #[arg(long = "key", value_name = "PEM")]
    keys: Vec<PathBuf>,
    /// Take the key from the state directory of this configuration
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    config: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Verifies a file.
pub(super) fn run(options: &Options) -> Outcome {
    let keys = keys(options)?;
    let verified = verify(&options.file, &keys).map_err(Failure::Wrong)?;
    if keys.is_empty() {
        remark("without a key: the signatures of the checkpoints are not verified");
    }
    let file = options.file.display();
    match (&verified, options.json) {
        (_, true) => say(&as_json(&verified, !keys.is_empty()).to_string())?,
        (Ok(verified), false) => say(&format!("{file}: {}", as_text(verified)))?,
        (Err(fault), false) => say(&format!("{file}: {fault}"))?,
    }
    Ok(if verified.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The keys that may have signed.
fn keys(options: &Options) -> Result<Vec<VerifyingKey>, Failure> {
    let of_server = options.config.as_ref().map(|file| configuration(file)).transpose()?;
    let of_server = of_server.map(|config| config.state_dir.join(AUDIT_PUBLIC_KEY));
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        VerifyingKey::from_pem(&text).with_context(|| format!("{} holds no key", path.display()))
    };
    let keys = options.keys.iter().chain(&of_server).map(read).collect::<anyhow::Result<_>>();
    keys.map_err(Failure::Wrong)
}

/// The first fault of a file, or what was verified.
fn verify(file: &Path, keys: &[VerifyingKey]) -> anyhow::Result<Result<Verified, Fault>> {
    let why = || format!("cannot read {}", file.display());
    let mut lines = BufReader::new(File::open(file).with_context(why)?);
    let check: Check<'_> = Box::new(|name, message, signature| {
        keys.is_empty() || keys.iter().any(|key| key.name() == name && key.verify(message, signature))
    });
    let mut verifier = Verifier::new(check);
    let mut line = vec![];
    while lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).with_context(why)? > 0 {
        if let Err(fault) = verifier.line(line.strip_suffix(b"\n").unwrap_or(&line)) {
            return Ok(Err(fault));
        }
        line.clear();
    }
    Ok(verifier.end())
}

fn as_text(verified: &Verified) -> String {
    let Verified { first, missing, last, hash, checkpoints, steps_back } = verified;
    let (first, last) = (first.0, last.0);
    let missing = missing.map_or_else(String::new, |missing| match missing {
        Missing::Pruned { by } => {
            format!("; they begin at {first}, since record {} prunes those before", by.0)
        }
        Missing::NotAsked { since } => format!("; they begin at {first}: exported since {}", rfc3339(since)),
    });
    let set_back =
        if *steps_back == 0 { String::new() } else { format!("; the clock was set back {steps_back} times") };
    format!(
        "records {first} to {last} are as they were written; checkpoints: {checkpoints}; \
        the last record's hash: {hash}{missing}{set_back}"
    )
}

fn as_json(verified: &Result<Verified, Fault>, is_signed: bool) -> Value {
    match verified {
        Ok(Verified { first, missing, last, hash, checkpoints, steps_back }) => {
            let (pruned_by, since) = match missing {
                Some(Missing::Pruned { by }) => (Some(by.0), None),
                Some(Missing::NotAsked { since }) => (None, Some(rfc3339(*since))),
                None => (None, None),
            };
            json!({
                "ok": true, "first": first.0, "last": last.0, "hash": hash.to_string(),
                "checkpoints": checkpoints, "pruned_by": pruned_by, "since": since,
                "steps_back": steps_back, "signatures_verified": is_signed,
            })
        }
        Err(fault) => {
            json!({ "ok": false, "line": fault.line, "fault": word(fault.kind), "message": fault.to_string() })
        }
    }
}

/// A stable word.
fn word(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Unreadable => "unreadable",
        FaultKind::Encoding => "no UTF-8",
        FaultKind::Edited => "edited",
        FaultKind::Replaced => "replaced",
        FaultKind::Removed { .. } => "removed",
        FaultKind::Reordered { .. } => "reordered",
        FaultKind::BackDated => "back-dated",
        FaultKind::Forged => "forged",
        FaultKind::CutOff => "cut off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_never_ends_is_no_line() {
        let fault = verify(Path::new("/dev/zero"), &[]).unwrap().unwrap_err();
        assert_eq!((fault.line, word(fault.kind)), (1, "unreadable"));
    }
}
