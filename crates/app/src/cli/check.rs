//! `portcullis check`: everything that is wrong, at once, before anybody is locked out.

use std::fmt::{Display, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock as _;
use serde_json::{Value, json};

use super::output::say;
use super::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::config::{Config, TlsMode};
use crate::failure::Failure;
use crate::keys::{KeyFolder, Survey};
use crate::opened::{configuration, secrets};
use crate::{server, upstream};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// One thing that is wrong, and where it stands if it stands in the file.
struct Finding {
    place: Option<(u32, u32)>,
    key: String,
    message: String,
}

/// Reads what `serve` would read, changes nothing, and says what it found.
pub(super) fn run(options: &Options) -> Outcome {
    let file = &options.file.config;
    let config = configuration(file);
    let mut findings: Vec<Finding> = match &config {
        Ok(config) => beside_the_file(config),
        Err(error) => error.faults().map(Finding::from).collect(),
    };
    if let Err(error) = secrets() {
        findings.push(Finding::of("", &error));
    }
    let mut warnings = vec![];
    if let Ok(config) = config {
        let ring = KeyFolder::within(&config.state_dir);
        let Survey { faults, warnings: of_ring } = ring.survey((&config).into(), SystemClock::new().now());
        findings.extend(faults.iter().map(|fault| Finding::of("", fault)));
        warnings.extend(config.warnings.into_iter().chain(of_ring));
    }
    if options.json {
        say(&as_json(file, &findings, &warnings).to_string())?;
    } else {
        for warning in &warnings {
            say(&format!("{}: warning: {warning}", file.display()))?;
        }
    }
    match findings.len() {
        0 if options.json => Ok(ExitCode::SUCCESS),
        0 => {
            say(&format!("{}: no fault", file.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        _ if options.json => Ok(ExitCode::from(2)),
        number => Err(Failure::Wrong(anyhow!("{}", as_text(file, &findings, number)))),
    }
}

/// What the file names: certificates and authorities.
fn beside_the_file(config: &Config) -> Vec<Finding> {
    let mut findings = vec![];
    // A self-signed certificate is made by `serve`; here nothing is made.
    if let TlsMode::Files { .. } = config.tls {
        let opened = server::tls(config).open(Timestamp::from_seconds(0));
        findings.extend(opened.err().map(|error| Finding::of("", &error)));
    }
    findings.extend(
        upstream::gateway(config).err().map(|error| Finding::of("api.upstream", &format!("{error:#}"))),
    );
    findings
}

impl Finding {
    fn of(key: &str, message: &dyn Display) -> Self {
        Self { place: None, key: key.to_owned(), message: message.to_string() }
    }
}

impl From<&portcullis_store_yaml::document::Fault> for Finding {
    fn from(fault: &portcullis_store_yaml::document::Fault) -> Self {
        let place = fault.at.map(|at| (at.line, at.column));
        Self { place, key: fault.key.clone(), message: fault.message.clone() }
    }
}

fn as_text(file: &Path, findings: &[Finding], number: usize) -> String {
    let mut text = format!("{number} {} in {}", if number == 1 { "fault" } else { "faults" }, file.display());
    for Finding { place, key, message } in findings {
        let place =
            place.map(|(line, column)| format!("{}:{line}:{column}: ", file.display())).unwrap_or_default();
        let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
        let _ = write!(text, "\n{place}{key}{message}");
    }
    text
}

fn as_json(file: &Path, findings: &[Finding], warnings: &[String]) -> Value {
    let findings: Vec<_> = findings
        .iter()
        .map(|Finding { place, key, message }| {
            json!({ "file": file.display().to_string(), "line": place.map(|(line, _)| line),
                    "column": place.map(|(_, column)| column), "key": key, "message": message })
        })
        .collect();
    json!({ "ok": findings.is_empty(), "faults": findings, "warnings": warnings })
}
