//! `cargo xtask interop`: the documented configurations of other proxies, and clients' libraries, with the real programs
//! and the real gate.
//!
//! The configurations in `docs/how-to-config` are what people copy, so they are what runs here: beside the gate as
//! forward-auth, and in front of it. Each has to keep out what a client claims of himself and of his request, and each
//! has to come to the decisions that the gate comes to by itself.

mod check;
mod corpus;
mod decisions;
pub(crate) mod install;
mod libraries;
pub(crate) mod process;
mod recipes;
mod routes;
mod running;
mod service;
mod spoofing;
pub(crate) mod stage;
mod verdict;
mod wire;
mod witness;

use std::path::Path;

use anyhow::{bail, ensure};

use self::check::Check;
use self::decisions::Expected;
use self::install::{Found, Shelf};
use self::libraries::Libraries;
use self::recipes::{PROXIES, Paths, Place, Recipe};
use self::running::Running;
use self::stage::Stage;
use crate::repository::Repository;

/// How many requests are generated.
const REQUESTS: usize = 10_000;

/// The gate, with what Envoy asks.
pub(crate) const GATE: &[&str] = &["build", "--package", "portcullis", "--features", "ext-authz"];

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The proxies that are on this machine are run; those that are not are named, which is no failure.
    Run,
    /// nginx, Caddy, Traefik, Envoy and the libraries are fetched, and nothing is run.
    Install,
}

/// What was asked of the gate, as a gateway, before any proxy was.
struct Expectations {
    generated: Vec<Expected>,
    crooked: Vec<Expected>,
}

/// Does what is to be done with the programs in the repository's own folder and on the machine.
pub(crate) fn run(repository: &Repository, task: Task) -> anyhow::Result<()> {
    let target = repository.metadata().target_directory.as_std_path();
    let (shelf, libraries) = (Shelf::below(target), Libraries::below(target));
    match task {
        Task::Install => shelf.fill().and(libraries.fill()),
        Task::Run if !install::has_openssl() => {
            println!(
                "openssl is not on this machine, and no proxy and no library is run; get it with: apt-get install openssl"
            );
            compare(repository, target, &[])
        }
        Task::Run => {
            let found = shelf.all();
            let compared = compare(repository, target, &found);
            name_the_missing(&found);
            compared?;
            let (gate, folder) = (repository.debug_binary("portcullis"), target.join("interop"));
            let good = libraries::run(repository.root(), &gate, &folder, &libraries)?;
            ensure!(good, "interop: not every library gets along with the gate");
            Ok(())
        }
    }
}

/// Runs every configuration of every proxy that is here, and prints a table; fails if anything is not as it should be.
fn compare(repository: &Repository, target: &Path, found: &[Found]) -> anyhow::Result<()> {
    let status = repository.cargo().args(GATE).status()?;
    ensure!(status.success(), "the gate can't be built");

    let mut stage = Stage::build(&repository.debug_binary("portcullis"), &target.join("interop"))?;
    let expectations = Expectations {
        generated: decisions::by_the_gate(&stage, corpus::requests(REQUESTS))?,
        crooked: decisions::by_the_gate(&stage, corpus::detours())?,
    };
    let mut good = print("portcullis", &decisions::by_verify(&stage, &expectations.generated)?);
    if !found.is_empty() {
        stage.make_certificate()?;
    }
    let recipes =
        || found.iter().flat_map(|found| found.proxy.recipes.iter().map(move |recipe| (found, recipe)));
    for (found, recipe) in recipes() {
        let running = Running::start(repository.root(), &stage, &found.program, recipe)?;
        good &= print(&title(found, recipe), &checks(&stage, &running, recipe, &expectations)?);
    }
    stage.end_the_gate();
    for (found, recipe) in recipes() {
        let running = Running::start(repository.root(), &stage, &found.program, recipe)?;
        good &= print(&title(found, recipe), &[service::without_the_gate(&stage, &running)?]);
    }
    if !good {
        bail!("interop: not everything is as it should be");
    }
    Ok(())
}

fn checks(
    stage: &Stage,
    running: &Running,
    recipe: &Recipe,
    expectations: &Expectations,
) -> anyhow::Result<Vec<Check>> {
    let Expectations { generated, crooked } = expectations;
    let sameness = match recipe.paths {
        Paths::Untouched => "same decision",
        Paths::Tidied => "same decision, once tidied",
    };
    let mut checks = vec![
        service::tls(stage, running)?,
        spoofing::identities(stage, running)?,
        spoofing::requests(stage, running)?,
        spoofing::questions(stage, running)?,
        decisions::by_proxy("crooked paths", stage, running, recipe, crooked)?,
        decisions::by_proxy(sameness, stage, running, recipe, generated)?,
    ];
    if recipe.place == Place::ForwardAuth {
        checks.push(spoofing::endpoint(stage, running)?);
    }
    Ok(checks)
}

fn title(found: &Found, recipe: &Recipe) -> String {
    format!("{} {}, {}", found.proxy.name, found.version, recipe.document)
}

/// Prints a part of the table; whether all of it is good.
fn print(title: &str, checks: &[Check]) -> bool {
    println!("{title}");
    for check in checks {
        let mark = if check.is_good() { "ok  " } else { "FAIL" };
        println!("  {mark} {:<46} {}", check.name, check.result());
        for failure in check.failures() {
            println!("         {failure}");
        }
    }
    checks.iter().all(Check::is_good)
}

fn name_the_missing(found: &[Found]) {
    for proxy in PROXIES {
        if !found.iter().any(|found| found.proxy.name == proxy.name) {
            println!(
                "{} is not on this machine and was left out; get it with: {}",
                proxy.name, proxy.how_to_get
            );
        }
    }
}
