//! Pruning: the oldest records go, up to a checkpoint, which stays and says what came before.
//!
//! That they go is on the record before the first of them is gone, so that whoever verifies what is left can tell what was
//! pruned from what somebody has removed.

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;

use crate::command::{Command, Reply};
use crate::marks;
use crate::sql::stored;
use crate::statements::checkpoints;
use crate::store::{DEADLINE, SqliteStore};
use crate::transaction::Transaction;

/// What is to be pruned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prune {
    /// Records up to the last checkpoint that was set before this time.
    before: Timestamp,
    /// Up to which record the ledger already says that it prunes.
    announced: Sequence,
}

/// One step of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pruned {
    /// The last record that is gone.
    last: Sequence,
    /// Up to which record the ledger says that it prunes.
    announced: Sequence,
}

/// Who wants to know of a step; there is none any more if there is nothing to prune.
pub(crate) type PruneReply = Reply<Result<Option<Pruned>, StoreError>>;

impl SqliteStore {
    /// Removes the records up to the last checkpoint that was set before `before`, and records that. Returns the last
    /// record that was removed, if any was. It goes from checkpoint to checkpoint, so that others can write between,
    /// and that the chain can be verified wherever it stops.
    pub async fn prune(&self, before: Timestamp) -> Result<Option<Sequence>, StoreError> {
        let mut prune = Prune { before, announced: Sequence(0) };
        let mut last = None;
        while let Some(step) = self.ask(|reply| Command::Prune { prune, reply }, DEADLINE).await?? {
            (last, prune.announced) = (Some(step.last), step.announced);
        }
        Ok(last)
    }
}

impl Transaction<'_> {
    /// Removes the oldest records up to the next checkpoint, unless that was set later.
    pub(crate) async fn prune(&mut self, prune: Prune, now: Timestamp) -> Result<Option<Pruned>, StoreError> {
        let Some((until, hash)) = self.checkpoint(checkpoints::LAST_BEFORE, prune.before.micros()).await?
        else {
            return Ok(None);
        };
        let Some((last, _)) = self.checkpoint(checkpoints::NEXT_TO_PRUNE, stored(until.0)).await? else {
            return Ok(None);
        };
        if prune.announced < until {
            self.append(marks::pruned(now, until, hash)).await?;
        }
        self.sql.execute(checkpoints::PRUNE_RECORDS, &[stored(last.0).into()]).await?;
        self.sql.execute(checkpoints::PRUNE_CHECKPOINTS, &[stored(last.0).into()]).await?;
        self.is_changed = true;
        Ok(Some(Pruned { last, announced: until }))
    }

    async fn checkpoint(
        &mut self,
        statement: &'static str,
        of: i64,
    ) -> Result<Option<(Sequence, Link)>, StoreError> {
        let Some(mut row) = self.sql.row(statement, &[of.into()]).await? else { return Ok(None) };
        let sequence = Sequence(row.count("checkpoints.sequence")?);
        Ok(Some((sequence, Link::from_bytes(row.array("checkpoints.hash")?))))
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::options::{Options, Signer};
    use crate::sqlite::open;
    use crate::work::Work;

    #[tokio::test]
    async fn whoever_no_longer_waits_has_nothing_pruned() {
        let folder = tempfile::tempdir().unwrap();
        let (_opened, mut connection) = open::open(&Options::at(folder.path().join("a.db"))).await.unwrap();
        let now = Timestamp::from_seconds(0);
        let signer = Signer { key: "k".into(), sign: Box::new(<[u8]>::to_vec) };
        let mut transaction = Transaction::begin(&mut connection).await.unwrap();
        transaction.append(marks::lost(now, 1)).await.unwrap();
        transaction.seal(&signer, now).await.unwrap();
        for (waits, records) in [(false, 1), (true, 2)] {
            let (reply, answer) = oneshot::channel();
            let _answer = waits.then_some(answer);
            let prune = Prune { before: now, announced: Sequence(0) };
            let mut work = Work::default();
            work.add(Some(Command::Prune { prune, reply }));
            work.apply(&mut transaction, now).await.unwrap();
            // That it prunes is a record.
            assert_eq!(transaction.state.head.sequence, Sequence(records));
        }
    }
}
