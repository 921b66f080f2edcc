//! The archive: what the Debian package holds, for systems without dpkg, under one folder.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::date::Date;
use super::names::Names;
use crate::package::system;
use crate::repository::Repository;

/// Files and what they are in the archive. A place that ends with `/` keeps the name of the file, a source that ends with
/// `/` stands for all files of that folder.
const FILES: &[(&str, &str)] = &[
    ("target/release/portcullis", "bin/"),
    ("target/release/package/man/", "share/man/man1/"),
    ("target/release/package/portcullis.bash", "share/bash-completion/completions/portcullis"),
    ("target/release/package/_portcullis", "share/zsh/site-functions/"),
    ("target/release/package/portcullis.fish", "share/fish/vendor_completions.d/"),
    ("target/release/package/THIRD-PARTY-LICENCES", ""),
    ("LICENSE-APACHE", ""),
    ("LICENSE-MIT", ""),
    ("CHANGELOG.md", ""),
    ("packaging/portcullis.yaml", "examples/"),
    ("docs/examples/bng.yaml", "examples/"),
    ("packaging/examples/", "examples/"),
    ("packaging/portcullis.service", "systemd/"),
    ("packaging/portcullis.socket", "systemd/"),
];

/// The only file that is executed.
const PROGRAM: &str = "bin/portcullis";

/// Makes the archive in a folder.
pub(super) fn make(repository: &Repository, names: &Names, date: Date, folder: &Path) -> anyhow::Result<()> {
    let target = repository.metadata().target_directory.as_std_path();
    let stage = tempfile::tempdir_in(target)?;
    lay_out(repository.root(), target, &stage.path().join(names.folder()))?;
    pack(stage.path(), &names.folder(), date, &folder.join(names.archive()))
}

/// Copies each file to its place.
fn lay_out(root: &Path, target: &Path, top: &Path) -> anyhow::Result<()> {
    for (source, place) in FILES {
        // The folder that cargo builds in may be another one.
        let path = match source.strip_prefix("target/") {
            Some(built) => target.join(built),
            None => root.join(source),
        };
        if !source.ends_with('/') {
            lay(&path, &top.join(placed(&path, place)?))?;
            continue;
        }
        for entry in fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
            let file = entry?.path();
            lay(&file, &top.join(placed(&file, place)?))?;
        }
    }
    permit(&top.join(PROGRAM), 0o755)
}

/// The place of a file, with its name.
fn placed(file: &Path, place: &str) -> anyhow::Result<String> {
    let name = file.file_name().with_context(|| format!("{} has no name", file.display()))?;
    let is_folder = place.is_empty() || place.ends_with('/');
    Ok(if is_folder { format!("{place}{}", name.to_string_lossy()) } else { place.to_owned() })
}

fn lay(file: &Path, place: &Path) -> anyhow::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(file, place).with_context(|| format!("cannot copy {}", file.display()))?;
    permit(place, 0o644)
}

fn permit(file: &Path, mode: u32) -> anyhow::Result<()> {
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", file.display()))
}

/// Packs the folder `name` in `parent`: the same files are the same archive, whoever packs them and when.
fn pack(parent: &Path, name: &str, date: Date, archive: &Path) -> anyhow::Result<()> {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
    // Folders are made with what the umask leaves.
    tar.args(["--mode=u=rwX,go=rX", "--use-compress-program=gzip -9 -n"])
        .arg(format!("--mtime=@{}", date.seconds()));
    tar.arg("--file").arg(archive).arg("--directory").arg(parent).arg(name);
    // The order of names is that of their bytes, not that of somebody's language.
    system::run(tar.env("LC_ALL", "C"), "apt-get install tar gzip")?;
    ensure!(archive.is_file(), "tar made no {}", archive.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with what the archive is made of, of which some is built.
    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (source, _) in FILES {
            let folder = source.ends_with('/');
            let file = root.path().join(if folder { format!("{source}one") } else { (*source).to_owned() });
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, source).unwrap();
        }
        root
    }

    fn listing(archive: &Path) -> String {
        let mut tar = Command::new("tar");
        tar.args(["--list", "--verbose", "--numeric-owner", "--utc", "--full-time", "--file"]).arg(archive);
        String::from_utf8(tar.output().unwrap().stdout).unwrap()
    }

    fn made(root: &Path, archive: &str) -> std::path::PathBuf {
        let stage = tempfile::tempdir().unwrap();
        lay_out(root, &root.join("target"), &stage.path().join("top")).unwrap();
        let archive = root.join(archive);
        pack(stage.path(), "top", Date::by_hand(), &archive).unwrap();
        archive
    }

    #[test]
    fn every_file_is_at_its_place_and_roots_and_of_one_time() {
        let root = tree();
        let listing = listing(&made(root.path(), "a.tar.gz"));
        let lines: Vec<Vec<&str>> = listing.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(lines.iter().all(|line| line[1] == "0/0"), "{listing}");
        assert!(lines.iter().all(|line| line[3..5] == ["2023-11-14", "22:13:20"]), "{listing}");
        let mode = |place: &str| {
            let line = lines.iter().find(|line| line[5] == place);
            line.map_or("missing", |line| line[0])
        };
        assert_eq!(mode("top/"), "drwxr-xr-x");
        assert_eq!(mode("top/bin/portcullis"), "-rwxr-xr-x");
        for place in [
            "top/LICENSE-MIT",
            "top/LICENSE-APACHE",
            "top/THIRD-PARTY-LICENCES",
            "top/share/man/man1/one",
            "top/share/bash-completion/completions/portcullis",
            "top/examples/one",
            "top/systemd/portcullis.service",
            "top/systemd/portcullis.socket",
        ] {
            assert_eq!(mode(place), "-rw-r--r--", "{place}");
        }
        let names: Vec<&str> = lines.iter().map(|line| line[5]).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn the_same_files_are_the_same_archive() {
        let root = tree();
        let bytes = |name: &str| fs::read(made(root.path(), name)).unwrap();
        let first = bytes("a.tar.gz");
        // Another time, and another mode, of the files that it is made of.
        let licence = root.path().join("LICENSE-MIT");
        fs::remove_file(&licence).unwrap();
        fs::write(&licence, "LICENSE-MIT").unwrap();
        permit(&licence, 0o600).unwrap();
        assert!(first == bytes("b.tar.gz"), "the archives differ");
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = tree();
        fs::remove_file(root.path().join("LICENSE-MIT")).unwrap();
        let error = lay_out(root.path(), &root.path().join("target"), &root.path().join("top")).unwrap_err();
        assert!(error.to_string().contains("LICENSE-MIT"), "{error}");
    }
}
