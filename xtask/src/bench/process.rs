//! Programs that run for as long as they are measured, each on the cores that are meant for it.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::cpu::{CpuTime, Memory};

/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running program. Dropping it kills that program, and no other.
pub(super) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program in `folder`, which also gets what it says.
    pub(super) fn start(name: &'static str, mut command: Command, folder: &Path) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        let errors = output.try_clone()?;
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
        Ok(Self { name, child: child.with_context(|| format!("{name} does not start"))?, log })
    }

    /// Asks until it answers. No pause in between, since the time until the first answer is measured.
    pub(super) fn wait_until(&mut self, answers: impl Fn() -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !answers() {
            if self.child.try_wait()?.is_some() || start.elapsed() > PATIENCE {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("{} does not answer; it said:\n{said}", self.name);
            }
        }
        Ok(())
    }

    /// What it has taken of the processors so far, with all its threads.
    pub(super) fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        CpuTime::of(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }

    /// What it holds of the memory.
    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        Memory::of(self.child.id()).with_context(|| format!("{} has ended", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Which cores a program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cores {
    /// The first one: for what is measured.
    First,
    /// The second one: for load and upstream.
    Second,
    /// All of them.
    All,
}

/// The command with its cores; as it is where there is no `taskset`, which replaces itself by the program.
pub(super) fn pinned(program: &Path, cores: Cores, has_taskset: bool) -> Command {
    let core = match cores {
        Cores::First => "0",
        Cores::Second => "1",
        Cores::All => return Command::new(program),
    };
    if !has_taskset {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", core]).arg(program);
    command
}

/// An address on loopback that nobody listens on now.
pub(super) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr())?)
}
