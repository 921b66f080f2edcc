//! `cargo xtask bench`: what a request and a login cost, each beside something that everybody knows.
//!
//! A figure of one machine says little, so the whole is told in ratios: a request beside nginx as a plain proxy before
//! the same upstream, measured by turns; a login beside one bcrypt. The parts (token, path, route, decision) come from
//! the benchmarks of their crates.

mod cpu;
mod http;
mod logins;
mod machine;
mod micro;
mod numbers;
mod process;
mod report;
mod requests;
mod servers;
mod start;
mod wrk;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use self::machine::Machine;
use self::report::Report;
use self::servers::Site;
use crate::repository::Repository;

/// How to measure, and how to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// Short rounds: to see that it works, not to quote.
    pub(crate) quick: bool,
    /// For a program to read.
    pub(crate) json: bool,
}

/// How long to measure.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// How often each side has its turn.
    rounds: usize,
    /// How long a turn is.
    turn: Duration,
    /// How often a program is started.
    starts: usize,
}

impl Plan {
    const FULL: Self = Self { rounds: 7, turn: Duration::from_secs(5), starts: 15 };
    const QUICK: Self = Self { rounds: 3, turn: Duration::from_secs(1), starts: 5 };
}

/// Builds, measures, and prints one report.
pub(crate) fn run(repository: &Repository, options: Options) -> anyhow::Result<()> {
    let plan = if options.quick { Plan::QUICK } else { Plan::FULL };
    let machine = Machine::look();
    let binaries = build(repository)?;
    say("the parts");
    let micro = micro::measure(repository)?;
    let folder = tempfile::tempdir()?;
    let site = Site::new(folder.path(), &binaries, &machine.tools)?;
    say("starts");
    let starts = start::measure(&site, plan)?;
    say("requests, by turns");
    let requests = requests::measure(&site, plan)?;
    say("logins");
    let logins = logins::measure(&site, plan, micro::one_bcrypt(&micro))?;
    let report = Report { quick: options.quick, machine, micro, starts, requests, logins };
    println!("{}", if options.json { report.as_json()? } else { report.as_text() });
    Ok(())
}

/// The folder of the release binaries, which are made first.
fn build(repository: &Repository) -> anyhow::Result<PathBuf> {
    say("building the release binaries");
    let arguments = ["build", "--release", "-p", "portcullis", "-p", "portcullis-bng-sim"];
    let status = repository.cargo().args(arguments).status().context("cargo did not start")?;
    ensure!(status.success(), "the release build failed: {status}");
    Ok(repository.metadata().target_directory.as_std_path().join("release"))
}

/// Tells on standard error how far it is; standard output is for the report.
fn say(what: &str) {
    eprintln!("==> {what}");
}
