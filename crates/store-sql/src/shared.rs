//! What the writer and those who ask have in common.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::{Condition, FeedPlace};
use portcullis_core::ports::store_error::{BoxError, StoreError};
use tokio::sync::Notify;

use crate::notes::Notes;
use crate::options::Options;
use crate::sql::Sql;
use crate::sqlite::file::FileIdentity;
use crate::sqlite::open::Opened;

/// What the writer and those who ask have in common.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) notes: Notes,
    /// Somebody saw that the file is gone or another one.
    pub(crate) alarm: Notify,
    opened: RwLock<Arc<Opened>>,
    failing: AtomicBool,
    /// The furthest place in the feed that anybody here was told.
    place: AtomicU64,
}

impl Shared {
    pub(crate) fn new(options: Options, clock: Arc<dyn Clock>, opened: Opened) -> Self {
        Self {
            notes: Notes::new(options.note_capacity),
            options,
            clock,
            alarm: Notify::new(),
            opened: RwLock::new(Arc::new(opened)),
            failing: AtomicBool::new(false),
            place: AtomicU64::new(0),
        }
    }

    /// The file that is open just now.
    pub(crate) fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.opened.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on it is this one.
    pub(crate) fn reopened(&self, opened: Opened) {
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(opened);
    }

    /// A connection to read by. `SQLite` would go on reading a file that was removed or replaced, and serve what
    /// nobody else sees any more; so that is looked at each time, which costs a microsecond.
    pub(crate) async fn reader(&self) -> Result<impl Sql + use<>, StoreError> {
        let opened = self.opened();
        if let Err(gone) = self.is_in_place(opened.file) {
            self.alarm.notify_one();
            return Err(gone);
        }
        opened.reader().await
    }

    /// Whether the file that has the name of the store is still this one.
    pub(crate) fn is_in_place(&self, file: FileIdentity) -> Result<(), StoreError> {
        match FileIdentity::of(&self.options.path) {
            Ok(present) if present == file => Ok(()),
            Ok(_) => Err(unavailable("the database file was replaced by another one")),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Notes whether records can be written.
    pub(crate) fn is_failing(&self, failing: bool) {
        self.failing.store(failing, Ordering::Relaxed);
    }

    pub(crate) fn condition(&self) -> Condition {
        Condition { is_failing: self.failing.load(Ordering::Relaxed), lost: self.notes.lost() }
    }

    /// Remembers a place that somebody is told.
    pub(crate) fn told(&self, place: FeedPlace) {
        self.place.fetch_max(place.0, Ordering::Relaxed);
    }

    /// The furthest place that anybody was told.
    pub(crate) fn furthest(&self) -> u64 {
        self.place.load(Ordering::Relaxed)
    }
}

/// The store can't be reached, for this reason.
pub(crate) fn unavailable(reason: impl Into<BoxError>) -> StoreError {
    StoreError::Unavailable(reason.into())
}
