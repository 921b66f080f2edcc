//! A process of the test's: it ends with whoever holds it, also where a test fails before it has all that it wants of it.

use std::io::{BufRead as _, BufReader};
use std::ops::{Deref, DerefMut};
use std::process::{Child, ChildStdout, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use crate::patience::{PATIENCE, until};

/// A process. Dropping it kills it.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("waiting for a process to end", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }
}

impl From<Child> for Process {
    fn from(child: Child) -> Self {
        Self(child)
    }
}

impl Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process prints, line by line.
#[derive(Debug)]
pub(crate) struct Printed(Receiver<String>);

impl Printed {
    /// Reads on a thread of its own, so that nobody waits for ever for a line that does not come.
    pub(crate) fn of(output: ChildStdout) -> Self {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// The next line; none if nothing more will be printed.
    pub(crate) fn line(&self) -> Option<String> {
        match self.0.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("waiting for a line: nothing for {PATIENCE:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_gone_with_whoever_held_it() {
        let process = Process::from(Command::new("sleep").arg("60").spawn().unwrap());
        let folder = Path::new("/proc").join(process.id().to_string());
        assert!(folder.exists());
        drop(process);
        assert!(!folder.exists());
    }

    #[test]
    fn what_is_printed_comes_line_by_line_and_has_an_end() {
        let printing = Command::new("printf").arg("one\\ntwo\\n").stdout(Stdio::piped()).spawn();
        let mut process = Process::from(printing.unwrap());
        let printed = Printed::of(process.stdout.take().unwrap());
        let lines = [printed.line(), printed.line(), printed.line()];
        assert_eq!(lines, [Some("one".to_owned()), Some("two".to_owned()), None]);
    }
}
