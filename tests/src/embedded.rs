//! A service with the gate inside: the example `protected` as a process, with a folder of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::ask::{Answer, Ask};
use crate::binary::protected;
use crate::cast::Person;
use crate::client::{Client, Protocol};
use crate::process::{Printed, Process};
use crate::raw::Wire;
use crate::setup::Setup;

/// A running service. Dropping it kills the process and removes its folder.
#[derive(Debug)]
pub struct Embedded {
    /// Before the folder that it writes to: what is dropped first is what stands first.
    _process: Process,
    folder: TempDir,
    address: SocketAddr,
}

impl Embedded {
    /// Starts the example with this configuration, and waits until it listens.
    pub fn start(setup: &Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bng.yaml");
        fs::write(&file, setup.text(folder.path())).unwrap();
        let process = Command::new(protected())
            .arg(&file)
            .arg("127.0.0.1:0")
            .current_dir(folder.path())
            .env_clear()
            .envs(setup.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = Process::from(process.unwrap());
        let said = Printed::of(process.stdout.take().unwrap()).line().unwrap_or_default();
        let address = said.strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("the service does not listen: {said:?}"));
        Self { _process: process, folder, address: address.parse().unwrap() }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The configuration file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("bng.yaml")
    }

    /// A client that keeps its connection.
    pub fn client(&self) -> Client {
        Client::new(self.address, Protocol::Http1, None)
    }

    /// Puts another configuration in the file, in one step.
    pub fn write(&self, setup: &Setup) {
        let draft = self.folder.path().join("draft");
        fs::write(&draft, setup.text(self.folder.path())).unwrap();
        fs::rename(draft, self.folder.path().join("bng.yaml")).unwrap();
    }

    /// Sends one request over HTTP/1.1.
    pub async fn send(&self, ask: Ask) -> Answer {
        self.client().send(ask).await
    }

    /// Logs somebody in and gives the token.
    pub async fn login(&self, person: &Person) -> String {
        self.client().login(person).await
    }

    /// A connection for exact bytes.
    pub async fn wire(&self) -> Wire {
        Wire::connect(self.address).await
    }
}
