//! The gates that are loaded, and the BNG behind them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;

use super::configuration::{Configuration, Turn};
use super::ground::{Beside, Ground, MACHINE, PASSWORD, USERS};
use super::log::Log;
use super::tally::Tally;
use crate::interop::process::{Process, free_address};

pub(super) const SECRET: &str = "the secret of the gates that are soaked, long enough";

/// The name of the configuration that a gate follows.
const CONFIGURATION: &str = "gate.yaml";
/// The same configuration for the command line, whole at any time.
const STEADY: &str = "steady.yaml";

/// The programs.
#[derive(Debug)]
pub(super) struct Binaries {
    pub(super) gate: PathBuf,
    pub(super) bng: PathBuf,
}

impl Binaries {
    /// Whoever builds while the gates run would change what the command line beside them is.
    fn copied_to(self, folder: &Path) -> anyhow::Result<Self> {
        let copy = |from: &Path, name: &str| {
            let to = folder.join(name);
            fs::copy(from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
            anyhow::Ok(to)
        };
        Ok(Self { gate: copy(&self.gate, "portcullis")?, bng: copy(&self.bng, "bng-sim")? })
    }
}

/// A gate that runs. Dropping it ends it.
pub(super) struct Gate {
    pub(super) name: &'static str,
    pub(super) ground: Arc<Ground>,
    _process: Process,
}

/// What one gate is unlike the other in.
#[derive(Debug)]
pub(super) struct Kind {
    name: &'static str,
    pub(super) tls: bool,
    /// What signs its tokens. It stays as it is: each change of it makes a key, and there can't be any number of those.
    pub(super) algorithm: &'static str,
}

pub(super) const KINDS: [Kind; 2] = [
    Kind { name: "plain", tls: false, algorithm: "EdDSA" },
    Kind { name: "tls", tls: true, algorithm: "HS256" },
];

/// The gates and the BNG. Dropping it ends them.
pub(super) struct Stage {
    pub(super) gates: Vec<Gate>,
    _bng: Process,
}

impl Stage {
    /// Starts everything in a fresh folder: a gate that speaks plain HTTP, and one that speaks TLS if `tls`.
    pub(super) fn build(binaries: Binaries, folder: &Path, tls: bool) -> anyhow::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let binaries = binaries.copied_to(folder)?;
        let upstream = free_address()?;
        let mut command = Command::new(&binaries.bng);
        command.env_clear().args(["--listen", &upstream.to_string()]);
        let mut bng = Process::start("bng", command, folder)?;
        bng.listens(upstream)?;
        let kinds = KINDS.iter().filter(|kind| tls || !kind.tls);
        let gates = kinds.map(|kind| Gate::start(kind, &binaries.gate, &folder.join(kind.name), upstream));
        Ok(Self { gates: gates.collect::<anyhow::Result<_>>()?, _bng: bng })
    }
}

impl Gate {
    fn start(kind: &Kind, binary: &Path, folder: &Path, upstream: SocketAddr) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let address = free_address()?;
        let configuration = Configuration::new(address, kind, upstream, folder);
        let text = configuration.text(Turn::Open).context("a good configuration is a file")?;
        let (file, steady) = (folder.join(CONFIGURATION), folder.join(STEADY));
        fs::write(&file, &text)?;
        fs::write(&steady, text)?;
        let beside = Beside { binary: binary.to_owned(), file: steady };
        for (user, role) in USERS {
            let first = (role == "admin").then_some("--first-admin");
            let words = ["user", "add", user, "--role", role, "--password-stdin"].into_iter().chain(first);
            beside.run(&words.collect::<Vec<_>>(), PASSWORD)?;
        }
        let machine_secret = beside.run(&["client", "add", MACHINE, "--role", "operator"], "")?;

        let mut serve = Command::new(binary);
        serve.env_clear().env("ABNG_API_SECRET", SECRET).args(["serve", "--config"]).arg(&file);
        let mut process = Process::start("gate", serve, folder)?;
        process.listens(address)?;
        let log = Log::open(process.log())?;
        let ground = Ground {
            address,
            tls: kind.tls,
            process: process.id(),
            file,
            configuration,
            beside,
            machine_secret,
            log,
            tally: Tally::default(),
            stopping: AtomicBool::new(false),
        };
        Ok(Self { name: kind.name, ground: Arc::new(ground), _process: process })
    }
}
