//! A fresh Debian in a folder.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::system::run;

/// The oldest Debian that the package is for.
pub(super) const SUITE: &str = "bookworm";

/// What the commands of the pages need beside the smallest Debian there is.
const INCLUDED: &str = "--include=curl,ca-certificates,openssl";

/// A Debian in a folder. Nothing is mounted in it.
pub(super) struct Root(PathBuf);

impl Root {
    /// The smallest Debian with what the pages need, in a folder that is emptied first.
    pub(super) fn fresh(folder: &Path) -> anyhow::Result<Self> {
        let root = Self(folder.to_owned());
        root.remove()?;
        let mut command = Command::new("mmdebstrap");
        command.args(["--quiet", "--variant=minbase", INCLUDED, SUITE]).arg(folder);
        println!("a fresh {SUITE} is made, which takes a minute");
        run(&mut command, "apt-get install mmdebstrap")?;
        Ok(root)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Removes it.
    pub(super) fn remove(&self) -> anyhow::Result<()> {
        if self.0.exists() {
            fs::remove_dir_all(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))?;
        }
        Ok(())
    }

    /// Copies a file into one of its folders.
    pub(super) fn receive(&self, file: &Path, folder: &str) -> anyhow::Result<()> {
        let name = file.file_name().context("the file has no name")?;
        fs::copy(file, self.0.join(folder).join(name))?;
        Ok(())
    }

    /// Carries commands out as root, in `/tmp`. Whoever is asked for a password types the same one.
    pub(super) fn shell(&self, commands: &str) -> anyhow::Result<()> {
        println!("# {}", commands.replace('\n', "\n> "));
        let mut command = self.command(None);
        // Nobody is there to be asked anything else.
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-eu", "-c"]);
        command.arg(format!("cd /tmp\n{commands}"));
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

    /// A command in it, as root or as somebody else.
    pub(super) fn command(&self, user: Option<&str>) -> Command {
        let mut command = Command::new("chroot");
        command.args(user.map(|user| format!("--userspec={user}:{user}"))).arg(&self.0);
        command
    }
}
