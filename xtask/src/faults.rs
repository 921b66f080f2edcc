//! `cargo xtask faults`: what a deployment survives, at length.
//!
//! `cargo test` runs a short form of these tests: a few kills in the place of two hundred, a hundred reloads in the place
//! of a thousand, a lock of seconds in the place of one of a minute. Here they take some minutes.

use std::process::Stdio;

use anyhow::ensure;

use crate::repository::Repository;

/// Asks the tests for their long forms.
const FORM: &str = "PORTCULLIS_FAULTS";

/// What becomes of a test that needs what the machine does not allow: a disk of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAllowed {
    /// It fails.
    Fails,
    /// It says that it was not run, even though it passes.
    IsSaid,
}

/// Builds the gate, and runs the long forms against it.
pub(crate) fn run(repository: &Repository, not_allowed: NotAllowed) -> anyhow::Result<()> {
    let form = match not_allowed {
        NotAllowed::Fails => "long",
        NotAllowed::IsSaid => "long-as-allowed",
    };
    let built = repository.cargo().args(["build", "--package", "portcullis"]).status()?;
    ensure!(built.success(), "the gate can't be built");
    let status = repository
        .cargo()
        .args(["test", "--package", "portcullis-tests", "--test", "it", "--", "faults::"])
        .env(FORM, form)
        .env("PORTCULLIS_E2E_BIN", repository.debug_binary("portcullis"))
        .stdin(Stdio::null())
        .status()?;
    ensure!(status.success(), "not every fault was survived");
    Ok(())
}
