//! The package in a fresh Debian: installed, configured and asked by nothing but what the installation page says.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::page::{PAGE, Step, steps};
use super::system::run;
use super::unit::Unit;
use crate::interop::process::Process;
use crate::repository::Repository;

/// The oldest Debian that the package is for.
const SUITE: &str = "bookworm";

/// What the commands of the page need beside the smallest Debian there is.
const INCLUDED: &str = "--include=curl,ca-certificates";

/// Where the page has the gate listen.
const GATE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

/// A Debian in a folder.
struct Root(PathBuf);

/// Installs the package in a fresh Debian and does what the page says; fails at the first command that does.
pub(super) fn make(repository: &Repository, package: &Path) -> anyhow::Result<()> {
    let unit = Unit::read(repository)?;
    let page =
        fs::read_to_string(repository.root().join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let steps = steps(&page)?;
    let root = Root::fresh(&repository.metadata().target_directory.as_std_path().join("package-root"))?;
    root.receive(package)?;
    let mut gate = None;
    for step in steps {
        match step {
            Step::Shell(commands) => root.shell(&commands)?,
            Step::Start => gate = Some(root.start(&unit)?),
        }
    }
    // Until here, so that the last commands find it running.
    drop(gate);
    println!("{PAGE}: its commands work in a fresh {SUITE}");
    root.remove()
}

impl Root {
    /// The smallest Debian with what the page needs, in a folder that is emptied first.
    fn fresh(folder: &Path) -> anyhow::Result<Self> {
        let root = Self(folder.to_owned());
        root.remove()?;
        let mut command = Command::new("mmdebstrap");
        command.args(["--quiet", "--variant=minbase", INCLUDED, SUITE]).arg(folder);
        println!("a fresh {SUITE} is made, which takes some minutes");
        run(&mut command, "apt-get install mmdebstrap")?;
        Ok(root)
    }

    /// Removes it. Nothing was mounted in it.
    fn remove(&self) -> anyhow::Result<()> {
        if self.0.exists() {
            fs::remove_dir_all(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))?;
        }
        Ok(())
    }

    /// Puts the package where the commands are carried out.
    fn receive(&self, package: &Path) -> anyhow::Result<()> {
        let name = package.file_name().context("the package has no name")?;
        fs::copy(package, self.0.join("tmp").join(name))?;
        Ok(())
    }

    /// Carries commands out as root. Whoever is asked for a password types the same one.
    fn shell(&self, commands: &str) -> anyhow::Result<()> {
        println!("# {}", commands.replace('\n', "\n> "));
        let mut command = self.command(None);
        // Nobody is there to be asked anything else.
        command.args([
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "sh",
            "-eu",
            "-c",
            &format!("cd /tmp\n{commands}"),
        ]);
        let mut child = command.stdin(Stdio::piped()).spawn().context("chroot does not start")?;
        if let Some(mut input) = child.stdin.take() {
            // Most commands read nothing and may have ended already.
            let _ = input.write_all(b"the password of the trial\n");
        }
        let status = child.wait()?;
        println!();
        ensure!(status.success(), "failed in the fresh {SUITE}: {status}");
        Ok(())
    }

    /// Starts the unit's command line as its user, with what systemd would give it.
    fn start(&self, unit: &Unit) -> anyhow::Result<Process> {
        let (user, state) = (unit.value("User")?, format!("/var/lib/{}", unit.value("StateDirectory")?));
        let mode = unit.value("StateDirectoryMode")?;
        self.shell(&format!("install -d -o {user} -g {user} -m {mode} {state}"))?;
        let mut command = self.command(Some(user));
        command.arg("env").arg("-i").arg(format!("STATE_DIRECTORY={state}"));
        let file = unit.value("EnvironmentFile")?.trim_start_matches(['-', '/']).to_owned();
        let environment =
            fs::read_to_string(self.0.join(&file)).with_context(|| format!("/{file} is not there"))?;
        command.args(environment.lines());
        command.args(unit.value("ExecStart")?.split_whitespace());
        let mut process = Process::start("gate", command, &self.0.join("tmp"))?;
        process.listens(GATE)?;
        Ok(process)
    }

    fn command(&self, user: Option<&str>) -> Command {
        let mut command = Command::new("chroot");
        command.args(user.map(|user| format!("--userspec={user}:{user}"))).arg(&self.0);
        command
    }
}
