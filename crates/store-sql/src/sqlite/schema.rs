//! The version of the schema: a store of a later program is refused, one of an earlier program is brought up to date,
//! all at once and after a copy was kept.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use portcullis_core::ports::store_error::StoreError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions as _, Connection as _};

use super::connection::{self, failed};
use super::file::{beside, create_private};
use crate::open_error::OpenError;

/// The steps from an empty file to the present schema. Each one ends with its number as `user_version`.
pub(super) const STEPS: &[&str] =
    &[include_str!("../../../../migrations/sqlite/0001_users_sessions_records.sql")];

/// The `application_id` of our databases: `PTCS`.
const OURS: i64 = 0x5054_4353;

/// Fills an empty file.
pub(super) async fn create(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    take(connection, STEPS).await
}

/// Brings a database up to date.
pub(super) async fn bring_up_to_date(
    connection: &mut SqliteConnection,
    path: &Path,
    steps: &[&'static str],
) -> Result<(), OpenError> {
    let found = recognised(connection, path, steps).await?;
    if found < last(steps) {
        keep_copy(connection, path, found).await?;
        begin(connection).await?;
        // Another process may have been first.
        let done = usize::try_from(version(connection).await?).unwrap_or(usize::MAX);
        take(connection, steps.get(done..).unwrap_or_default()).await?;
        execute(connection, "COMMIT").await?;
    }
    Ok(())
}

/// Which schema a database has: it must be one of ours, and of one of these steps.
pub(super) async fn recognised(
    connection: &mut SqliteConnection,
    path: &Path,
    steps: &[&'static str],
) -> Result<i64, OpenError> {
    if number(connection, "PRAGMA application_id").await? != OURS {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    let (found, known) = (version(connection).await?, last(steps));
    if found > known {
        return Err(OpenError::NewerSchema { path: path.to_owned(), found, known });
    }
    Ok(found)
}

/// Which schema the last of some steps leads to.
fn last(steps: &[&'static str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// Keeps a copy of the database beside it, as it is now. One that is there already is of an attempt that failed.
async fn keep_copy(connection: &mut SqliteConnection, path: &Path, version: i64) -> Result<(), OpenError> {
    let kept = beside(path, &format!(".schema-{version}"));
    if fs::exists(&kept).unwrap_or(false) {
        fs::remove_file(&kept).map_err(|source| OpenError::File { path: kept.clone(), source })?;
    }
    copy(connection, &kept).await
}

/// Copies a database, as it is at one moment, into a file that nobody else may read and that is not there yet.
pub(super) async fn copy(connection: &mut SqliteConnection, to: &Path) -> Result<(), OpenError> {
    let at_path = |source| OpenError::File { path: to.to_owned(), source };
    create_private(to).map_err(at_path)?;
    let name = to.to_str().ok_or_else(|| at_path(io::ErrorKind::InvalidFilename.into()))?;
    sqlx::query("VACUUM INTO $1").bind(name.to_owned()).execute(connection).await.map_err(failed)?;
    // Its pages stand in other places than those of the original: no log of that one may ever be written into it.
    let mut copied = connection::private(to).connect().await.map_err(failed)?;
    execute(&mut copied, "UPDATE store SET file = randomblob(16)").await?;
    copied.close().await.map_err(failed)?;
    File::open(to).and_then(|copy| copy.sync_all()).map_err(at_path)
}

async fn take(connection: &mut SqliteConnection, steps: &[&'static str]) -> Result<(), StoreError> {
    for step in steps {
        sqlx::raw_sql(*step).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    number(connection, "PRAGMA user_version").await
}

async fn number(connection: &mut SqliteConnection, pragma: &'static str) -> Result<i64, StoreError> {
    sqlx::query_scalar(pragma).fetch_one(connection).await.map_err(failed)
}

async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE").await
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await.map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    const NEXT: &str = "ALTER TABLE users ADD COLUMN note TEXT; PRAGMA user_version = 2;";

    async fn store() -> (TempDir, PathBuf, SqliteConnection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut connection = opened(&path).await;
        create(&mut connection).await.unwrap();
        (folder, path, connection)
    }

    async fn opened(path: &Path) -> SqliteConnection {
        let options = connection::writer(path, Duration::from_millis(10), None).create_if_missing(true);
        options.connect().await.unwrap()
    }

    fn steps(next: &'static str) -> Vec<&'static str> {
        [STEPS, &[next]].concat()
    }

    #[tokio::test]
    async fn an_earlier_schema_is_brought_up_to_date_and_a_private_copy_kept() {
        let (_folder, path, mut connection) = store().await;
        bring_up_to_date(&mut connection, &path, &steps(NEXT)).await.unwrap();
        assert_eq!(version(&mut connection).await.unwrap(), 2);
        let copy = beside(&path, ".schema-1");
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let mut before = opened(&copy).await;
        assert_eq!(version(&mut before).await.unwrap(), 1);
        assert_eq!(number(&mut before, "SELECT COUNT(*) FROM store").await.unwrap(), 1);
        bring_up_to_date(&mut connection, &path, &steps(NEXT)).await.unwrap();
    }

    #[tokio::test]
    async fn a_step_that_fails_leaves_everything_as_it_was() {
        let (_folder, path, mut connection) = store().await;
        let broken =
            "CREATE TABLE more (a TEXT) STRICT; PRAGMA user_version = 2; INSERT INTO nowhere VALUES (1);";
        bring_up_to_date(&mut connection, &path, &steps(broken)).await.unwrap_err();
        let mut again = opened(&path).await;
        drop(connection);
        assert_eq!(version(&mut again).await.unwrap(), 1);
        let tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'more'";
        assert_eq!(number(&mut again, tables).await.unwrap(), 0);
        bring_up_to_date(&mut again, &path, &steps(NEXT)).await.unwrap();
    }

    #[tokio::test]
    async fn a_later_schema_is_refused_and_so_is_another_program_s() {
        let (_folder, path, mut connection) = store().await;
        bring_up_to_date(&mut connection, &path, &steps(NEXT)).await.unwrap();
        let refused = bring_up_to_date(&mut connection, &path, STEPS).await.unwrap_err();
        assert!(matches!(refused, OpenError::NewerSchema { found: 2, known: 1, .. }), "{refused:?}");
        sqlx::raw_sql("PRAGMA application_id = 7").execute(&mut connection).await.unwrap();
        let refused = bring_up_to_date(&mut connection, &path, STEPS).await.unwrap_err();
        assert!(matches!(refused, OpenError::NotOurs(_)), "{refused:?}");
    }

    #[test]
    fn every_step_says_its_number() {
        for (number, step) in (1..).zip(STEPS) {
            assert!(step.trim_end().ends_with(&format!("PRAGMA user_version = {number};")), "{number}");
        }
    }
}
