//! What everybody who loads a gate has in common: where it is, what must be known of it, and what is counted.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::configuration::Configuration;
use super::log::Log;
use super::tally::Tally;
use super::transport::Transport;
use crate::interop::stage::output;

/// The password of everybody.
pub(super) const PASSWORD: &str = "four-lamps-at-the-quiet-harbour";
/// A client's id.
pub(super) const MACHINE: &str = "machine";
/// The users: name and role.
pub(super) const USERS: [(&str, &str); 4] =
    [("root", "admin"), ("reader", "operator"), ("leaver", "operator"), ("switched", "operator")];

/// How long a rest is at a time: whoever rests is to notice soon that all are to stop.
const NAP: Duration = Duration::from_millis(100);

/// A gate, seen from before it and from beside it.
pub(super) struct Ground {
    pub(super) address: SocketAddr,
    pub(super) tls: bool,
    /// The id of its process.
    pub(super) process: u32,
    /// The configuration that it follows, which is another one many times a second.
    pub(super) file: PathBuf,
    pub(super) configuration: Configuration,
    /// Runs the command line beside it.
    pub(super) beside: Beside,
    pub(super) machine_secret: String,
    pub(super) log: Log,
    pub(super) tally: Tally,
    pub(super) stopping: AtomicBool,
}

/// The command line with a configuration that stays as it is.
#[derive(Debug, Clone)]
pub(super) struct Beside {
    pub(super) binary: PathBuf,
    pub(super) file: PathBuf,
}

impl Ground {
    /// A new connection.
    pub(super) fn open(&self) -> io::Result<Transport> {
        Transport::open(self.address, self.tls)
    }

    pub(super) fn begin(&self) {
        self.stopping.store(false, Ordering::Relaxed);
    }

    /// Whoever is at work comes to an end.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Waits for so long, or until everybody is to stop.
    pub(super) fn rest(&self, time: Duration) {
        let start = Instant::now();
        while !self.is_stopping() && start.elapsed() < time {
            thread::sleep(time.saturating_sub(start.elapsed()).min(NAP));
        }
    }
}

impl Beside {
    /// Runs a command that must succeed, and gives what it prints.
    pub(super) fn run(&self, words: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("ABNG_API_SECRET", super::stage::SECRET);
        command.args(words).arg("--config").arg(&self.file);
        output(command, input)
    }
}
