//! Pruning: the oldest records go, up to a checkpoint, which stays and says what came before.

use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::Ledger as _;
use portcullis_core::ports::store_error::StoreError;

use crate::command::Command;
use crate::marks;
use crate::statements::checkpoints;
use crate::store::{DEADLINE, SqliteStore};
use crate::transaction::Transaction;

impl SqliteStore {
    /// Removes the records up to the last checkpoint that was set before `before`, and notes it. Returns the last
    /// record that was removed, if any was. It goes from checkpoint to checkpoint, so that others can write between,
    /// and that the chain can be verified wherever it stops.
    pub async fn prune(&self, before: Timestamp) -> Result<Option<Sequence>, StoreError> {
        let mut last = None;
        while let Some(until) = self.ask(|reply| Command::Prune { before, reply }, DEADLINE).await?? {
            last = Some(until);
        }
        if let Some(until) = last {
            self.note(marks::pruned(self.shared().clock.now(), until.0));
        }
        Ok(last)
    }
}

impl Transaction<'_> {
    /// Removes the oldest records up to the next checkpoint that was set before `before`.
    pub(crate) async fn prune(&mut self, before: Timestamp) -> Result<Option<Sequence>, StoreError> {
        let Some(until) = self.number(checkpoints::UNTIL, before.micros()).await? else { return Ok(None) };
        let Some(next) = self.number(checkpoints::NEXT_TO_PRUNE, until).await? else { return Ok(None) };
        self.sql.execute(checkpoints::PRUNE_RECORDS, &[next.into()]).await?;
        self.sql.execute(checkpoints::PRUNE_CHECKPOINTS, &[next.into()]).await?;
        self.is_changed = true;
        Ok(u64::try_from(next).ok().map(Sequence))
    }

    async fn number(&mut self, statement: &'static str, of: i64) -> Result<Option<i64>, StoreError> {
        let row = self.sql.row(statement, &[of.into()]).await?;
        Ok(row.map(|mut row| row.optional_integer("checkpoints.sequence")).transpose()?.flatten())
    }
}
