//! Sessions and records in memory, both bounded: what is oldest is forgotten first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portcullis_core::domain::record::{Entry, Record, Sequence};
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::ports::ledger::{Change, Ledger};
use portcullis_core::ports::store_error::StoreError;

/// A ledger in memory.
///
/// It never fails and loses nothing unseen: places are counted on, so what was forgotten shows in the place of the
/// oldest record that is left.
pub struct MemoryLedger {
    capacity: usize,
    state: Mutex<State>,
    observer: Observer,
}

/// What is shown each record once it has its place, such as a log. Called outside the lock, so two records that come
/// at one moment may be shown in either order; their places tell.
pub type Observer = Box<dyn Fn(&Entry) + Send + Sync>;

#[derive(Debug, Default)]
struct State {
    /// The place of the newest record.
    newest: Sequence,
    /// Oldest first; their places are consecutive.
    entries: VecDeque<Entry>,
    sessions: HashMap<SessionId, Session>,
    /// The sessions in the order in which they were opened, since without a clock nobody knows which have expired.
    opened: VecDeque<SessionId>,
}

impl MemoryLedger {
    /// An empty ledger that keeps at most `capacity` records and as many sessions.
    pub fn new(capacity: usize) -> Self {
        Self::observed(capacity, Box::new(|_| {}))
    }

    /// The same, with somebody who is shown each record.
    pub fn observed(capacity: usize, observer: Observer) -> Self {
        Self { capacity, state: Mutex::default(), observer }
    }

    /// Gives a record its place, with a change of state if there is one, and shows it.
    fn append(&self, change: Option<Change>, record: Record) -> Sequence {
        let entry = {
            let mut state = self.state();
            if let Some(change) = change {
                state.apply(change, self.capacity);
            }
            state.append(record, self.capacity)
        };
        (self.observer)(&entry);
        entry.sequence
    }

    /// What a panic elsewhere left behind is whole: nothing below panics between two steps that belong together.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, record: Record, capacity: usize) -> Entry {
        self.newest = Sequence(self.newest.0 + 1);
        let entry = Entry { sequence: self.newest, record };
        self.entries.push_back(entry.clone());
        if self.entries.len() > capacity {
            self.entries.pop_front();
        }
        entry
    }

    fn apply(&mut self, change: Change, capacity: usize) {
        let Change::OpenSession(session) = change;
        let id = session.id.clone();
        if self.sessions.insert(id.clone(), session).is_none() {
            self.opened.push_back(id);
        }
        if self.opened.len() > capacity {
            self.opened.pop_front().and_then(|oldest| self.sessions.remove(&oldest));
        }
    }

    fn since(&self, after: Sequence, limit: usize) -> Vec<Entry> {
        let start = self.entries.partition_point(|entry| entry.sequence <= after);
        self.entries.iter().skip(start).take(limit).cloned().collect()
    }
}

impl std::fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryLedger").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, StoreError> {
        Ok(self.append(Some(change), record))
    }

    fn note(&self, record: Record) {
        self.append(None, record);
    }

    async fn since(&self, after: Sequence, limit: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(self.state().since(after, limit))
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.state().sessions.get(id).cloned())
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::record::Verdict;
    use portcullis_core::domain::time::Timestamp;
    use portcullis_core::domain::user::Username;

    use super::*;

    fn record(number: u8) -> Record {
        Record {
            time: Timestamp::from_seconds(i64::from(number)),
            request_id: String::new(),
            decision_id: None,
            subject: None,
            address: None,
            action: "login".into(),
            route: None,
            realm: None,
            verdict: Verdict::Allowed,
            reason: String::new(),
        }
    }

    fn session(number: u8) -> Session {
        Session {
            id: SessionId::from_bytes([number; 16]),
            user: Username::parse("admin").unwrap(),
            issued_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(i64::from(number)),
            address: None,
            agent: None,
        }
    }

    async fn places(ledger: &MemoryLedger) -> Vec<u64> {
        let entries = ledger.since(Sequence(0), usize::MAX).await.unwrap();
        entries.iter().map(|entry| entry.sequence.0).collect()
    }

    #[tokio::test]
    async fn the_oldest_records_are_forgotten_first_and_places_count_on() {
        let ledger = MemoryLedger::new(3);
        (1..=5).for_each(|number| ledger.note(record(number)));
        assert_eq!(places(&ledger).await, [3, 4, 5]);
        let page = ledger.since(Sequence(1), 2).await.unwrap();
        let seconds: Vec<i64> = page.iter().map(|entry| entry.record.time.seconds()).collect();
        assert_eq!(seconds, [3, 4]);
    }

    #[tokio::test]
    async fn the_oldest_sessions_are_forgotten_first() {
        let ledger = MemoryLedger::new(2);
        for number in 1..=3 {
            ledger.commit(Change::OpenSession(session(number)), record(number)).await.unwrap();
        }
        assert_eq!(ledger.session(&session(1).id).await.unwrap(), None);
        for number in [2, 3] {
            assert_eq!(ledger.session(&session(number).id).await.unwrap(), Some(session(number)));
        }
        assert_eq!(ledger.state().opened.len(), 2);
    }

    #[tokio::test]
    async fn records_push_no_session_out() {
        let ledger = MemoryLedger::new(1);
        ledger.commit(Change::OpenSession(session(1)), record(1)).await.unwrap();
        (2..=9).for_each(|number| ledger.note(record(number)));
        assert!(ledger.session(&session(1).id).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_session_that_is_opened_again_counts_once() {
        let ledger = MemoryLedger::new(2);
        for number in [1, 1, 2] {
            ledger.commit(Change::OpenSession(session(number)), record(number)).await.unwrap();
        }
        assert!(ledger.session(&session(1).id).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn without_room_everything_is_forgotten_at_once() {
        let ledger = MemoryLedger::new(0);
        let sequence = ledger.commit(Change::OpenSession(session(1)), record(1)).await.unwrap();
        assert_eq!(sequence, Sequence(1));
        assert_eq!(places(&ledger).await, [0_u64; 0]);
        assert_eq!(ledger.session(&session(1).id).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_thread_that_panicked_with_the_ledger_in_hand_stops_nobody() {
        let ledger = MemoryLedger::new(2);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = ledger.state();
            std::panic::resume_unwind(Box::new("elsewhere"));
        }));
        assert!(panicked.is_err() && ledger.state.is_poisoned());
        ledger.note(record(1));
        assert_eq!(places(&ledger).await, [1]);
    }
}
