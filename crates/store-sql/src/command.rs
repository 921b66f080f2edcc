//! What the writer is asked.

use std::sync::Arc;

use portcullis_core::domain::record::{Record, Sequence};
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::{Change, CommitError};
use portcullis_core::ports::store_error::StoreError;
use tokio::sync::oneshot;

use crate::prune::{Prune, PruneReply};

/// Who waits for the answer. Whoever no longer waits is not served.
pub(crate) type Reply<T> = oneshot::Sender<T>;

/// What the writer is asked.
pub(crate) enum Command {
    /// Makes a change and records it.
    Commit(Box<Commit>),
    /// Notes that a session was used; nobody waits for it.
    Seen(SessionId, Timestamp),
    /// Writes what was noted, and says whether that went well.
    Flush(Reply<Result<(), StoreError>>),
    /// The same, and sets a checkpoint if there are records without one.
    Seal(Reply<Result<(), StoreError>>),
    /// Removes the oldest records up to the next checkpoint, and says up to which.
    Prune { prune: Prune, reply: PruneReply },
    /// Writes what was noted, sets a checkpoint, and ends.
    Close(Reply<Result<(), StoreError>>),
}

/// A change that waits to be made.
pub(crate) struct Commit {
    pub(crate) change: Change,
    pub(crate) record: Record,
    pub(crate) reply: Reply<Result<Sequence, CommitError>>,
}

/// One failure that several must be told of.
pub(crate) fn shared(failure: &Arc<StoreError>) -> StoreError {
    let source = Box::new(Arc::clone(failure));
    match **failure {
        StoreError::Unavailable(_) => StoreError::Unavailable(source),
        StoreError::Corrupt { field, .. } => StoreError::Corrupt { field, source },
    }
}
