//! The file: which one it is, whether it looks like a whole database, and how an empty store comes into being.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::log_file;
use crate::open_error::OpenError;

/// What tells a file from every other, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
}

/// How a file looks from outside. It grows when its log is written back, and never becomes shorter by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) identity: FileIdentity,
    pub(super) length: u64,
    modified: SystemTime,
}

impl Look {
    /// At the file that has this name just now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Self::of(&fs::metadata(path)?)
    }

    /// At a file that is open.
    pub(super) fn at_open(file: &File) -> io::Result<Self> {
        Self::of(&file.metadata()?)
    }

    fn of(metadata: &fs::Metadata) -> io::Result<Self> {
        let identity = FileIdentity { device: metadata.dev(), inode: metadata.ino() };
        Ok(Self { identity, length: metadata.len(), modified: metadata.modified()? })
    }
}

/// The name of a file, with something after it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Refuses what does not begin as a database does, and what is shorter than it says: `SQLite` itself takes a file without
/// a byte for an empty database, and pages that are missing for pages of zeros.
pub(super) fn check(file: &File, path: &Path) -> Result<(), OpenError> {
    let is_right = || Ok(is_whole(file, path)? || is_whole(file, path)?);
    match is_right() {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::NotADatabase(path.to_owned())),
        Err(error) if io::Error::kind(&error) == io::ErrorKind::UnexpectedEof => {
            Err(OpenError::NotADatabase(path.to_owned()))
        }
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}

/// Whether all pages are there, in the file or, where writing back was interrupted, in its log. Somebody who writes it
/// back just now looks like that for a moment too, so that a second look counts.
fn is_whole(file: &File, path: &Path) -> io::Result<bool> {
    let mut header = Header::default();
    let Header { magic, page_size, pages } = &mut header;
    for (part, at) in [(&mut magic[..], 0), (page_size, 16), (pages, 28)] {
        file.read_exact_at(part, at)?;
    }
    let length = file.metadata()?.len();
    if !header.is_right() || length >= header.length() {
        return Ok(header.is_right());
    }
    match log_file::pages(&beside(path, "-wal")) {
        Ok(in_log) => Ok(header.pages_from(length).all(|page| in_log.contains(&page))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// How a database begins (`SQLite`, "Database File Format", 1.3: "The Database Header").
#[derive(Default)]
struct Header {
    magic: [u8; 16],
    page_size: [u8; 2],
    pages: [u8; 4],
}

impl Header {
    fn is_right(&self) -> bool {
        self.magic == *b"SQLite format 3\0" && self.page_size() >= 512
    }

    fn page_size(&self) -> u64 {
        match u16::from_be_bytes(self.page_size) {
            1 => 65_536,
            size => u64::from(size),
        }
    }

    /// How long the file must be.
    fn length(&self) -> u64 {
        self.page_size() * u64::from(u32::from_be_bytes(self.pages))
    }

    /// The pages that are not whole in a file of this length.
    fn pages_from(&self, length: u64) -> impl Iterator<Item = u32> {
        let whole = u32::try_from(length / self.page_size()).unwrap_or(u32::MAX);
        whole.saturating_add(1)..=u32::from_be_bytes(self.pages)
    }
}

/// Takes the rights of everybody but the owner away: hashes of passwords are in it.
pub(super) fn keep_private(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode().trailing_zeros() >= 6 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

/// Makes an empty file that nobody else may read.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Makes such a file under a name of its own beside another.
pub(super) fn create_beside(path: &Path) -> io::Result<PathBuf> {
    let mut attempt = 0_u32;
    loop {
        let name = beside(path, &format!(".new-{}-{attempt}", std::process::id()));
        match create_private(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
            other => return other.map(|()| name),
        }
    }
}

/// Removes such a file that nothing came of, with what `SQLite` may have put beside it.
pub(super) fn discard(unfinished: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        // What is not there need not go.
        let _ = fs::remove_file(beside(unfinished, suffix));
    }
}

/// Gives the finished file its name, unless another process was first: then that one's file is the store.
pub(super) fn publish(finished: &Path, path: &Path) -> io::Result<()> {
    let linked = match fs::hard_link(finished, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    fs::remove_file(finished)?;
    linked?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
