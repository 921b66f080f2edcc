//! Records that wait to be written together: bounded, and what is lost of them is counted.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use portcullis_core::domain::record::Record;
use portcullis_core::domain::time::Timestamp;
use tokio::sync::Notify;

use crate::refusals::Refusals;

/// The records that wait.
#[derive(Debug)]
pub(crate) struct Notes {
    capacity: usize,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Record>,
    /// How many were taken and neither written nor put back.
    taken: usize,
    refusals: Refusals,
    lost: u64,
    /// How many of the lost ones a record tells of.
    told: u64,
}

/// Records that were taken to be written.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) records: Vec<Record>,
    /// How many lost ones a record behind the others tells of: none, until [`Notes::lost_so_far`] was asked.
    pub(crate) lost: u64,
}

impl Notes {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), arrived: Notify::new() }
    }

    /// Puts a record at the end, or counts it as lost.
    pub(crate) fn push(&self, record: Record) {
        let mut state = self.state();
        let records = state.refusals.gather(record);
        state.admit(records, self.capacity);
        drop(state);
        self.arrived.notify_one();
    }

    /// Waits until there is something to take.
    pub(crate) async fn arrived(&self) {
        while self.is_empty() {
            self.arrived.notified().await;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let state = self.state();
        state.waiting.is_empty() && state.lost == state.told
    }

    /// Lets what was gathered about minutes that are over wait to be written; about the present one too if `all`.
    pub(crate) fn close_minutes(&self, now: Timestamp, all: bool) {
        let mut state = self.state();
        let over = state.refusals.over(now, all);
        state.admit(over, self.capacity);
    }

    /// Takes at most `limit` from the front. [`Notes::written`] or [`Notes::put_back`] must follow.
    pub(crate) fn take(&self, limit: usize) -> Taken {
        let mut state = self.state();
        let count = state.waiting.len().min(limit);
        let records: Vec<Record> = state.waiting.drain(..count).collect();
        state.taken += count;
        Taken { records, lost: 0 }
    }

    /// How many were lost since that was told last. To be asked when nothing is waited for any more before the writing:
    /// what is lost during the wait belongs to the same outage, and to the same record.
    pub(crate) fn lost_so_far(&self) -> u64 {
        let state = self.state();
        state.lost - state.told
    }

    /// What was taken is written.
    pub(crate) fn written(&self, taken: &Taken) {
        let mut state = self.state();
        state.taken -= taken.records.len();
        state.told += taken.lost;
    }

    /// What was taken could not be written.
    pub(crate) fn put_back(&self, taken: Taken) {
        let mut state = self.state();
        state.taken -= taken.records.len();
        for record in taken.records.into_iter().rev() {
            state.waiting.push_front(record);
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// How many were lost since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.state().lost
    }

    /// What a panic elsewhere left behind is whole: nothing above panics between two steps that belong together.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets records wait as long as there is room, and counts the others as lost.
    fn admit(&mut self, records: impl IntoIterator<Item = Record>, capacity: usize) {
        for record in records {
            if self.waiting.len() + self.taken < capacity {
                self.waiting.push_back(record);
            } else {
                self.lost += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::record::Verdict;

    use super::*;
    use crate::marks;

    fn note(number: u64) -> Record {
        marks::lost(Timestamp::from_seconds(0), number)
    }

    fn numbers(taken: &Taken) -> Vec<String> {
        taken.records.iter().map(|record| record.reason.replace(" records lost", "")).collect()
    }

    #[test]
    fn what_is_taken_and_put_back_keeps_its_place_and_its_room() {
        let notes = Notes::new(3);
        (1..=2).for_each(|number| notes.push(note(number)));
        let taken = notes.take(10);
        (3..=5).for_each(|number| notes.push(note(number)));
        assert_eq!(notes.lost(), 2);
        notes.put_back(taken);
        assert_eq!(numbers(&notes.take(10)), ["1", "2", "3"]);
    }

    #[test]
    fn losses_are_told_once_when_they_were_written() {
        let notes = Notes::new(1);
        (1..=3).for_each(|number| notes.push(note(number)));
        let mut failed = notes.take(10);
        failed.lost = notes.lost_so_far();
        notes.put_back(failed);
        let mut taken = notes.take(10);
        notes.push(note(4));
        taken.lost = notes.lost_so_far();
        assert_eq!(taken.lost, 3);
        notes.written(&taken);
        assert!(notes.is_empty());
        assert_eq!((notes.lost_so_far(), notes.lost()), (0, 3));
    }

    #[test]
    fn what_is_gathered_about_minutes_finds_no_more_room_than_anything_else() {
        let notes = Notes::new(2);
        for minute in 0..4 {
            let time = Timestamp::from_seconds(minute * 60);
            (0..2).for_each(|_| notes.push(Record { time, verdict: Verdict::Refused, ..note(1) }));
            notes.close_minutes(Timestamp::from_seconds(minute * 60 + 60), false);
        }
        assert_eq!((notes.len(), notes.lost()), (2, 6));
    }

    #[tokio::test]
    async fn whoever_waits_wakes_for_a_note_that_came_before() {
        let notes = Notes::new(1);
        notes.push(note(1));
        notes.arrived().await;
        assert_eq!(notes.take(10).records.len(), 1);
    }
}
