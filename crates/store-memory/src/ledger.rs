//! Records in memory, bounded: what is oldest is forgotten first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence};
use portcullis_core::domain::session::{Generation, Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, Condition, Ended, FeedPlace, Ledger};
use portcullis_core::ports::store_error::StoreError;

use crate::sessions::Sessions;

/// A ledger in memory.
///
/// It never fails and loses nothing unseen: places are counted on, so what was forgotten shows in the place of the
/// oldest record that is left. Users are not kept in it.
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
    sessions: Sessions,
}

impl MemoryLedger {
    /// An empty ledger that keeps at most `capacity` records and as many sessions.
    pub fn new(capacity: usize) -> Self {
        Self::observed(capacity, Box::new(|_| {}))
    }

    /// The same, with somebody who is shown each record.
    pub fn observed(capacity: usize, observer: Observer) -> Self {
        let state = State { sessions: Sessions::new(capacity), ..State::default() };
        Self { capacity, state: Mutex::new(state), observer }
    }

    /// Gives a record its place, and shows it.
    fn append(&self, mut state: MutexGuard<'_, State>, record: Record) -> Sequence {
        let entry = state.append(record, self.capacity);
        drop(state);
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

    fn since(&self, after: Sequence, filter: &RecordFilter, limit: usize) -> Vec<Entry> {
        let start = self.entries.partition_point(|entry| entry.sequence <= after);
        let later = self.entries.iter().skip(start);
        later.filter(|entry| filter.holds(&entry.record)).take(limit).cloned().collect()
    }
}

impl std::fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryLedger").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError> {
        let mut state = self.state();
        match change {
            Change::OpenSession(session) => state.sessions.open(session),
            Change::EndSession(ended) => state.sessions.end(ended, record.time),
            Change::EndSessions(whose) => state.sessions.end_all(whose),
            Change::RenewHash { .. } | Change::Edit { .. } => return Err(CommitError::ReadOnly),
        }
        Ok(self.append(state, record))
    }

    fn note(&self, record: Record) {
        self.append(self.state(), record);
    }

    async fn since(
        &self,
        after: Sequence,
        filter: &RecordFilter,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        Ok(self.state().since(after, filter, limit))
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.state().sessions.get(id))
    }

    async fn sessions(
        &self,
        of: Option<Username>,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<Session>, StoreError> {
        Ok(self.state().sessions.list(of.as_ref(), now, page))
    }

    async fn generation(&self, user: &Username) -> Result<Generation, StoreError> {
        Ok(self.state().sessions.generation(user))
    }

    async fn ended(&self, now: Timestamp) -> Result<Ended, StoreError> {
        Ok(self.state().sessions.ended(now))
    }

    async fn changes(&self, after: FeedPlace, limit: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        Ok(self.state().sessions.changes(after, limit))
    }

    fn condition(&self) -> Condition {
        Condition::default()
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::record::Verdict;
    use portcullis_core::domain::session::SessionKind;

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
            amendment: None,
        }
    }

    fn session(number: u8) -> Session {
        Session {
            id: SessionId::from_bytes([number; 16]),
            user: Username::parse("admin").unwrap(),
            kind: SessionKind::Jwt,
            issued_at: Timestamp::from_seconds(0),
            last_seen_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(i64::from(number)),
            address: None,
            agent: None,
        }
    }

    async fn places(ledger: &MemoryLedger) -> Vec<u64> {
        let entries = ledger.since(Sequence(0), &RecordFilter::default(), usize::MAX).await.unwrap();
        entries.iter().map(|entry| entry.sequence.0).collect()
    }

    #[tokio::test]
    async fn the_oldest_records_are_forgotten_first_and_places_count_on() {
        let ledger = MemoryLedger::new(3);
        (1..=5).for_each(|number| ledger.note(record(number)));
        assert_eq!(places(&ledger).await, [3, 4, 5]);
        let page = ledger.since(Sequence(1), &RecordFilter::default(), 2).await.unwrap();
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
        assert_eq!(ledger.state().sessions.len(), 2);
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
