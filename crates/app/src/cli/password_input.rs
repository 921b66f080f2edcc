//! A password from whoever runs a command: asked twice on a terminal, or read from standard input; never taken from the
//! command line, which others on the machine can see.

use std::io::{ErrorKind, IsTerminal as _, Read, stdin};

use anyhow::{Error, anyhow, bail};
use portcullis_core::domain::secret::Password;

use super::terminal::restore_at_a_signal;
use crate::failure::Failure;

/// More than any password, so that a wrong file is not read whole.
const LONGEST_INPUT: u64 = 64 * 1024;

/// Where a password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A terminal if there is one, else standard input.
    Either,
    /// A terminal, and nothing else.
    Terminal,
    /// Standard input.
    Input,
}

impl Source {
    /// What `--password-stdin` says.
    pub(super) fn of_switch(password_stdin: bool) -> Self {
        if password_stdin { Self::Input } else { Self::Terminal }
    }

    /// The password.
    pub(super) fn read(self) -> Result<Password, Failure> {
        let text = match (self, stdin().is_terminal()) {
            (Self::Either | Self::Terminal, true) => asked_twice(),
            (Self::Either | Self::Input, _) => read(stdin()),
            (Self::Terminal, false) => Err(anyhow!(
                "standard input is not a terminal to ask for the password on; to read it from there, say --password-stdin"
            )),
        };
        text.map(Password::new).map_err(Failure::Wrong)
    }
}

fn asked_twice() -> anyhow::Result<String> {
    restore_at_a_signal()?;
    let first = asked("Password: ")?;
    let second = asked("Once more: ")?;
    if first != second {
        bail!("the two are not the same");
    }
    Ok(first)
}

/// One line from the terminal, which does not show it. Ctrl-C is a signal, which ends the process.
fn asked(prompt: &str) -> anyhow::Result<String> {
    match rpassword::prompt_password(prompt) {
        Err(error) if error.kind() == ErrorKind::Interrupted => loop {
            std::thread::park();
        },
        answer => Ok(answer?),
    }
}

/// What is there to be read, without the line end behind it.
fn read(input: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    input.take(LONGEST_INPUT).read_to_string(&mut text).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => anyhow!("the password is not UTF-8"),
        _ => Error::new(error).context("the password can't be read"),
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn one_line_end_is_not_part_of_the_password() {
        for input in ["a b", "a b\n", "a b\r\n"] {
            assert_eq!(read(input.as_bytes()).unwrap(), "a b", "{input:?}");
        }
        assert_eq!(read(&b"a b\n\n"[..]).unwrap(), "a b\n");
    }

    #[test]
    fn why_there_is_none_is_said_as_it_is() {
        assert_eq!(read(&b"\xff"[..]).unwrap_err().to_string(), "the password is not UTF-8");
        let folder = read(File::open("/").unwrap()).unwrap_err();
        assert_eq!(folder.to_string(), "the password can't be read");
    }
}
