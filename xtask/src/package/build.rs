//! From the workspace to the package: the binary, what it says of itself to `man` and to shells, cargo-deb.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;

use super::system::{output, printed, run};
use crate::inventory::{components, notices};
use crate::repository::Repository;

/// The version of cargo-deb that the metadata in the manifest was written for.
const CARGO_DEB: &str = "3.8.0";

/// The shells, and what the file with their completions is called.
const SHELLS: &[(&str, &str)] =
    &[("bash", "portcullis.bash"), ("zsh", "_portcullis"), ("fish", "portcullis.fish")];

/// The file with the licences of others.
pub(crate) const NOTICES: &str = "THIRD-PARTY-LICENCES";

/// Builds the package and says where it is.
pub(super) fn package(repository: &Repository) -> anyhow::Result<PathBuf> {
    have_cargo_deb(repository)?;
    run(repository.cargo().args(["build", "--release", "--package", "portcullis"]), "rustup")?;
    let release = repository.metadata().target_directory.as_std_path().join("release");
    describe(&release.join("portcullis"), &release.join("package"))?;
    acknowledge(repository, &release.join("package"))?;
    // It prints where it has put the package.
    let mut deb = repository.cargo();
    deb.args(["deb", "--package", "portcullis", "--no-build", "--no-strip"]);
    let place = printed(&mut deb, "cargo install cargo-deb --locked")?;
    let place = PathBuf::from(String::from_utf8_lossy(&place).trim());
    ensure!(place.is_file(), "cargo-deb made no package at {}", place.display());
    Ok(place)
}

/// Installs cargo-deb unless there is one.
fn have_cargo_deb(repository: &Repository) -> anyhow::Result<()> {
    let asked = output(repository.cargo().args(["deb", "--version"]), "rustup")?;
    if asked.status.success() {
        return Ok(());
    }
    println!("cargo-deb is not on this machine and is built now");
    run(repository.cargo().args(["install", "cargo-deb", "--locked", "--version", CARGO_DEB]), "rustup")
}

/// Writes the manual pages, packed as `man` wants them, and the completions, where the manifest expects them.
fn describe(binary: &Path, folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let pages = folder.join("man");
    fs::create_dir_all(&pages)?;
    run(Command::new(binary).arg("man").arg(&pages), "cargo build --release")?;
    for page in fs::read_dir(&pages)? {
        // No name and no time in it: the same page is the same file.
        run(Command::new("gzip").args(["-9", "-n"]).arg(page?.path()), "apt-get install gzip")?;
    }
    for (shell, file) in SHELLS {
        let text = printed(Command::new(binary).args(["completions", shell]), "cargo build --release")?;
        fs::write(folder.join(file), text)?;
    }
    Ok(())
}

/// Writes whose crates are in the binary, and under which licences: their authors ask for that.
fn acknowledge(repository: &Repository, folder: &Path) -> anyhow::Result<()> {
    let file = folder.join(NOTICES);
    fs::write(&file, notices(repository, &components(repository)?)?)?;
    run(Command::new("gzip").args(["-9", "-n", "--keep"]).arg(file), "apt-get install gzip")
}
