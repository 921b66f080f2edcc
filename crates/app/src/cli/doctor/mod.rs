//! `portcullis doctor`: what is wrong with an installation, why it matters, and how to mend it.
//!
//! Every check is a function from what was read to what it found, and none depends on another. All of them are run, and
//! none changes anything: the database is opened for reading only, and what `serve` would make is not made. What can't be
//! looked at is a finding itself, never silence.

mod certificate;
mod clients;
mod codes;
mod disk;
mod exposure;
mod files;
mod finding;
mod openapi;
mod passwords;
mod remote;
mod routes;
mod seen;
#[cfg(test)]
mod tests;
mod tokens;
mod upstream_api;
mod users;
mod witnesses;
mod x509;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use portcullis_core::ports::clock::Clock as _;
use serde_json::{Value, json};

use super::Outcome;
use super::output::{say, say_lines};
use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::opened::{configuration, cores, runtime, secret_files, secrets};

use disk::Disk;
use finding::{Finding, Weight, sorted, totals};
use openapi::Operation;
use seen::{People, Seen};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  portcullis doctor --config bng.yaml\n  \
    portcullis doctor --config bng.yaml --openapi upstream.json\n  \
    portcullis doctor --url https://gate.example:8443\n\n\
    Exit status: 0 nothing found but notes, 1 something serious or a warning, 2 wrong use or configuration. Changes \
    nothing, beside a running server or without one. --url sends no password and no token.")]
#[command(group = ArgGroup::new("what").required(true).args(["config", "url"]))]
pub(super) struct Options {
    /// The configuration of the installation on this machine
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A gate somewhere, as somebody sees it who has no token
    #[arg(long, value_name = "URL", value_parser = remote::Place::parse)]
    url: Option<remote::Place>,
    /// The description of the upstream's API (OpenAPI 2 or 3, JSON or YAML), to be compared with the routes
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    openapi: Option<PathBuf>,
    /// Don't compare the hashes with passwords that everybody knows
    #[arg(long, conflicts_with = "url")]
    skip_passwords: bool,
    /// The authorities that clients of the gate trust, in PEM; the system's unless given
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    ca: Option<PathBuf>,
    /// Don't ask who vouches for the certificate
    #[arg(long, conflicts_with_all = ["config", "ca"])]
    insecure: bool,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Looks at an installation, or at a gate from outside.
pub(super) fn run(options: &Options) -> Outcome {
    let findings = match (&options.config, &options.url) {
        (Some(file), _) => installation(file, options)?,
        (None, Some(place)) => {
            let trust = remote::Trust::of(options.ca.as_deref(), options.insecure).map_err(Failure::Wrong)?;
            runtime()?.block_on(remote::examined(place, &trust, SystemClock::new().now()))
        }
        (None, None) => vec![],
    };
    let findings = sorted(findings);
    if options.json {
        say(&as_json(&findings).to_string())?;
    } else {
        say_lines(&findings.iter().flat_map(Finding::as_lines).collect::<Vec<_>>())?;
        say(&totals(&findings))?;
    }
    let matters = findings.iter().any(|finding| finding.code.weight != Weight::Note);
    Ok(if matters { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn installation(file: &Path, options: &Options) -> Result<Vec<Finding>, Failure> {
    let config = configuration(file)?;
    let operations = options.openapi.as_deref().map(openapi::read).transpose().map_err(Failure::Wrong)?;
    let (runtime, now) = (runtime()?, SystemClock::new().now());
    let seen = Seen {
        file,
        config: &config,
        secrets: secrets(),
        secret_files: secret_files(),
        people: runtime.block_on(People::of(&config, now)),
        disks: Disk::of(&config),
        now,
    };
    let mut findings = examined(&seen, operations.as_deref());
    if !options.skip_passwords {
        findings.extend(runtime.block_on(passwords::guessable(&seen, cores())));
    }
    Ok(findings)
}

/// A check: what it finds in what was read.
type Check = fn(&Seen<'_>) -> Vec<Finding>;

const CHECKS: [Check; 21] = [
    exposure::configuration,
    exposure::plaintext,
    exposure::disclosure,
    exposure::trusted_proxies,
    exposure::upstream,
    tokens::secrets,
    tokens::logins,
    tokens::lifetimes,
    users::unreadable,
    users::admins,
    users::absent,
    users::hashes,
    users::roles,
    clients::clients,
    clients::personal_tokens,
    files::configuration,
    files::state,
    disk::room,
    certificate::certificate,
    routes::permissions,
    routes::reach,
];

/// Everything but the passwords, which take their time.
fn examined(seen: &Seen<'_>, operations: Option<&[Operation]>) -> Vec<Finding> {
    let mut found: Vec<_> = CHECKS.iter().flat_map(|check| check(seen)).collect();
    found.extend(operations.into_iter().flat_map(|operations| upstream_api::compared(seen, operations)));
    found
}

fn as_json(findings: &[Finding]) -> Value {
    let count = |weight| findings.iter().filter(|finding| finding.code.weight == weight).count();
    json!({
        "findings": findings.iter().map(Finding::as_json).collect::<Vec<_>>(),
        "serious": count(Weight::Serious),
        "warnings": count(Weight::Warning),
        "notes": count(Weight::Note),
    })
}
