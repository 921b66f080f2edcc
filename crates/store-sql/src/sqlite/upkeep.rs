//! Upkeep: whether the file is whole, and copies of it while it is in use.

use std::path::Path;

use portcullis_core::ports::store_error::StoreError;
use sqlx::ConnectOptions as _;

use super::connection::{self, failed};
use super::schema;
use crate::open_error::OpenError;
use crate::sql::malformed;
use crate::store::SqliteStore;

impl SqliteStore {
    /// Reads the whole file and checks that everything in it fits together; takes seconds where it is large.
    pub async fn check(&self) -> Result<(), StoreError> {
        let options = &self.shared().options;
        let mut reader =
            connection::reader(&options.path, options.busy_timeout).connect().await.map_err(failed)?;
        let found: String =
            sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut reader).await.map_err(failed)?;
        if found == "ok" { Ok(()) } else { Err(malformed("database file", found)) }
    }

    /// Copies the store, as it is at one moment, into a file that is not there yet and that nobody else may read.
    /// Others go on reading and writing meanwhile.
    pub async fn back_up(&self, to: &Path) -> Result<(), OpenError> {
        let options = &self.shared().options;
        let source = connection::writer(&options.path, options.busy_timeout, None);
        let mut source = source.connect().await.map_err(failed)?;
        schema::copy(&mut source, to).await
    }
}
