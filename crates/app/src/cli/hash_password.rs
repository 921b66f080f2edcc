//! `portcullis hash-password`: the bcrypt hash of a password, which is never taken from the command line.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;
use portcullis_core::domain::secret::{Cost, LONGEST_PASSWORD};
use portcullis_crypto::bcrypt::hash;

use super::Outcome;
use super::output::say;
use super::password_input::Source;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The binary logarithm of the rounds, 4 to 15
    #[arg(long, value_name = "N", default_value_t = Cost::USUAL.get(), value_parser = clap::value_parser!(u8).range(4..=15))]
    cost: u8,
}

/// Asks twice on a terminal, else reads standard input, and prints the hash.
pub(super) fn run(options: &Options) -> Outcome {
    let cost = Cost::new(options.cost).ok_or_else(|| Failure::Wrong(anyhow!("the cost is 4 to 15")))?;
    let password = Source::Either.read()?;
    if !password.is_possible() {
        return Err(Failure::Wrong(anyhow!(
            "a password has 1 to {LONGEST_PASSWORD} bytes of UTF-8 and no NUL"
        )));
    }
    let hash = hash(&password, cost).map_err(Failure::failed)?;
    say(hash.expose())?;
    Ok(ExitCode::SUCCESS)
}
