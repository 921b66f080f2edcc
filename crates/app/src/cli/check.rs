//! `portcullis check`: everything that is wrong, at once, before anybody is locked out.

use std::fmt::{Display, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;
use portcullis_core::domain::prefix::Prefix;
use portcullis_core::ports::clock::Clock as _;
use portcullis_gateway::AddressState;
use serde_json::{Value, json};

use super::output::{harmless, say};
use super::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::config::{Config, TlsMode};
use crate::failure::Failure;
use crate::keys::{KeyFolder, Survey};
use crate::opened::{configuration, secrets};
use crate::server;
use crate::tls::{OWN_CERTIFICATE, OWN_KEY};
use crate::upstream::Upstreams;

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

/// Whom the requests below a prefix go on to.
struct Service {
    prefix: String,
    to: Vec<String>,
}

/// Reads what `serve` would read, changes nothing, and says what it found.
pub(super) fn run(options: &Options) -> Outcome {
    let file = &options.file.config;
    let config = configuration(file);
    let (mut findings, mut services) = (vec![], vec![]);
    match &config {
        Ok(config) => services = beside_the_file(config, &mut findings),
        Err(error) => findings.extend(error.faults().map(Finding::from)),
    }
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
    // One upstream for everything needs no word.
    let has_prefixes = services.len() > 1 || services.iter().any(|service| service.to.len() > 1);
    if options.json {
        say(&as_json(file, &findings, &warnings, &services).to_string())?;
    } else {
        for Service { prefix, to } in services.iter().filter(|_| has_prefixes) {
            say(&harmless(&format!("{}: {prefix} goes to {}", file.display(), to.join(", "))))?;
        }
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

/// What the file names: certificates, authorities, and whom requests go on to, which is returned.
fn beside_the_file(config: &Config, findings: &mut Vec<Finding>) -> Vec<Service> {
    if !is_still_to_be_made(config) {
        let opened = server::tls(config).open(SystemClock::new().now());
        findings.extend(opened.err().map(|error| Finding::of("", &error)));
    }
    let upstreams = Upstreams::open(config, &Upstreams::default()).unwrap_or_else(|error| {
        findings.push(Finding::of("api.upstream", &format!("{error:#}")));
        Upstreams::default()
    });
    upstreams.states().map(Service::from).collect()
}

/// Whether the certificate is one that `serve` makes at its first start: here nothing is made.
pub(super) fn is_still_to_be_made(config: &Config) -> bool {
    let is_missing = |name| !config.state_dir.join(name).exists();
    config.tls == TlsMode::SelfSigned && is_missing(OWN_CERTIFICATE) && is_missing(OWN_KEY)
}

impl From<(&Prefix, Vec<AddressState>)> for Service {
    fn from((prefix, addresses): (&Prefix, Vec<AddressState>)) -> Self {
        let to = addresses.iter().map(|address| address.endpoint.to_string());
        Self { prefix: prefix.as_str().to_owned(), to: to.collect() }
    }
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

fn as_json(file: &Path, findings: &[Finding], warnings: &[String], services: &[Service]) -> Value {
    let findings: Vec<_> = findings
        .iter()
        .map(|Finding { place, key, message }| {
            json!({ "file": file.display().to_string(), "line": place.map(|(line, _)| line),
                    "column": place.map(|(_, column)| column), "key": key, "message": message })
        })
        .collect();
    let services: Vec<_> =
        services.iter().map(|Service { prefix, to }| json!({ "prefix": prefix, "to": to })).collect();
    json!({ "ok": findings.is_empty(), "faults": findings, "warnings": warnings, "upstreams": services })
}
