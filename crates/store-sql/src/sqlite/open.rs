//! Opening: from a path to a store that is known to be ours, whole, and of the present schema.

use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_core::ports::store_error::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite};

use super::connection::{self, Connection, failed};
use super::file::{self, FileIdentity};
use super::foreign_log::{self, StoreIdentity};
use super::schema;
use crate::open_error::OpenError;
use crate::options::{IfMissing, Options};

/// The one connection that writes.
pub(crate) type Writer = Connection<Box<SqliteConnection>>;

/// A file that was opened, and those who read it.
pub(crate) struct Opened {
    pub(crate) file: FileIdentity,
    pub(crate) store: StoreIdentity,
    path: PathBuf,
    readers: SqlitePool,
}

impl Opened {
    /// A connection to read by.
    pub(crate) async fn reader(&self) -> Result<Connection<PoolConnection<Sqlite>>, StoreError> {
        let reader = self.readers.acquire().await.map_err(failed)?;
        Ok(Connection::new(reader, &self.path))
    }

    /// Closes the connections, when the last reader is done.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
    }
}

/// Opens the file, or makes it; brings it up to date.
pub(crate) async fn open(options: &Options) -> Result<(Opened, Writer), OpenError> {
    let path = &options.path;
    let at_path = |source| OpenError::File { path: path.clone(), source };
    if !std::fs::exists(path).map_err(at_path)? {
        match options.if_missing {
            IfMissing::Refuse => return Err(OpenError::Missing(path.clone())),
            IfMissing::Create => create(path, options.busy_timeout).await?,
        }
    }
    reopen(options).await
}

/// Opens the file, which must be there.
pub(crate) async fn reopen(options: &Options) -> Result<(Opened, Writer), OpenError> {
    let (path, patience) = (&options.path, options.busy_timeout);
    let at_path = |source| OpenError::File { path: path.clone(), source };
    file::check_header(path)?;
    file::keep_private(path).map_err(at_path)?;
    foreign_log::refuse(path, patience).await?;
    let file = FileIdentity::of(path).map_err(at_path)?;
    let connected = connection::writer(path, patience, options.max_pages).connect().await;
    let connected = connected.map_err(|error| broken(path, error))?;
    let mut writer = Connection::new(Box::new(connected), path);
    schema::bring_up_to_date(&mut writer.inner, path, schema::STEPS).await?;
    let store = foreign_log::identity(&mut writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.readers)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(connection::reader(path, patience));
    Ok((Opened { file, store, path: path.clone(), readers }, writer))
}

fn broken(path: &Path, error: sqlx::Error) -> OpenError {
    if connection::is_broken(&error) {
        return OpenError::NotADatabase(path.to_owned());
    }
    failed(error).into()
}

/// Makes an empty store under another name, and gives it its own when it is whole: whoever finds a file finds a store.
async fn create(path: &Path, patience: Duration) -> Result<(), OpenError> {
    let at_path = |source| OpenError::File { path: path.to_owned(), source };
    let unfinished = file::create_beside(path).map_err(at_path)?;
    fill(&unfinished, patience).await?;
    file::publish(&unfinished, path).map_err(at_path)
}

/// The journal becomes a write-ahead log, which is written back when the connection is closed.
async fn fill(path: &Path, patience: Duration) -> Result<(), StoreError> {
    let mut connection = connection::writer(path, patience, None).connect().await.map_err(failed)?;
    schema::create(&mut connection).await?;
    connection.close().await.map_err(failed)
}
