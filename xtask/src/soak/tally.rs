//! What went as it should, and what did not: counted, and the first of the latter kept word for word.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many failures are told in full; the others are like them, or the first would have been mended before.
const TOLD: usize = 10;

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    answers: AtomicU64,
    turns: Mutex<BTreeMap<&'static str, u64>>,
    failures: Mutex<Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    count: u64,
    first: Vec<String>,
}

impl Tally {
    /// An answer was looked at and is what was expected.
    pub(super) fn as_expected(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody has done once what he does again and again.
    pub(super) fn done(&self, who: &'static str) {
        *lock(&self.turns).entry(who).or_default() += 1;
    }

    /// Something was not as it should be.
    pub(super) fn failed(&self, who: &str, what: &str) {
        let mut failures = lock(&self.failures);
        failures.count += 1;
        if failures.first.len() < TOLD {
            failures.first.push(format!("{who}: {what}"));
        }
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    pub(super) fn turns(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.turns).clone()
    }

    pub(super) fn failures(&self) -> u64 {
        lock(&self.failures).count
    }

    pub(super) fn first_failures(&self) -> Vec<String> {
        lock(&self.failures).first.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_counts_and_the_first_are_told() {
        let tally = Tally::default();
        for number in 0..25 {
            tally.failed("reader", &format!("number {number}"));
        }
        assert_eq!(tally.failures(), 25);
        assert_eq!(tally.first_failures().len(), TOLD);
        assert_eq!(tally.first_failures()[0], "reader: number 0");
    }
}
