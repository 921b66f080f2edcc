//! A gate: the real binary as a process, with a folder of its own, for as long as the test holds it.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::ask::{Answer, Ask};
use crate::binary::portcullis;
use crate::cast::Person;
use crate::client::{Client, Protocol};
use crate::log::Log;
use crate::patience::PATIENCE;
use crate::process::Process;
use crate::raw::{RawAnswer, Wire};
use crate::setup::Setup;

/// A running gate. Dropping it kills the process and removes its folder.
#[derive(Debug)]
pub struct Gate {
    /// Before the folder that it writes to: what is dropped first is what stands first.
    process: Process,
    folder: Arc<TempDir>,
    setup: Setup,
    log: Log,
    address: SocketAddr,
}

impl Gate {
    pub(crate) async fn start(setup: Setup) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), setup).await
    }

    pub(crate) async fn start_in(folder: Arc<TempDir>, setup: Setup) -> Self {
        let mut process = spawned(folder.path(), &setup);
        let log = Log::collect(process.stderr.take().unwrap());
        let event = log.said("listening on ").await;
        let address = event["address"].as_str().unwrap().parse().unwrap();
        Self { process, folder, setup, log, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of the process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// The log of the process.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The configuration that it was started with.
    pub fn setup(&self) -> Setup {
        self.setup.clone()
    }

    /// The configuration file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("bng.yaml")
    }

    /// The folder for what outlives the process.
    pub fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Puts another text in the place of the configuration, in one step, as careful editors do.
    pub fn write(&self, text: &str) {
        let draft = self.folder.path().join("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(draft, self.file()).unwrap();
    }

    /// Puts another configuration in the file, says so, and waits until it is in force.
    pub async fn take_over(&self, setup: &Setup) {
        let before = self.log.end();
        self.write(&setup.text(self.folder.path()));
        self.signal(Signal::HUP);
        self.log.said_from(before, TAKEN_OVER).await;
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits until the process has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        self.process.ended().await
    }

    /// Kills the process, and starts another one in the same folder.
    pub async fn restart(self) -> Self {
        let setup = self.setup.clone();
        self.restart_with(setup).await
    }

    /// Kills the process, and starts another one in the same folder, with another configuration.
    pub async fn restart_with(self, setup: Setup) -> Self {
        let folder = Arc::clone(&self.folder);
        drop(self);
        Self::start_in(folder, setup).await
    }

    /// The most memory that the process ever had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status =
            fs::read_to_string(Path::new("/proc").join(self.process.id().to_string()).join("status"));
        let status = status.unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
    }

    /// A client that keeps its connection.
    pub fn client(&self, protocol: Protocol) -> Client {
        let certificate = self.setup.tls.then(|| self.state_dir().join("self-signed.pem"));
        Client::new(self.address, protocol, certificate)
    }

    /// The same, where the certificate is one of the test's own, or one that `authority` vouches for.
    pub fn client_that_trusts(&self, protocol: Protocol, authority: &Path) -> Client {
        Client::new(self.address, protocol, Some(authority.to_owned()))
    }

    /// How many descriptors the process has open, and how many threads.
    pub fn held(&self) -> (usize, usize) {
        let process = Path::new("/proc").join(self.process.id().to_string());
        let count = |folder| fs::read_dir(process.join(folder)).unwrap().count();
        (count("fd"), count("task"))
    }

    /// Sends one request over HTTP/1.1.
    pub async fn send(&self, ask: Ask) -> Answer {
        self.client(Protocol::Http1).send(ask).await
    }

    /// Logs somebody in and gives the token.
    pub async fn login(&self, person: &Person) -> String {
        self.client(Protocol::Http1).login(person).await
    }

    /// Logs somebody in on BMC's surface and gives the token, which says nothing.
    pub async fn opaque(&self, person: &Person) -> String {
        let ask = Ask::post("/api/token").body("application/x-www-form-urlencoded", person.form());
        let answer = self.send(ask).await;
        assert_eq!(answer.status, 200, "{} gets no token: {}", person.name, answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Whether these bytes stand in any file of the state, but for those in folders of it.
    pub fn keeps(&self, bytes: &[u8]) -> bool {
        let files = fs::read_dir(self.state_dir()).unwrap().map(|file| file.unwrap().path());
        let holds = |path: PathBuf| fs::read(path).unwrap().windows(bytes.len()).any(|part| part == bytes);
        files.filter(|path| path.is_file()).any(holds)
    }

    /// A connection for exact bytes.
    pub async fn wire(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// Sends exactly these bytes and reads answers until the gate closes the connection. The last request must ask
    /// for that.
    pub async fn exchange(&self, bytes: impl AsRef<[u8]>) -> Vec<RawAnswer> {
        self.wire().await.exchange(bytes.as_ref()).await
    }
}

fn spawned(folder: &Path, setup: &Setup) -> Process {
    let file = folder.join("bng.yaml");
    fs::write(&file, setup.text(folder)).unwrap();
    let mut words = setup.wrapper.iter().map(OsStr::new).chain([portcullis().as_os_str()]);
    let process = Command::new(words.next().unwrap())
        .args(words)
        .args(["serve", "--config"])
        .arg(&file)
        .current_dir(folder)
        .env_clear()
        .envs(setup.environment.iter().map(|(name, value)| (name, value)))
        .stdin(setup.sockets.at(0))
        .stdout(setup.sockets.at(1))
        .stderr(Stdio::piped())
        .spawn();
    process.unwrap().into()
}

/// The exit status of a gate that does not start, and what it says. One that starts all the same is killed.
pub async fn refused(setup: &Setup) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut process = spawned(folder.path(), setup);
    let id = Pid::from_child(&process);
    let mut stderr = process.stderr.take().unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        (process.wait().unwrap().code(), said)
    });
    let Ok(ended) = timeout(PATIENCE, ended).await else {
        let _ = kill_process(id, Signal::KILL);
        panic!("it goes on");
    };
    ended.unwrap()
}

/// What the log says of a changed configuration that is in force.
pub const TAKEN_OVER: &str = "configuration taken over";
