//! A ledger whose records somebody else sees too, such as the log.

use std::sync::Arc;

use async_trait::async_trait;
use portcullis_core::domain::client::SubjectId;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence};
use portcullis_core::domain::refresh::{Family, RefreshHash};
use portcullis_core::domain::session::{Generation, Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, Condition, Ended, FeedPlace, Ledger};
use portcullis_core::ports::store_error::StoreError;

/// What is shown each record that was noted or committed.
pub(crate) type Observer = Box<dyn Fn(&Record) + Send + Sync>;

/// A ledger, and who looks over its shoulder.
pub(crate) struct Observed {
    ledger: Arc<dyn Ledger>,
    observer: Observer,
}

impl Observed {
    /// Shows the records of `ledger` to `observer`.
    pub(crate) fn new(ledger: Arc<dyn Ledger>, observer: Observer) -> Self {
        Self { ledger, observer }
    }
}

#[async_trait]
impl Ledger for Observed {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError> {
        let shown = record.clone();
        let sequence = self.ledger.commit(change, record).await?;
        (self.observer)(&shown);
        Ok(sequence)
    }

    fn note(&self, record: Record) {
        (self.observer)(&record);
        self.ledger.note(record);
    }

    async fn since(
        &self,
        after: Sequence,
        filter: &RecordFilter,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.ledger.since(after, filter, limit).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.ledger.session(id).await
    }

    async fn session_of(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        self.ledger.session_of(token).await
    }

    async fn family(&self, name: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError> {
        self.ledger.family(name).await
    }

    fn seen(&self, id: &SessionId, at: Timestamp) {
        self.ledger.seen(id, at);
    }

    async fn sessions(
        &self,
        of: Option<Username>,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<Session>, StoreError> {
        self.ledger.sessions(of, now, page).await
    }

    async fn generation(&self, of: &SubjectId) -> Result<Generation, StoreError> {
        self.ledger.generation(of).await
    }

    async fn ended(&self, now: Timestamp) -> Result<Ended, StoreError> {
        self.ledger.ended(now).await
    }

    async fn changes(&self, after: FeedPlace, limit: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        self.ledger.changes(after, limit).await
    }

    fn condition(&self) -> Condition {
        self.ledger.condition()
    }
}
