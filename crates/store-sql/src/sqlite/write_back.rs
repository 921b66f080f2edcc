//! Writing the log back into the file, when it has grown: by us alone and whole, so that a log that begins anew says
//! from which state of the file it goes on.

use std::path::Path;
use std::time::Duration;

use portcullis_core::ports::store_error::StoreError;
use sqlx::{ConnectOptions as _, Connection as _};

use super::connection::{self, failed};
use super::file::beside;

/// So large a log is written back.
pub(crate) const LARGE: u64 = 16 << 20;

/// For how long readers are waited for who still need the log.
const PATIENCE: Duration = Duration::from_millis(5);

/// Writes the log of this file back if it is as large as `large`, and empties it if no reader needs it. Returns how large
/// it must be next time: where a reader held on to it, it goes on growing a little.
pub(crate) async fn write_back(path: &Path, large: u64) -> Result<u64, StoreError> {
    let size = || std::fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len());
    if size() < large {
        return Ok(large);
    }
    let mut connection = connection::writer(path, PATIENCE, None).connect().await.map_err(failed)?;
    let statement = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
    statement.execute(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(size() + LARGE)
}
