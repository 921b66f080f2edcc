//! Connections to `SQLite`: how they are set up, and what they answer.

use std::ops::DerefMut;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use portcullis_core::ports::store_error::StoreError;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use super::file::beside;
use crate::sql::{Cell, Log, Row, Sql, Value, malformed};

/// What readers and writer have in common: they never make a file, and never wait longer than `patience` for a lock.
fn connect(path: &Path, patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(patience)
        .foreign_keys(true)
        .disable_statement_logging()
}

/// For a file that nobody else uses.
pub(super) fn private(path: &Path) -> SqliteConnectOptions {
    connect(path, Duration::ZERO)
}

/// For reading alone.
pub(super) fn reader(path: &Path, patience: Duration) -> SqliteConnectOptions {
    connect(path, patience).pragma("query_only", "on")
}

/// For writing: whatever is acknowledged was flushed to the disk. The log is written back by `write_back` alone.
pub(super) fn writer(path: &Path, patience: Duration, max_pages: Option<u32>) -> SqliteConnectOptions {
    let options = connect(path, patience)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "0")
        .pragma("cache_size", "-8192");
    match max_pages {
        Some(pages) => options.pragma("max_page_count", pages.to_string()),
        None => options,
    }
}

/// A connection, or whatever stands for one, and the log beside its file.
pub(crate) struct Connection<C> {
    pub(crate) inner: C,
    log: PathBuf,
}

impl<C> Connection<C> {
    pub(crate) fn new(inner: C, path: &Path) -> Self {
        Self { inner, log: beside(path, "-wal") }
    }
}

impl Connection<Box<SqliteConnection>> {
    /// Closes it; the last one of a file writes the log back into the file.
    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.inner.close().await.map_err(failed)
    }
}

#[async_trait]
impl<C> Sql for Connection<C>
where
    C: DerefMut<Target = SqliteConnection> + Send,
{
    async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = bound(statement, values).execute(&mut *self.inner).await.map_err(failed)?;
        Ok(done.rows_affected())
    }

    async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let rows = bound(statement, values).fetch_all(&mut *self.inner).await.map_err(failed)?;
        rows.iter().map(cells).collect()
    }

    async fn begin(&mut self) -> Result<Log, StoreError> {
        self.execute("BEGIN IMMEDIATE", &[]).await?;
        // From now on nobody else changes it.
        let is_empty = std::fs::metadata(&self.log).is_ok_and(|log| log.len() == 0);
        Ok(if is_empty { Log::Empty } else { Log::Other })
    }
}

fn bound<'q>(
    statement: &'static str,
    values: &[Value<'_>],
) -> sqlx::query::Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(statement), |query, value| match value {
        Value::Integer(integer) => query.bind(*integer),
        Value::Text(text) => query.bind((*text).to_owned()),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
        Value::Null => query.bind(None::<i64>),
    })
}

fn cells(row: &SqliteRow) -> Result<Row, StoreError> {
    (0..row.len()).map(|column| cell(row, column)).collect::<Result<_, _>>().map(Row::new)
}

fn cell(row: &SqliteRow, column: usize) -> Result<Cell, StoreError> {
    let raw = row.try_get_raw(column).map_err(failed)?;
    if raw.is_null() {
        return Ok(Cell::Null);
    }
    let kind = raw.type_info();
    let decoded = match kind.name() {
        "INTEGER" => <i64 as Decode<'_, Sqlite>>::decode(raw).map(Cell::Integer),
        "TEXT" => <String as Decode<'_, Sqlite>>::decode(raw).map(Cell::Text),
        "BLOB" => <Vec<u8> as Decode<'_, Sqlite>>::decode(raw).map(Cell::Bytes),
        _ => Err("a kind of value that is never written".into()),
    };
    decoded.map_err(|error| malformed("database row", error))
}

/// A database that is broken is one thing, and one that does not answer another.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    if is_broken(&error) {
        return malformed("database file", error);
    }
    StoreError::Unavailable(error.into())
}

/// Whether `SQLite` says that the file is damaged (`SQLITE_CORRUPT`) or none of its own (`SQLITE_NOTADB`).
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let primary = code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xFF);
    matches!(primary, Some(11 | 26))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn opened(options: SqliteConnectOptions) -> Connection<Box<SqliteConnection>> {
        let path = options.get_filename().to_owned();
        Connection::new(Box::new(options.connect().await.unwrap()), &path)
    }

    #[tokio::test]
    async fn what_may_not_be_written_is_unavailable_and_what_is_no_database_is_corrupt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let patience = Duration::from_millis(10);
        let mut writer = opened(writer(&path, patience, None).create_if_missing(true)).await;
        writer.execute("CREATE TABLE a (b TEXT) STRICT", &[]).await.unwrap();
        for mut reader in
            [opened(reader(&path, patience)).await, opened(connect(&path, patience).read_only(true)).await]
        {
            let refused = reader.execute("INSERT INTO a VALUES ($1)", &["c".into()]).await;
            assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        }
        let other = folder.path().join("b.db");
        std::fs::write(
            &other,
            "no database at all, but long enough to be taken for the head of one".repeat(9),
        )
        .unwrap();
        let mut reader = opened(reader(&other, patience)).await;
        let refused = reader.rows("SELECT * FROM a", &[]).await;
        assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn values_come_back_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let options = connect(&path, Duration::from_millis(10)).create_if_missing(true);
        let mut sql = opened(options).await;
        let values = [Value::Integer(i64::MIN), Value::Text("ä\0"), Value::Bytes(&[0, 255]), Value::Null];
        let mut row = sql.row("SELECT $1, $2, $3, $4, $1", &values).await.unwrap().unwrap();
        assert_eq!(row.integer("a").unwrap(), i64::MIN);
        assert_eq!(row.text("b").unwrap(), "ä\0");
        assert_eq!(row.array("c").unwrap(), [0, 255]);
        assert_eq!(row.optional_text("d").unwrap(), None);
        let negative = row.count("e");
        assert!(matches!(negative, Err(StoreError::Corrupt { field: "e", .. })), "{negative:?}");
    }
}
