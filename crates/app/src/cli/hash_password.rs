//! `portcullis hash-password`: the bcrypt hash of a password, which is never taken from the command line.

use std::io::{IsTerminal as _, Read as _, stdin};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Args;
use portcullis_core::domain::secret::{Cost, LONGEST_PASSWORD, Password};
use portcullis_crypto::bcrypt::hash;

use super::Outcome;
use super::output::say;
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
    let password = if stdin().is_terminal() { asked_twice() } else { read() }.map_err(Failure::Wrong)?;
    let password = Password::new(password);
    if !password.is_possible() {
        return Err(Failure::Wrong(anyhow!(
            "a password has 1 to {LONGEST_PASSWORD} bytes of UTF-8 and no NUL"
        )));
    }
    let hash = hash(&password, cost).map_err(Failure::failed)?;
    say(hash.expose())?;
    Ok(ExitCode::SUCCESS)
}

fn asked_twice() -> anyhow::Result<String> {
    let first = rpassword::prompt_password("Password: ")?;
    let second = rpassword::prompt_password("Once more: ")?;
    if first != second {
        bail!("the two are not the same");
    }
    Ok(first)
}

/// Standard input, without the line feed at its end.
fn read() -> anyhow::Result<String> {
    let mut text = String::new();
    // A little more than any password, so that a wrong file is not read whole.
    stdin().take(64 * 1024).read_to_string(&mut text).map_err(|_| anyhow!("the password is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}
