//! `cargo xtask faults`: what a deployment survives, at length.
//!
//! The tests are those of the test command, which runs a short form of them: a few kills in the place of two hundred, a
//! lock of seconds in the place of one of a minute. Here they take some minutes, and whatever the machine would have to
//! allow for one of them, and doesn't, is a failure.

use std::process::Stdio;

use anyhow::ensure;

use crate::repository::Repository;

/// Asks the tests for their long forms.
const FORM: (&str, &str) = ("PORTCULLIS_FAULTS", "long");

/// Builds the gate, and runs the long forms against it.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<()> {
    let built = repository.cargo().args(["build", "--package", "portcullis"]).status()?;
    ensure!(built.success(), "the gate can't be built");
    let status = repository
        .cargo()
        .args(["test", "--package", "portcullis-tests", "--test", "it", "--", "faults::"])
        .env(FORM.0, FORM.1)
        .env("PORTCULLIS_E2E_BIN", repository.debug_binary("portcullis"))
        .stdin(Stdio::null())
        .status()?;
    ensure!(status.success(), "not every fault was survived");
    Ok(())
}
