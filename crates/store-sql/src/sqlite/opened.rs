//! A file that is open: who reads it, and whether it is still as it was left.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_core::ports::store_error::StoreError;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;

use super::connection::{Connection, failed};
use super::file::{FileIdentity, Look};
use super::foreign_log::StoreIdentity;
use super::open::Own;
use crate::shared::unavailable;

/// A file that was opened, and those who read it.
pub(crate) struct Opened {
    pub(crate) store: StoreIdentity,
    pub(super) path: PathBuf,
    /// How it looked when it was opened, or written back last.
    pub(super) look: Mutex<Look>,
    /// Whoever closes a file loses all his locks on it (POSIX), those of all connections too: so it is opened once, and
    /// closed after them.
    pub(super) file: Arc<File>,
    pub(super) readers: SqlitePool,
    /// A connection that does nothing. The last one that is closed writes the log back into the file, which must not
    /// happen because all others have failed.
    pub(super) anchor: Mutex<Option<Own>>,
}

/// What has the name of the store now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The file, as it was left.
    Untouched,
    /// The file, and somebody else has written it.
    Touched,
    /// The file, and a part of it is missing.
    Cut,
    /// Another file.
    Another,
}

impl Opened {
    /// A connection to read by.
    pub(super) async fn connection(&self) -> Result<Connection<PoolConnection<Sqlite>>, StoreError> {
        let reader = self.readers.acquire().await.map_err(failed)?;
        Ok(Connection::new(reader, &self.path))
    }

    /// Looks at what has the name of the store now.
    pub(crate) fn place(&self) -> Result<Place, StoreError> {
        let (before, now) = (*self.look(), Look::at(&self.path).map_err(unavailable)?);
        Ok(match now {
            now if now == before => Place::Untouched,
            now if now.identity != before.identity => Place::Another,
            now if now.length < before.length => Place::Cut,
            _ => Place::Touched,
        })
    }

    /// Fails where the name of the store leads to no file, to another one, or to less than there was. `SQLite` would go
    /// on reading a file that was removed or replaced, and serve what nobody else sees any more; and it would take what
    /// was cut off for zeros.
    pub(crate) fn is_in_place(&self) -> Result<(), StoreError> {
        match self.place()? {
            Place::Untouched | Place::Touched => Ok(()),
            Place::Cut => Err(unavailable("a part of the database file is missing")),
            Place::Another => Err(unavailable("the database file was replaced by another one")),
        }
    }

    /// Remembers how it looks, since we have written it ourselves.
    pub(crate) fn was_written(&self) -> Result<(), StoreError> {
        let now = Look::at_open(&self.file).map_err(unavailable)?;
        *self.look() = now;
        Ok(())
    }

    /// Closes the connections, when the last reader is done.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        let anchor = self.anchor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(anchor) = anchor {
            let _ = anchor.close().await;
        }
    }

    /// Which file it is.
    pub(crate) fn identity(&self) -> FileIdentity {
        self.look().identity
    }

    /// It is replaced as a whole: a panic leaves one of both.
    fn look(&self) -> MutexGuard<'_, Look> {
        self.look.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
