//! `cargo xtask bench`: what a request and a login cost, each beside something that everybody knows, and whether that is
//! what is aimed at.
//!
//! A figure of one machine says little, so the whole is told in ratios: a request beside nginx as a plain proxy and others
//! before the same upstream, measured by turns; a login beside one bcrypt. The parts (token, path, route, decision) come
//! from the benchmarks of their crates. What is asked for, of whom, and what is aimed at stands in a table (`works`); who
//! answers, and with which configuration, in `contestants`.

mod aims;
mod contestants;
pub(crate) mod cpu;
mod http;
mod install;
mod logins;
mod machine;
mod memory;
mod micro;
pub(crate) mod numbers;
mod options;
mod paced;
mod process;
mod programs;
mod report;
mod site;
mod start;
mod store;
mod table;
mod tree;
mod turns;
mod works;
mod wrk;

use std::time::Duration;

use anyhow::{Context as _, ensure};

use self::machine::Machine;
pub(crate) use self::options::Options;
use self::options::{Part, Task};
use self::programs::Programs;
pub(crate) use self::programs::shelf;
use self::report::Report;
use self::site::{Binaries, Site};
use self::works::WORKS;
use crate::repository::Repository;

/// How long to measure.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// How often each side has its turn.
    rounds: usize,
    /// How long a turn is.
    turn: Duration,
    /// How long somebody is asked before it counts.
    warm_up: Duration,
    /// How often a program is started.
    starts: usize,
}

impl Plan {
    const FULL: Self =
        Self { rounds: 7, turn: Duration::from_secs(4), warm_up: Duration::from_secs(2), starts: 15 };
    const QUICK: Self =
        Self { rounds: 3, turn: Duration::from_secs(1), warm_up: Duration::from_secs(1), starts: 5 };
}

/// Builds, measures, and prints one report.
pub(crate) fn run(repository: &Repository, options: Options) -> anyhow::Result<()> {
    let target = repository.metadata().target_directory.as_std_path();
    match options.task {
        Task::Install => return install::run(target),
        Task::Store => return store::run(repository, options.quick),
        Task::Requests => {}
    }
    let plan = if options.quick { Plan::QUICK } else { Plan::FULL };
    let machine = Machine::look(Programs::look(target));
    let binaries = build(repository)?;
    let folder = tempfile::tempdir()?;
    let site = Site::new(folder.path(), binaries, machine.programs.clone())?;
    let report = measure(repository, &site, machine, plan, options)?;
    println!("{}", if options.json { report.as_json()? } else { report.as_text() });
    Ok(())
}

fn measure(
    repository: &Repository,
    site: &Site,
    machine: Machine,
    plan: Plan,
    options: Options,
) -> anyhow::Result<Report> {
    let wanted = |part: Part| {
        let wanted = options.want(part);
        if wanted {
            say(part.name());
        }
        wanted
    };
    let mut report = Report {
        quick: options.quick,
        machine,
        rounds: plan.rounds,
        turn: plan.turn.as_secs(),
        micro: Vec::new(),
        starts: None,
        works: Vec::new(),
        logins: None,
        memory: None,
    };
    if wanted(Part::Parts) {
        report.micro = micro::measure(repository)?;
    }
    if wanted(Part::Starts) {
        report.starts = Some(start::measure(site, plan)?);
    }
    for work in WORKS.iter().filter(|work| wanted(work.part)) {
        report.works.extend(turns::measure(site, plan, work)?);
    }
    if wanted(Part::Logins) {
        report.logins = Some(logins::measure(site, plan, micro::one_bcrypt(&report.micro))?);
    }
    if wanted(Part::Memory) {
        report.memory = Some(memory::measure(site)?);
    }
    Ok(report)
}

/// Makes the release binaries. The gate by itself, since what is built beside it could bring features into its libraries.
fn build(repository: &Repository) -> anyhow::Result<Binaries> {
    say("building the release binaries");
    cargo(repository, &["-p", "portcullis"])?;
    cargo(repository, &["-p", "portcullis-bng-sim", "--example", "bare_axum"])?;
    cargo(repository, &["-p", "portcullis-tests", "--example", "crowd"])?;
    let folder = repository.metadata().target_directory.as_std_path().join("release");
    let example = |name: &str| folder.join("examples").join(name);
    Ok(Binaries { gate: folder.join("portcullis"), bare: example("bare_axum"), crowd: example("crowd") })
}

fn cargo(repository: &Repository, what: &[&str]) -> anyhow::Result<()> {
    let status = repository.cargo().args(["build", "--release"]).args(what).status();
    let status = status.context("cargo did not start")?;
    ensure!(status.success(), "the release build failed: {status}");
    Ok(())
}

/// Tells on standard error how far it is; standard output is for the report.
fn say(what: &str) {
    eprintln!("==> {what}");
}
