//! A disk of a gate's own, which can be full, or read-only, as real ones can.
//!
//! It is a `tmpfs` in a mount namespace that the gate is started in, so that nothing is left of it when the gate has
//! ended, however that came. Whoever may make a user namespace may make it; where nobody may, as in some containers,
//! there is none, and whoever needs one must say so.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::gate::Gate;

/// In a mount namespace of its own, where it is root.
const UNSHARE: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];

/// Makes the disk at `$0`, with what is in `$0.seed` on it, then becomes the rest of the command line.
const MOUNT: &str = r#"mount -t tmpfs -o size=2m tmpfs "$0" && cp -a "$0.seed/." "$0/" && exec "$@""#;

/// Why there is none, where there can't be such disks.
pub const NOT_ALLOWED: &str = "`unshare --user --mount` is not allowed here";

/// Whether there can be such disks here.
pub fn is_possible() -> bool {
    let tried =
        Command::new(UNSHARE[0]).args(&UNSHARE[1..]).args(["mount", "-t", "tmpfs", "a", "/mnt"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// What a gate is started inside of, so that a disk of 2 MiB is at `folder`, with everything on it that is there now.
pub fn at(folder: &Path) -> Vec<String> {
    fs::rename(folder, seed(folder)).unwrap();
    fs::create_dir(folder).unwrap();
    let words = UNSHARE.into_iter().chain(["sh", "-c", MOUNT, folder.to_str().unwrap()]);
    words.map(str::to_owned).collect()
}

/// The disk that is the folder for the state of a gate.
#[derive(Debug)]
pub struct Disk<'g>(pub &'g Gate);

/// What fills a disk.
#[derive(Debug)]
pub struct Filler(File);

impl Filler {
    /// Takes whatever room there is.
    pub fn fill(&mut self) {
        let full = loop {
            if let Err(error) = self.0.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::StorageFull, "{full}");
    }

    /// Makes room again, on a disk that is read-only too: it was opened before.
    pub fn clear(self) {
        self.0.set_len(0).unwrap();
    }
}

impl Disk<'_> {
    /// Fills it to the last byte.
    pub fn fill(&self) -> Filler {
        let mut filler = Filler(File::create(self.file("filler")).unwrap());
        filler.fill();
        filler
    }

    /// Copies a file from it, or all files of a folder, to where they would be without it.
    pub fn carry_home(&self, name: &str) {
        let (from, to) = (self.file(name), self.0.state_dir().join(name));
        if !from.is_dir() {
            fs::copy(from, to).unwrap();
            return;
        }
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }

    /// From now on whatever is opened on it can't be written.
    pub fn make_read_only(&self) {
        let folder = self.0.state_dir();
        // Made so where nobody looks: a mount that somebody writes to can't become read-only.
        let aside = seed(&folder);
        self.run(&["mount", "--bind", path(&folder), path(&aside)]);
        self.run(&["mount", "-o", "remount,bind,ro", path(&aside)]);
        self.run(&["mount", "--bind", path(&aside), path(&folder)]);
    }

    /// And now it can. What was opened meanwhile to be read may stay open.
    pub fn make_writable(&self) {
        self.run(&["umount", "--lazy", path(&self.0.state_dir())]);
    }

    /// Where a file of the gate's state is for those who are outside.
    fn file(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.0.process()));
        root.join(self.0.state_dir().strip_prefix("/").unwrap()).join(name)
    }

    /// Runs a command where the gate is.
    fn run(&self, command: &[&str]) {
        let target = self.0.process().to_string();
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--target", &target, "--user", "--mount", "--preserve-credentials"]).args(command);
        let ran = nsenter.output().unwrap();
        assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

/// Where that is which a disk begins with.
fn seed(folder: &Path) -> PathBuf {
    folder.with_extension("seed")
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
