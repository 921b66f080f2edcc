//! What the repository does to itself: `cargo xtask <verb>`.
//!
//! The rules that no compiler checks (which crate may name which, what a file looks like, what has to pass
//! before a change is done) are kept here as code, so that a person's machine and CI run the same ones.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks on its terminal")]

mod bench;
mod command_line;
mod deps;
mod dist;
mod faults;
mod fetch;
mod interop;
mod inventory;
mod package;
mod repository;
mod soak;
mod suite;
mod tidy;

use std::process::ExitCode;

use crate::command_line::{HELP, Verb};
use crate::repository::Repository;

/// Something was found, or a step failed.
const FAILED: u8 = 1;
/// The command line makes no sense.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let verb = match Verb::parse(&arguments) {
        Ok(verb) => verb,
        Err(misuse) => {
            eprintln!("xtask: {misuse}\n\n{HELP}");
            return ExitCode::from(MISUSED);
        }
    };
    match run(verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Help => {
            println!("{HELP}");
            Ok(())
        }
        Verb::HelpWithDist => {
            println!("{}", dist::HELP);
            Ok(())
        }
        Verb::Deps => deps::run(&Repository::find()?),
        Verb::Tidy => tidy::run(&Repository::find()?),
        Verb::Bench(options) => bench::run(&Repository::find()?, options),
        Verb::Package(trial) => package::run(&Repository::find()?, trial),
        Verb::Dist => dist::run(&Repository::find()?),
        Verb::Interop(task) => interop::run(&Repository::find()?, task),
        Verb::Soak(options) => soak::run(&Repository::find()?, options),
        Verb::Faults => faults::run(&Repository::find()?, faults::NotAllowed::Fails),
        Verb::Test(pace) => suite::run(&Repository::find()?, pace),
    }
}
