//! Whether the write-ahead log beside a database is its own.
//!
//! `SQLite` checks that a log is whole, not whose it is: one that was left by another database, or by this one before
//! a backup was put into its place, would be written into the file page by page. Every write of ours changes the row
//! that says which store and file it is and how often it was written, so it is in every log of ours; what the file says
//! by itself must be something from which what it says together with its log can have come. Where the log does not change
//! the page of that row but another one with its mark, it is of a file with its pages in another order; where it changes
//! none, file and log are checked whole.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::connection::{self, Connection};
use super::file::beside;
use super::log_file::{self, Changes};
use crate::open_error::OpenError;
use crate::sql::{Sql, malformed};
use crate::statements::state;

/// What is in the row, and so in every log of any store.
const MARK: &str = "the one row of a portcullis store";

/// Which store it is.
pub(crate) type StoreIdentity = [u8; 16];

pub(super) async fn refuse(path: &Path, patience: Duration) -> Result<(), OpenError> {
    if fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) && !is_own(path, patience).await? {
        return Err(OpenError::ForeignLog(path.to_owned()));
    }
    Ok(())
}

/// Looks at the file without its log, and at both together, without changing either: a connection that only reads does
/// not write the log back into the file when it is closed.
async fn is_own(path: &Path, patience: Duration) -> Result<bool, OpenError> {
    let options = connection::reader(path, patience).read_only(true);
    let Ok(alone) = said_by(&options.clone().immutable(true)).await else {
        // A crash while the log was being written back leaves such a file; only its own log can heal it.
        return Ok(true);
    };
    let log = beside(path, "-wal");
    let changes = log_file::changes(&log, alone.page, MARK.as_bytes());
    match changes.map_err(|source| OpenError::File { path: log.clone(), source })? {
        Changes::Nothing => return Ok(true),
        Changes::Marked => return Ok(false),
        Changes::Others if !fits_together(&options).await => return Ok(false),
        Changes::Others | Changes::That => {}
    }
    match said_by(&options).await {
        Ok(together) => Ok(together.can_come_from(&alone)),
        Err(error) if connection::is_broken(&error) => Ok(false),
        Err(error) => Err(connection::failed(error).into()),
    }
}

/// Whether file and log make a whole database. That takes long, but such a log is not by us: somebody else has changed
/// the store, or the log is of no store at all.
async fn fits_together(options: &SqliteConnectOptions) -> bool {
    let checked = async {
        let mut connection = options.connect().await?;
        let found = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
        connection.close().await?;
        found
    };
    checked.await.is_ok_and(|found: String| found == "ok")
}

/// What a file says of itself.
struct Said {
    identity: Vec<u8>,
    file: Vec<u8>,
    writes: i64,
    log_began: i64,
    /// In which page of the file this stands.
    page: u32,
}

impl Said {
    fn can_come_from(&self, alone: &Self) -> bool {
        (&self.identity, &self.file) == (&alone.identity, &alone.file)
            && (self.log_began..=self.writes).contains(&alone.writes)
    }
}

async fn said_by(options: &SqliteConnectOptions) -> Result<Said, sqlx::Error> {
    let mut connection = options.connect().await?;
    let row = sqlx::query(state::FILE).fetch_one(&mut connection).await;
    let page = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = 'store'");
    let page = page.fetch_one(&mut connection).await;
    connection.close().await?;
    let (row, page) = (row?, page?);
    Ok(Said {
        identity: row.try_get(0)?,
        file: row.try_get(1)?,
        writes: row.try_get(2)?,
        log_began: row.try_get(3)?,
        page,
    })
}

/// Which store a connection leads to.
pub(super) async fn identity(
    connection: &mut Connection<Box<SqliteConnection>>,
) -> Result<StoreIdentity, OpenError> {
    let row = connection.row(state::IDENTITY, &[]).await?;
    Ok(row.ok_or_else(|| malformed("store", "no row"))?.array("store.identity")?)
}
