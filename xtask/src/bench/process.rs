//! Programs that run for as long as they are measured, each on the cores that are meant for it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::cpu::{CpuTime, Memory};
use super::programs::Programs;
use super::tree;

/// How long a program may take until it does what is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running program. Dropping it kills that program and what it started, and no other.
pub(super) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program in `folder`, which also gets what it says.
    pub(super) fn start(name: &str, mut command: Command, folder: &Path) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        let errors = output.try_clone()?;
        let child = command.current_dir(folder).stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
        let child = child.with_context(|| format!("{name} does not start"))?;
        Ok(Self { name: name.to_owned(), child, log })
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

    /// Where that goes which it says.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// What it has taken of the processors so far, with all its threads and what it started.
    pub(super) fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        let times = tree::of(self.child.id()).into_iter().map(CpuTime::of);
        times.sum::<anyhow::Result<_>>().with_context(|| format!("{} has ended", self.name))
    }

    /// What it holds of the memory, with what it started.
    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        let shares = tree::of(self.child.id()).into_iter().map(Memory::of);
        shares.sum::<anyhow::Result<_>>().with_context(|| format!("{} has ended", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let started = tree::of(self.child.id()).into_iter().skip(1);
        let started: Vec<String> = started.map(|process| process.to_string()).collect();
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !started.is_empty() {
            let _ = Command::new("kill").arg("-KILL").args(started).stderr(Stdio::null()).status();
        }
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

/// The command on its cores, and ended by the kernel if we are ended before we could do it: both as far as there are
/// `taskset` and `setpriv`, which replace themselves by the program.
pub(super) fn command(program: &Path, cores: Cores, programs: &Programs) -> Command {
    let mut words: Vec<&str> = Vec::new();
    if programs.has("setpriv") {
        words.extend(["setpriv", "--pdeathsig", "KILL"]);
    }
    if programs.has("taskset") {
        match cores {
            Cores::First => words.extend(["taskset", "--cpu-list", "0"]),
            Cores::Second => words.extend(["taskset", "--cpu-list", "1"]),
            Cores::All => {}
        }
    }
    let Some((first, rest)) = words.split_first() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::super::programs::fake;
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        let arguments = command.get_args();
        std::iter::once(command.get_program())
            .chain(arguments)
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_program_is_put_on_its_core_where_that_can_be_done() {
        let program = Path::new("server");
        let rich = fake(&["taskset", "setpriv"]);
        assert_eq!(
            words(&command(program, Cores::Second, &rich)),
            ["setpriv", "--pdeathsig", "KILL", "taskset", "--cpu-list", "1", "server"]
        );
        assert_eq!(words(&command(program, Cores::All, &rich)), ["setpriv", "--pdeathsig", "KILL", "server"]);
        assert_eq!(words(&command(program, Cores::First, &fake(&[]))), ["server"]);
    }

    #[test]
    fn what_a_program_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut script = Command::new("sh");
        script.args(["-c", "sleep 600 & echo $! ready; wait"]);
        let mut process = Process::start("script", script, folder.path()).unwrap();
        let log = process.log().to_owned();
        process.wait_until(|| fs::read_to_string(&log).unwrap().contains("ready")).unwrap();
        let said = fs::read_to_string(&log).unwrap();
        let started: u32 = said.split(' ').next().unwrap().parse().unwrap();
        assert!(tree::of(process.child.id()).contains(&started));
        drop(process);
        let runs = || {
            let stat = fs::read_to_string(format!("/proc/{started}/stat")).unwrap_or_default();
            stat.contains("(sleep) S") || stat.contains("(sleep) R")
        };
        let start = Instant::now();
        while runs() {
            assert!(start.elapsed() < PATIENCE, "it still runs");
        }
    }
}
