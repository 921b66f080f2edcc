//! The file of a Unix socket: one that a crashed process left behind is cleared away, a living one's never, and ours goes
//! when we go.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Owner and group may connect: a web server before us is put into our group.
const MODE: u32 = 0o660;

/// A socket's file while we listen on it; dropping this removes it.
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    /// Listens on a socket at this path. Fails with [`ErrorKind::AddrInUse`] if somebody listens there, and if the path
    /// is taken by something that is no socket.
    pub(super) async fn bind(path: &Path) -> io::Result<(UnixListener, Self)> {
        clear_stale(path).await?;
        let listener = UnixListener::bind(path)?;
        let file = Self { path: path.to_owned(), identity: identity(&fs::symlink_metadata(path)?) };
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        Ok((listener, file))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody else may have put his own socket there meanwhile. Failing to remove ours is no harm: it is stale now,
        // and the next start clears it away.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Device and inode: the file itself, not its name.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

async fn clear_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(ErrorKind::AlreadyExists, "a file that is no socket is in the way"));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        // It listens, but has no room at this moment.
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Err(io::Error::new(ErrorKind::AddrInUse, "address already in use")),
    }
}
