//! The binary as a command that ends by itself.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;

use crate::binary::{portcullis, protected};
use crate::patience::PATIENCE;
use crate::process::{Printed, Process};

/// The folder that the binary is in, for a search path.
pub fn folder() -> &'static Path {
    portcullis().parent().unwrap()
}

/// The folder that the examples are in, once they are built.
pub fn examples() -> &'static Path {
    protected().parent().unwrap()
}

/// A command in the making; its environment is empty but for what is given.
#[derive(Debug)]
pub struct Portcullis {
    command: Command,
    input: String,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub error: String,
}

impl Portcullis {
    /// `portcullis` with these arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let mut command = Command::new(portcullis());
        command.args(arguments).env_clear();
        Self { command, input: String::new() }
    }

    /// With an environment variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// In this working directory.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// With this on its standard input.
    #[must_use]
    pub fn input(self, text: &str) -> Self {
        Self { input: text.to_owned(), ..self }
    }

    /// Runs it to its end. One that does not end is killed, and fails the test.
    pub fn run(mut self) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = self.command.spawn().unwrap();
        let id = process.id().to_string();
        let (mut stdin, input) = (process.stdin.take().unwrap(), std::mem::take(&mut self.input));
        // A command that does not read its input closes it.
        thread::spawn(move || stdin.write_all(input.as_bytes()));
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(process.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(PATIENCE) else {
            let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
            panic!("{:?} does not end", self.command);
        };
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let status = output.status.code().unwrap_or(-1);
        Ended { status, output: text(output.stdout), error: text(output.stderr) }
    }

    /// Starts a command that does not end by itself, and reads its standard output up to the line that begins with `last`.
    pub fn start_until(mut self, last: &str) -> (Process, String) {
        let process = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = Process::from(process.unwrap());
        let printed = Printed::of(process.stdout.take().unwrap());
        let mut text = String::new();
        while let Some(line) = printed.line() {
            text += &line;
            text.push('\n');
            if line.starts_with(last) {
                return (process, text);
            }
        }
        panic!("the command ended without `{last}`: {text}");
    }
}

impl Ended {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
