//! The disk that the state is on: on a full one nobody can log in, and nothing is recorded.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfs, statvfs};
use rustix::io::Errno;

use super::codes;
use super::finding::Finding;
use super::seen::Seen;
use crate::config::Config;
use crate::{stores, tls};

/// With less room than this, in bytes, a large disk may be full before anybody looks.
const LITTLE: u64 = 1 << 30;
/// A small one is nearly full when less than this part of it is free.
const PART: u64 = 10;

/// A folder that is written to, and the disk that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Disk {
    /// The folder.
    pub(super) folder: PathBuf,
    /// How much room there is, or why that is not known.
    pub(super) room: Result<Room, String>,
}

/// How large a disk is, and how much of it is free, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) size: u64,
    /// For whoever is not root, who may have some for himself.
    pub(super) free: u64,
}

impl Disk {
    /// Those of the state directory and of the database, which may be elsewhere.
    pub(super) fn of(config: &Config) -> Vec<Self> {
        let mut folders = vec![config.state_dir.clone()];
        folders.extend(stores::path(config).parent().map(Path::to_owned));
        folders.dedup();
        let looked_at = |folder: PathBuf| {
            let room = Room::at(&folder).map_err(|error| tls::reason(&error));
            Self { folder, room }
        };
        folders.into_iter().map(looked_at).collect()
    }
}

impl Room {
    /// On the disk that a folder is on, or would be on if it was made.
    fn at(folder: &Path) -> io::Result<Self> {
        let absolute = std::path::absolute(folder)?;
        for folder in absolute.ancestors() {
            match statvfs(folder) {
                Err(Errno::NOENT) => {}
                looked_at => return Ok(looked_at?.into()),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn is_little(self) -> bool {
        self.free < LITTLE && self.free < self.size / PART
    }
}

impl From<StatVfs> for Room {
    fn from(StatVfs { f_frsize, f_blocks, f_bavail, .. }: StatVfs) -> Self {
        Self { size: f_blocks.saturating_mul(f_frsize), free: f_bavail.saturating_mul(f_frsize) }
    }
}

/// Whether there is room for what is still to be written.
pub(super) fn room(seen: &Seen<'_>) -> Vec<Finding> {
    seen.disks.iter().filter_map(judged).collect()
}

fn judged(Disk { folder, room }: &Disk) -> Option<Finding> {
    let folder = folder.display();
    match room {
        Ok(room) if room.is_little() => {
            let Room { size, free } = room;
            let title = format!("of the disk with {folder} {} of {} MiB are free", free >> 20, size >> 20);
            let mend =
                "make room there, or get a larger disk; `audit: {keep: 365d}` removes old records by itself";
            Some(codes::DISK_NEARLY_FULL.found(title, mend))
        }
        Ok(_) => None,
        Err(error) => {
            let title = format!("the room on the disk with {folder}: {error}");
            Some(codes::NOT_CHECKED.found(title, "run this command as the user that the server runs as"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_nearly_full_when_little_of_it_is_free_and_that_is_not_much() {
        let is_little = |size: u64, free: u64| Room { size, free }.is_little();
        let (mib, gib) = (1 << 20, 1 << 30);
        assert!(is_little(100 * gib, gib - 1) && is_little(100 * gib, 0) && is_little(100 * mib, 9 * mib));
        assert!(!is_little(100 * gib, gib) && !is_little(100 * mib, 10 * mib));
        assert!(!is_little(0, 0), "what has no size, as some file systems have none, is not full");
    }

    #[test]
    fn the_room_for_a_folder_is_there_before_the_folder_is() {
        let folder = tempfile::tempdir().unwrap();
        let [there, missing] =
            [folder.path().to_owned(), folder.path().join("not/yet")].map(|folder| Room::at(&folder));
        let (there, missing) = (there.unwrap(), missing.unwrap());
        assert!(there.size > 0 && there.free <= there.size);
        assert_eq!(missing.size, there.size);
    }

    #[test]
    fn what_can_not_be_looked_at_is_said() {
        let folder = tempfile::NamedTempFile::new().unwrap().path().join("below-a-file");
        let file = tempfile::NamedTempFile::new().unwrap();
        let room = Room::at(&file.path().join("below-a-file")).map_err(|error| tls::reason(&error));
        assert!(room.is_err());
        let found = judged(&Disk { folder, room });
        assert_eq!(found.map(|finding| finding.code), Some(codes::NOT_CHECKED));
    }
}
