//! A connection to read by, which is given up when it fails: what it remembers of the file may be what was never in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use portcullis_core::ports::store_error::StoreError;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use tokio::sync::Notify;

use super::connection::Connection;
use super::opened::Opened;
use crate::sql::{Log, Row, Sql, Value};

/// Whether somebody has seen that something is wrong with the file.
#[derive(Debug, Default)]
pub(crate) struct Doubt {
    is_there: AtomicBool,
    raised: Notify,
}

impl Doubt {
    /// Something is wrong.
    pub(crate) fn raise(&self) {
        self.is_there.store(true, Ordering::Release);
        self.raised.notify_one();
    }

    /// Waits until somebody says so.
    pub(crate) async fn raised(&self) {
        self.raised.notified().await;
    }

    /// Whether somebody has said so.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Acquire)
    }

    /// From now on others connect anew; whatever they see is a new doubt.
    pub(crate) fn settle(&self) {
        self.is_there.store(false, Ordering::Release);
    }
}

/// A connection to read by.
pub(crate) struct Reader {
    connection: Connection<PoolConnection<Sqlite>>,
    doubt: Arc<Doubt>,
}

impl Reader {
    /// A connection to this file.
    pub(crate) async fn of(opened: &Opened, doubt: &Arc<Doubt>) -> Result<Self, StoreError> {
        opened.is_in_place().inspect_err(|_| doubt.raise())?;
        let connection = opened.connection().await.inspect_err(|_| doubt.raise())?;
        Ok(Self { connection, doubt: Arc::clone(doubt) })
    }

    /// `SQLite` goes on trusting a page that it has read while the file was damaged.
    fn judge<T>(&mut self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        if read.is_err() {
            self.connection.inner.close_on_drop();
            self.doubt.raise();
        }
        read
    }
}

#[async_trait]
impl Sql for Reader {
    async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = self.connection.execute(statement, values).await;
        self.judge(done)
    }

    async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let rows = self.connection.rows(statement, values).await;
        self.judge(rows)
    }

    async fn begin(&mut self) -> Result<Log, StoreError> {
        let begun = self.connection.begin().await;
        self.judge(begun)
    }
}
