//! Running, candidate and the revisions before.

use std::{collections::VecDeque, mem};

use serde::Serialize;
use serde_json::Value;

use super::tree::{self, Difference, TreePath};
use crate::envelope::Fault;

/// Revisions kept to roll back to.
const HISTORY: usize = 50;

/// One configuration that is or was running.
struct Revision {
    info: RevisionInfo,
    config: Value,
}

/// Which revision, and when it was committed.
#[derive(Clone, Serialize)]
pub(crate) struct RevisionInfo {
    /// Counts up with every commit; the number of a revision that was rolled back is not given again.
    revision: u64,
    /// Seconds after the start of the simulation.
    committed_after_seconds: u64,
    /// Values that the commit changed.
    changes: usize,
}

/// What `GET /system/config` shows.
#[derive(Serialize)]
pub(crate) struct Overview {
    running: Value,
    candidate: Value,
    #[serde(flatten)]
    current: RevisionInfo,
    /// The revisions that rollback can reach, the latest first.
    history: Vec<RevisionInfo>,
}

/// The configuration of one BNG.
pub(crate) struct ConfigStore {
    running: Revision,
    candidate: Value,
    previous: VecDeque<Revision>,
    last_number: u64,
}

impl ConfigStore {
    pub(crate) fn new(config: Value) -> Self {
        let info = RevisionInfo { revision: 1, committed_after_seconds: 0, changes: 0 };
        Self {
            candidate: config.clone(),
            running: Revision { info, config },
            previous: VecDeque::new(),
            last_number: 1,
        }
    }

    pub(crate) fn overview(&self) -> Overview {
        Overview {
            running: self.running.config.clone(),
            candidate: self.candidate.clone(),
            current: self.running.info.clone(),
            history: self.previous.iter().rev().map(|revision| revision.info.clone()).collect(),
        }
    }

    pub(crate) fn compare(&self) -> Vec<Difference> {
        tree::compare(&self.running.config, &self.candidate)
    }

    pub(crate) fn set(&mut self, path: &TreePath, value: Value) -> Result<(), Fault> {
        tree::set(&mut self.candidate, path, value)
    }

    pub(crate) fn delete(&mut self, path: &TreePath) -> Result<(), Fault> {
        tree::delete(&mut self.candidate, path)
    }

    /// Makes the candidate the running configuration, as another revision if there is a difference.
    pub(crate) fn commit(&mut self, now_seconds: u64) -> RevisionInfo {
        let changes = self.compare().len();
        if changes > 0 {
            self.last_number += 1;
            let info =
                RevisionInfo { revision: self.last_number, committed_after_seconds: now_seconds, changes };
            let next = Revision { info, config: self.candidate.clone() };
            let before = mem::replace(&mut self.running, next);
            self.remember(before);
        }
        self.running.info.clone()
    }

    /// Restores the configuration that was running before the last commit, and drops what was being edited.
    pub(crate) fn rollback(&mut self) -> Result<RevisionInfo, Fault> {
        let before = self.previous.pop_back().ok_or_else(|| Fault::conflict("Nothing to roll back to"))?;
        self.candidate = before.config.clone();
        self.running = before;
        Ok(self.running.info.clone())
    }

    /// Drops what was being edited and says how many values that was.
    pub(crate) fn discard(&mut self) -> usize {
        let dropped = self.compare().len();
        self.candidate = self.running.config.clone();
        dropped
    }

    fn remember(&mut self, revision: Revision) {
        if self.previous.len() == HISTORY {
            self.previous.pop_front();
        }
        self.previous.push_back(revision);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ConfigStore, HISTORY};
    use crate::config::tree::TreePath;

    #[test]
    fn the_history_is_bounded() {
        let mut store = ConfigStore::new(json!({}));
        for number in 0..HISTORY + 10 {
            store.set(&TreePath::parse("n").unwrap(), json!(number)).unwrap();
            store.commit(0);
        }
        assert_eq!(store.overview().history.len(), HISTORY);
    }

    #[test]
    fn a_number_is_not_given_twice() {
        let mut store = ConfigStore::new(json!({}));
        let path = TreePath::parse("n").unwrap();
        store.set(&path, json!(1)).unwrap();
        let first = store.commit(0).revision;
        store.rollback().unwrap();
        store.set(&path, json!(2)).unwrap();
        assert!(store.commit(0).revision > first);
    }
}
