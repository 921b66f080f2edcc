//! The binary on a terminal: a pseudo-terminal whose other end the test holds.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use tokio::time::Instant;

use crate::binary::portcullis;
use crate::patience::{PATIENCE, until};
use crate::process::Process;

/// A command on a terminal of its own.
pub struct Terminal {
    ours: File,
    /// So that the terminal outlives whoever ran on it.
    theirs: OwnedFd,
    process: Process,
    before: LocalModes,
    shown: String,
    more: Receiver<Vec<u8>>,
}

impl Terminal {
    /// `portcullis` with these arguments, in this folder.
    pub fn run(arguments: &[&str], folder: &Path) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let theirs = ioctl_tiocgptpeer(&ours, flags).unwrap();
        let ours = File::from(ours);
        let before = tcgetattr(&ours).unwrap().local_modes;
        let end = || theirs.try_clone().unwrap();
        // Of util-linux: makes the terminal the one that the process is asked on.
        let process = Command::new("setsid")
            .args(["--ctty", "--wait"])
            .arg(portcullis())
            .args(arguments)
            .env_clear()
            .current_dir(folder)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn();
        let process = process.unwrap().into();
        let more = reading(ours.try_clone().unwrap());
        Self { ours, theirs, process, before, shown: String::new(), more }
    }

    /// Waits until this is shown, and what is typed is not.
    pub async fn asks(&mut self, prompt: &str) {
        let begin = Instant::now();
        while !self.shown.ends_with(prompt) {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let bytes = self.more.recv_timeout(left).unwrap_or_else(|_| panic!("{:?}", self.shown));
            self.shown += &String::from_utf8_lossy(&bytes);
        }
        let ours = &self.ours;
        until("waiting for the echo to be off", || !modes(ours).contains(LocalModes::ECHO)).await;
    }

    /// Types something.
    pub fn types(&mut self, text: &str) {
        self.ours.write_all(text.as_bytes()).unwrap();
    }

    /// Whether the terminal is as it was.
    pub fn is_restored(&self) -> bool {
        modes(&self.ours) == self.before
    }

    /// Waits for the end: the exit status, and all that was shown.
    pub async fn ended(&mut self) -> (i32, String) {
        let status = self.process.ended().await;
        // Whatever it wrote last is before this.
        rustix::io::write(&self.theirs, b"\x04the end").unwrap();
        while !self.shown.contains("\x04the end") {
            self.shown += &String::from_utf8_lossy(&self.more.recv_timeout(PATIENCE).unwrap());
        }
        (status.code().unwrap_or(-1), self.shown.replace("\x04the end", "").replace("\r\n", "\n"))
    }
}

fn modes(terminal: &File) -> LocalModes {
    tcgetattr(terminal).unwrap().local_modes
}

/// Reads whatever is shown.
fn reading(mut terminal: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = terminal.read(&mut bytes) {
            if sender.send(bytes[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}
