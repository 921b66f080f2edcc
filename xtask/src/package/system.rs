//! Programs of the system: run, and named when they are missing.

use std::io::ErrorKind;
use std::process::{Command, Output};

use anyhow::{Context as _, bail, ensure};

/// Runs a program that may say what it likes to the reader; the error says how to get it.
pub(crate) fn run(command: &mut Command, how_to_get: &str) -> anyhow::Result<()> {
    let what = described(command);
    let status = started(command.status(), &what, how_to_get)?;
    ensure!(status.success(), "`{what}`: {status}");
    Ok(())
}

/// Runs a program for what it prints, and for its exit status.
pub(crate) fn output(command: &mut Command, how_to_get: &str) -> anyhow::Result<Output> {
    let what = described(command);
    started(command.output(), &what, how_to_get)
}

/// What a program that must succeed prints.
pub(crate) fn printed(command: &mut Command, how_to_get: &str) -> anyhow::Result<Vec<u8>> {
    let what = described(command);
    let output = output(command, how_to_get)?;
    ensure!(output.status.success(), "`{what}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(output.stdout)
}

fn started<T>(result: std::io::Result<T>, what: &str, how_to_get: &str) -> anyhow::Result<T> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("`{what}` is not on this machine; get it with: {how_to_get}")
        }
        result => result.with_context(|| format!("`{what}` does not start")),
    }
}

fn described(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_the_way_to_get_it() {
        let error = run(Command::new("no-such-program").arg("x"), "apt-get install it").unwrap_err();
        let expected = "`no-such-program x` is not on this machine; get it with: apt-get install it";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_failure_says_what_the_program_said() {
        let error = printed(Command::new("sh").args(["-c", "echo no >&2; exit 3"]), "").unwrap_err();
        assert_eq!(error.to_string(), "`sh -c echo no >&2; exit 3` failed: no");
    }
}
