//! Clients as they are, unmodified: libraries of OAuth 2.0 and of signed tokens, in Python and Node, and curl. Each runs a
//! script of `xtask/clients` against a gate of its own, once for each algorithm that signs with a key.

mod gate;
mod programs;
mod report;

use std::path::Path;
use std::process::Command;

use self::gate::Gate;
use self::programs::{PROGRAMS, Program};
use self::report::Report;
use super::check::Check;
use super::stage::ended;

pub(super) use self::programs::Libraries;

/// The algorithms that a key of the ring signs with.
const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// Runs every script whose libraries are here, and prints a part of the table for each; whether all of it is good.
pub(super) fn run(root: &Path, binary: &Path, folder: &Path, libraries: &Libraries) -> anyhow::Result<bool> {
    let mut good = true;
    for algorithm in ALGORITHMS {
        let gate = Gate::start(binary, &folder.join(algorithm), algorithm)?;
        for program in PROGRAMS {
            match libraries.command(root, program)? {
                Some(command) => good &= print(program, algorithm, &report(&gate, command)?),
                None if algorithm == ALGORITHMS[0] => println!(
                    "{} was left out; get what it needs with: cargo xtask interop --install",
                    program.script
                ),
                None => {}
            }
        }
    }
    Ok(good)
}

fn report(gate: &Gate, mut command: Command) -> anyhow::Result<Report> {
    command.env_remove("PYTHONPATH").envs(gate.surroundings());
    Ok(Report::of(&ended(command, "")?))
}

/// Prints a part of the table; whether all of it is good.
fn print(program: &Program, algorithm: &str, report: &Report) -> bool {
    let mut check = Check::new(program.what);
    for (attempt, failure) in &report.attempts {
        check.that(failure.is_none(), || format!("{attempt}: {}", failure.as_deref().unwrap_or_default()));
    }
    super::print(&format!("{}, {algorithm}", report.versions), &[check])
}
