//! Port: the ledger. State, audit and change feed are one sequence. Implementation: in memory.

use async_trait::async_trait;

use super::store_error::StoreError;
use crate::domain::record::{Entry, Record, Sequence};
use crate::domain::session::{Session, SessionId};

/// A change of state that goes with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A login opened a session.
    OpenSession(Session),
}

/// The ledger of what happened, and of the state that follows from it.
///
/// # Contract
/// - `commit` does both or neither: the change is in force and its record has its place, or nothing happened.
/// - Sequences begin at 1 and have no gaps among what is kept; `since` returns them in order.
/// - `note` never waits and never fails; what is lost of it is counted, not hidden.
/// - A bounded ledger forgets the oldest first.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Makes a change and records it.
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, StoreError>;
    /// Records something that changed no state: a refusal, a call that was let through.
    fn note(&self, record: Record);
    /// The records after a place, oldest first, at most `limit`.
    async fn since(&self, after: Sequence, limit: usize) -> Result<Vec<Entry>, StoreError>;
    /// A session that is open.
    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;
}
