//! `cargo xtask dist`: a release, as a folder of files that somebody else can check.

mod archive;
mod date;
mod names;
mod sbom;
mod sums;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use self::date::Date;
use self::names::Names;
use crate::inventory;
use crate::package::{self, system};
use crate::repository::Repository;

/// What `cargo xtask dist --help` prints.
pub(crate) const HELP: &str = "\
Makes a release in target/dist, which is emptied first:

  portcullis_VERSION-1_ARCH.deb   the Debian package, as `cargo xtask package` makes it
  portcullis-VERSION-TARGET.tar.gz
                                  the same for other systems: the binary, manual pages, completions,
                                  the systemd unit, examples, and the licences of everything in it
  portcullis-VERSION.cdx.json     what the binary is made of (CycloneDX 1.5): each crate with its
                                  version, licence, package URL, checksum and what it needs
  SHA256SUMS                      the checksums of these three

To check what was downloaded, in its folder:  sha256sum --check SHA256SUMS

All times in these files are that of the last commit, or SOURCE_DATE_EPOCH (seconds since 1970) if it
is set; owners are 0, and names are sorted. So the same binary makes the same files. The binary holds
paths of the machine that built it, and is not promised to be the same elsewhere.

Needs what `cargo xtask package` needs: cargo-deb (installed if need be), dpkg-deb, systemd-analyze,
gzip; and tar and sha256sum. The release build takes some minutes.

usage: cargo xtask dist
exit code: 0 the release is there, 1 a step failed, 2 a command line that makes no sense";

/// Makes the release and checks it as whoever gets it would.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<()> {
    let components = inventory::components(repository)?;
    let faults = inventory::licence_faults(&components);
    ensure!(faults.is_empty(), "this must not be given away:\n{}", faults.join("\n"));
    let date = Date::of(repository)?;
    let names = Names::of(repository, &components)?;

    let package = package::build(repository)?;
    let target = repository.metadata().target_directory.as_std_path();
    let folder = target.join("dist");
    empty(&folder)?;
    fs::copy(&package, folder.join(package.file_name().context("the package has no name")?))?;
    archive::make(repository, &names, date, &folder)?;
    let binary = fs::read(target.join("release/portcullis"))?;
    fs::write(folder.join(names.sbom()), sbom::text(&components, &sums::of(&binary), date)?)?;
    sums::write(&folder)?;

    let mut check = Command::new("sha256sum");
    system::run(
        check.args(["--check", "--strict", sums::FILE]).current_dir(&folder),
        "apt-get install coreutils",
    )?;
    warn_of_changes(repository)?;
    println!("{}", folder.display());
    Ok(())
}

/// An empty folder of that name.
fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Says that nobody else can make this release, if so.
fn warn_of_changes(repository: &Repository) -> anyhow::Result<()> {
    let mut status = Command::new("git");
    status.args(["status", "--porcelain"]).current_dir(repository.root());
    let changed = system::printed(&mut status, "apt-get install git")?;
    let changed = String::from_utf8_lossy(&changed).lines().count();
    if changed > 0 {
        println!(
            "WARNING: {changed} files differ from the last commit: this is a release of nobody else's tree"
        );
    }
    Ok(())
}
