//! What the writer and those who ask have in common.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::{Condition, FeedPlace};
use portcullis_core::ports::store_error::{BoxError, StoreError};

use crate::notes::Notes;
use crate::options::Options;
use crate::sqlite::opened::Opened;
use crate::sqlite::reader::{Doubt, Reader};

/// What the writer and those who ask have in common.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) notes: Notes,
    /// Whether somebody saw that something is wrong with the file.
    pub(crate) doubt: Arc<Doubt>,
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
            doubt: Arc::default(),
            opened: RwLock::new(Arc::new(opened)),
            failing: AtomicBool::new(false),
            place: AtomicU64::new(0),
        }
    }

    /// The file that is open just now.
    pub(crate) fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.opened.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on it is this one. Whoever was in doubt before has seen the other.
    pub(crate) fn reopened(&self, opened: Opened) {
        self.doubt.settle();
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(opened);
    }

    /// A connection to read by.
    pub(crate) async fn reader(&self) -> Result<Reader, StoreError> {
        Reader::of(&self.opened(), &self.doubt).await
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
