//! The checkout: where it is, what cargo says about its packages, which files belong to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use cargo_metadata::{Metadata, MetadataCommand};

/// The checkout that the command was started in.
pub(crate) struct Repository {
    metadata: Metadata,
}

impl Repository {
    /// Asks cargo for the workspace around the current folder. Reads manifests only, so it needs no network.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec().context("cargo metadata failed")?;
        Ok(Self { metadata })
    }

    /// The folder of the root manifest.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// The workspace's packages with what their manifests name.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Where `cargo build` puts a binary.
    pub(crate) fn debug_binary(&self, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.metadata.target_directory.as_std_path().join("debug").join(file)
    }

    /// A cargo command in the root folder. `cargo` from the path, so that rustup's choice of toolchain holds.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(self.root());
        command
    }

    /// The system that cargo builds for when it is told no other, such as `x86_64-unknown-linux-gnu`.
    pub(crate) fn host(&self) -> anyhow::Result<String> {
        let output = Command::new("rustc").arg("-vV").current_dir(self.root()).output();
        let output = output.context("rustc did not start")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let host = said.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(host.context("rustc does not say what it builds for")?.to_owned())
    }

    /// The paths, relative to the root, of all files that are tracked or could be: what is ignored is left out.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<String>> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(self.root())
            .output()
            .context("git did not start")?;
        if !output.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let listing = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let mut paths: Vec<String> =
            listing.split_terminator('\0').filter(|path| self.is_present(path)).map(str::to_owned).collect();
        paths.sort();
        // A file in the midst of a merge is listed once per side.
        paths.dedup();
        Ok(paths)
    }

    /// Git also lists a tracked file that has been deleted but not yet committed.
    fn is_present(&self, path: &str) -> bool {
        self.root().join(path).is_file()
    }
}
