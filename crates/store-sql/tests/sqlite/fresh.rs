//! A store in a folder of its own, which goes away with it.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis_core::domain::record::{Record, RecordFilter, Sequence, Verdict};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::Ledger as _;
use portcullis_store_sql::{OpenError, Options, SqliteStore};
use portcullis_testkit::clock::StoppedClock;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

/// When it is, at first.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A folder with a store in it.
pub(crate) struct Fresh {
    pub(crate) store: SqliteStore,
    pub(crate) clock: Arc<StoppedClock>,
    folder: TempDir,
}

impl Fresh {
    /// An empty store.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// An empty store that was opened with other options.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(StoppedClock::at(NOW));
        let mut options = Options::at(folder.path().join("portcullis.db"));
        change(&mut options);
        let store = SqliteStore::open(options, clock.clone()).await.unwrap();
        Self { store, clock, folder }
    }

    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("portcullis.db")
    }
}

impl Deref for Fresh {
    type Target = SqliteStore;

    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

impl Fresh {
    /// Another process that opens the same file, as far as can be within one.
    pub(crate) async fn another(&self, change: impl FnOnce(&mut Options)) -> SqliteStore {
        let mut options = Options::at(self.path());
        change(&mut options);
        SqliteStore::open(options, self.clock.clone()).await.unwrap()
    }

    /// The same, where that may fail.
    pub(crate) async fn try_another(&self) -> Result<SqliteStore, OpenError> {
        SqliteStore::open(Options::at(self.path()), self.clock.clone()).await
    }

    /// Changes the file behind the back of the store.
    pub(crate) async fn sql(&self, statement: &'static str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Reads a number behind the back of the store.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        let mut connection = self.connection().await;
        let count = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }

    /// A connection of somebody else.
    pub(crate) async fn connection(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).connect().await.unwrap()
    }
}

/// A record of something that was let through.
pub(crate) fn note(time: Timestamp, reason: &str) -> Record {
    Record {
        time,
        request_id: "request".into(),
        decision_id: None,
        subject: None,
        address: None,
        action: "test".into(),
        route: None,
        realm: None,
        verdict: Verdict::Allowed,
        reason: reason.into(),
        amendment: None,
    }
}

/// The reasons of all records.
pub(crate) async fn reasons(store: &SqliteStore) -> Vec<String> {
    let entries = store.since(Sequence(0), &RecordFilter::default(), usize::MAX).await.unwrap();
    entries.into_iter().map(|entry| entry.record.reason).collect()
}
