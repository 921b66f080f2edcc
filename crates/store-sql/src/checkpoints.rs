//! Checkpoints: signatures on the chain up to a record, so that what is before them can't be made anew.

use portcullis_core::domain::chain::Checkpoint;
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;

use crate::options::{Checkpoints, Signer};
use crate::sql::{Sql, stored};
use crate::statements::checkpoints;
use crate::transaction::{Head, Transaction};

/// The newest checkpoint, as far as this process knows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sealed {
    sequence: Sequence,
    /// None: there was no checkpoint yet.
    time: Option<Timestamp>,
}

impl Sealed {
    /// Reads which one it is.
    pub(crate) async fn newest(sql: &mut dyn Sql) -> Result<Self, StoreError> {
        let Some(mut row) = sql.row(checkpoints::NEWEST, &[]).await? else { return Ok(Self::default()) };
        let sequence = Sequence(row.count("checkpoints.sequence")?);
        Ok(Self { sequence, time: Some(Timestamp::from_micros(row.integer("checkpoints.time")?)) })
    }

    /// Whether the records up to `head` are too many, or too long without one.
    pub(crate) fn is_due(self, head: Head, now: Timestamp, rules: Checkpoints) -> bool {
        let unsealed = head.sequence.0.saturating_sub(self.sequence.0);
        let is_old = self.time.is_none_or(|time| now >= time.plus(rules.interval));
        unsealed > 0 && (is_old || unsealed >= rules.records)
    }

    /// Whether there are records up to `head` that no checkpoint covers.
    pub(crate) fn is_behind(self, head: Head) -> bool {
        head.sequence > self.sequence
    }
}

impl Transaction<'_> {
    /// Sets a checkpoint on the newest record.
    pub(crate) async fn seal(&mut self, signer: &Signer, now: Timestamp) -> Result<Sealed, StoreError> {
        let Head { sequence, hash, .. } = self.state.head;
        let checkpoint = Checkpoint { sequence, hash, time: now, key: signer.key.clone() };
        let signature = (signer.sign)(checkpoint.message().as_bytes());
        let hash = hash.bytes();
        let values = [
            stored(sequence.0).into(),
            hash.as_slice().into(),
            now.micros().into(),
            signer.key.as_str().into(),
            signature.as_slice().into(),
        ];
        self.sql.execute(checkpoints::SEAL, &values).await?;
        self.is_changed = true;
        Ok(Sealed { sequence, time: Some(now) })
    }
}
