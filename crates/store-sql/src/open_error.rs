//! Why a store can't be opened.

use std::io;
use std::path::PathBuf;

use portcullis_core::ports::store_error::StoreError;

/// Why a store can't be opened. Nothing here is ever taken for an empty store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file, and none is to be made.
    #[error("there is no database {0}")]
    Missing(PathBuf),
    /// The file can't be read or written.
    #[error("can't open the database {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not a `SQLite` database, or an empty one, or was cut off.
    #[error("{0} is not a database, or is damaged")]
    NotADatabase(PathBuf),
    /// The file is a database of some other program.
    #[error("{0} is a database, but not one of Portcullis")]
    NotOurs(PathBuf),
    /// A later version of the program has changed the schema.
    #[error("the database {path} has schema {found}, and this program knows none after {known}")]
    NewerSchema {
        /// Which database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The write-ahead log beside the file belongs to another database.
    #[error("{0}-wal belongs to another database; if nothing uses it, put it aside")]
    ForeignLog(PathBuf),
    /// Another store lies where this one was.
    #[error("the database {0} was replaced by another one")]
    Replaced(PathBuf),
    /// The database answers with an error.
    #[error(transparent)]
    Store(#[from] StoreError),
}
