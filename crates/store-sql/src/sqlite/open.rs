//! Opening: from a path to a store that is known to be ours, whole, and of the present schema.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis_core::ports::store_error::StoreError;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

use super::connection::{self, Connection, failed};
use super::file::{self, Look};
use super::foreign_log;
use super::opened::Opened;
use super::schema;
use crate::open_error::OpenError;
use crate::options::{IfMissing, Options};

/// A connection of one's own.
pub(crate) type Own = Connection<Box<SqliteConnection>>;

/// Opens the file, or makes it; brings it up to date.
pub(crate) async fn open(options: &Options) -> Result<(Opened, Own), OpenError> {
    let path = &options.path;
    let at_path = |source| OpenError::File { path: path.clone(), source };
    if !std::fs::exists(path).map_err(at_path)? {
        match options.if_missing {
            IfMissing::Refuse => return Err(OpenError::Missing(path.clone())),
            IfMissing::Create => create(path, options.busy_timeout).await?,
        }
    }
    reopen(options, None).await
}

/// Opens the file, which must be there, and may be the one that was open before.
pub(crate) async fn reopen(options: &Options, before: Option<&Opened>) -> Result<(Opened, Own), OpenError> {
    let (path, patience) = (&options.path, options.busy_timeout);
    let at_path = |source| OpenError::File { path: path.clone(), source };
    let present = Look::at(path).map_err(at_path)?.identity;
    let file = match before.filter(|before| before.identity() == present) {
        Some(before) => Arc::clone(&before.file),
        None => Arc::new(File::open(path).map_err(at_path)?),
    };
    let look = Look::at_open(&file).map_err(at_path)?;
    file::check(&file, path)?;
    file::keep_private(path).map_err(at_path)?;
    foreign_log::refuse(path, patience).await?;
    let connected = connection::writer(path, patience, options.max_pages).connect().await;
    let connected = connected.map_err(|error| broken(path, error))?;
    let mut writer = Connection::new(Box::new(connected), path);
    schema::bring_up_to_date(&mut writer.inner, path, schema::STEPS).await?;
    let store = foreign_log::identity(&mut writer).await?;
    let anchor = Mutex::new(Some(anchor(path, patience).await?));
    let (readers, look) = (readers(options), Mutex::new(look));
    Ok((Opened { store, path: path.clone(), look, file, readers, anchor }, writer))
}

fn readers(options: &Options) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(options.readers)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(connection::reader(&options.path, options.busy_timeout))
}

/// It has the log open once it has read anything.
async fn anchor(path: &Path, patience: Duration) -> Result<Own, OpenError> {
    let connected = connection::reader(path, patience).connect().await.map_err(failed)?;
    let mut anchor = Connection::new(Box::new(connected), path);
    foreign_log::identity(&mut anchor).await?;
    Ok(anchor)
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
    if let Err(error) = fill(&unfinished, patience).await {
        // Where the disk is full, say, each attempt would leave one more.
        file::discard(&unfinished);
        return Err(error.into());
    }
    file::publish(&unfinished, path).map_err(at_path)
}

/// The journal becomes a write-ahead log, which is written back when the connection is closed.
async fn fill(path: &Path, patience: Duration) -> Result<(), StoreError> {
    let mut connection = connection::writer(path, patience, None).connect().await.map_err(failed)?;
    schema::create(&mut connection).await?;
    connection.close().await.map_err(failed)
}
