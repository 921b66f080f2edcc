//! Ends of sessions that could not be written when they came. They hold in this process at once; as soon as the ledger can
//! be written they hold everywhere, and after a restart.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::record::Record;
use crate::ports::ledger::{Change, CommitError, Ledger};
use crate::ports::store_error::StoreError;

/// How many are remembered: some megabytes at most. Whoever comes after them has been told that nothing was written.
const MOST: usize = 10_000;

/// What is still to be written, the oldest first.
#[derive(Default)]
pub(super) struct OwedEnds(Mutex<VecDeque<(Change, Record)>>);

impl OwedEnds {
    /// Remembers an end with its record.
    pub(super) fn owe(&self, end: Change, record: Record) {
        let mut owed = self.owed();
        if owed.len() < MOST {
            owed.push_back((end, record));
        }
    }

    /// Writes what is owed, unless the ledger says that nothing can be written: it has enough to do then. Each end stays owed
    /// until it is written: of two who settle at one moment, both may write it.
    pub(super) async fn settle(&self, ledger: &dyn Ledger) -> Result<(), CommitError> {
        while let Some((end, record)) = self.first() {
            if ledger.condition().is_failing {
                return Err(StoreError::Unavailable("records can't be written".into()).into());
            }
            ledger.commit(end.clone(), record).await?;
            self.is_written(&end);
        }
        Ok(())
    }

    fn first(&self) -> Option<(Change, Record)> {
        self.owed().front().cloned()
    }

    fn is_written(&self, end: &Change) {
        self.owed().pop_front_if(|(first, _)| first == end);
    }

    /// What a panic elsewhere left behind is whole: each change is one call of the queue.
    fn owed(&self) -> MutexGuard<'_, VecDeque<(Change, Record)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::actor::Actor;
    use super::super::testing::*;
    use super::*;
    use crate::domain::record::Sequence;
    use crate::domain::session::{EndedSession, SessionId};
    use crate::ports::ledger::{Condition, MockLedger};

    fn end(number: usize) -> Change {
        let id = SessionId::claimed(number.to_string());
        Change::EndSession(EndedSession { id, subject: name("admin").into(), expires_at: NOW.plus(TTL) })
    }

    #[tokio::test]
    async fn the_oldest_are_written_in_their_order_and_there_is_room_for_so_many_and_no_more() {
        let owed = OwedEnds::default();
        for number in 0..=MOST {
            let actor = Actor { subject: "admin".into(), address: None, request_id: "request".into() };
            owed.owe(end(number), actor.record("logout", NOW, None));
        }
        let (mut ledger, mut next) = (MockLedger::new(), 0);
        ledger.expect_condition().returning(Condition::default);
        ledger.expect_commit().times(MOST).returning(move |change, _| {
            assert_eq!(change, end(next));
            next += 1;
            Ok(Sequence(1))
        });
        owed.settle(&ledger).await.unwrap();
    }
}
