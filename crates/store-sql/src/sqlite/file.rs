//! The file: which one it is, whether it looks like a database, and how an empty store comes into being.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::open_error::OpenError;

/// What tells a file from every other, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Of the file that has this name just now.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// The name of a file, with something after it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Refuses what does not begin as a database does, and what is shorter than it says; the rest may be in its log, if there
/// is one. `SQLite` itself takes a file without a byte for an empty database, and overlooks a last page that was cut.
pub(super) fn check_header(path: &Path) -> Result<(), OpenError> {
    let read = || {
        let mut file = File::open(path)?;
        let mut header = Header::default();
        for part in [&mut header.magic[..], &mut header.page_size, &mut header.other, &mut header.pages] {
            file.read_exact(part)?;
        }
        Ok((header, file.metadata()?.len()))
    };
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    match read() {
        Ok((header, length)) if header.is_right() && (has_log || length >= header.length()) => Ok(()),
        Ok(_) => Err(OpenError::NotADatabase(path.to_owned())),
        Err(error) if io::Error::kind(&error) == io::ErrorKind::UnexpectedEof => {
            Err(OpenError::NotADatabase(path.to_owned()))
        }
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}

/// How a database begins (<https://www.sqlite.org/fileformat2.html#the_database_header>).
#[derive(Default)]
struct Header {
    magic: [u8; 16],
    page_size: [u8; 2],
    other: [u8; 10],
    pages: [u8; 4],
}

impl Header {
    fn is_right(&self) -> bool {
        self.magic == *b"SQLite format 3\0"
    }

    /// How long the file must be.
    fn length(&self) -> u64 {
        let page_size = match u16::from_be_bytes(self.page_size) {
            1 => 65_536,
            size => u64::from(size),
        };
        page_size * u64::from(u32::from_be_bytes(self.pages))
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
