//! The chain as lines of JSON, for whoever keeps or verifies it elsewhere.

use portcullis_core::domain::chain::{Checkpoint, Excerpt, Link, Linked};
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;

use crate::records;
use crate::shared::unavailable;
use crate::sql::{Row, Sql, at_most, malformed, stored};
use crate::statements::{checkpoints, records as statements};
use crate::store::SqliteStore;

/// Lines of the chain that are read page by page: each record, and each checkpoint after the record that it covers.
///
/// They begin with the first record that is kept, or with the checkpoint before it, and end with a checkpoint if one
/// could be set; what is recorded meanwhile is not in them. Before those that begin later, because no more was asked for,
/// comes a line that says so.
#[derive(Debug)]
pub struct Export<'s> {
    store: &'s SqliteStore,
    /// What comes before was read already.
    after: Sequence,
    until: Sequence,
    head: Option<String>,
    has_begun: bool,
}

impl SqliteStore {
    /// The chain from the last checkpoint before `since` on, so that it can be verified; all of it, if that is not
    /// said.
    pub async fn export(&self, since: Option<Timestamp>) -> Result<Export<'_>, StoreError> {
        // Where no checkpoint can be set now, the lines end without one, and a verifier says so.
        let is_sealed = self.seal().await.is_ok() && self.shared().options.signer.is_some();
        let newest = if is_sealed { checkpoints::NEWEST_SEQUENCE } else { statements::NEWEST };
        let mut sql = self.shared().reader().await?;
        let head = match since {
            Some(since) => self.excerpt(&mut sql, since).await?,
            None => None,
        };
        let after = head.as_ref().map_or(Sequence(0), |(after, _)| *after);
        let until = sequence(&mut sql, newest).await?;
        Ok(Export { store: self, after, until, head: head.and_then(|(_, line)| line), has_begun: false })
    }

    /// After which record an excerpt since a time begins, and the line that says so, if that can be signed.
    async fn excerpt(
        &self,
        sql: &mut impl Sql,
        since: Timestamp,
    ) -> Result<Option<(Sequence, Option<String>)>, StoreError> {
        let row = sql.row(checkpoints::LAST_BEFORE, &[since.micros().into()]).await?;
        let Some(mut row) = row else { return Ok(None) };
        let sequence = Sequence(row.count("checkpoints.sequence")?);
        let hash = Link::from_bytes(row.array("checkpoints.hash")?);
        let time = self.shared().clock.now();
        let line = self.shared().options.signer.as_ref().map(|signer| {
            let excerpt = Excerpt { sequence, hash, since, time, key: signer.key.clone() };
            excerpt.line(&(signer.sign)(excerpt.message().as_bytes()))
        });
        Ok(Some((sequence, line)))
    }
}

impl Export<'_> {
    /// The next lines, of at most `limit` records; none at the end.
    pub async fn next_page(&mut self, limit: usize) -> Result<Vec<String>, StoreError> {
        let mut sql = self.store.shared().reader().await?;
        let values = [stored(self.after.0).into(), stored(self.until.0).into(), at_most(limit).into()];
        let rows = sql.rows(statements::EXPORT, &values).await?;
        let mut lines: Vec<_> = rows.into_iter().map(record_line).collect::<Result<_, _>>()?;
        let first = lines.first().map_or(self.until.0 + 1, |(first, _)| first.0);
        if !self.has_begun {
            // Earlier records may have been pruned; the checkpoint by which they were says what came before.
            self.after = Sequence(self.after.0.max(first.saturating_sub(1)));
        } else if first != self.after.0 + 1 {
            return Err(unavailable("records were pruned while they were read"));
        }
        let last = lines.last().map_or(self.after, |(last, _)| *last);
        let before = if self.has_begun { self.after.0 } else { self.after.0.saturating_sub(1) };
        let values = [stored(before).into(), stored(last.0).into()];
        for row in sql.rows(checkpoints::BETWEEN, &values).await? {
            lines.push(checkpoint_line(row)?);
        }
        // A stable order: the checkpoint after its record.
        lines.sort_by_key(|(sequence, _)| *sequence);
        (self.has_begun, self.after) = (true, last);
        Ok(self.head.take().into_iter().chain(lines.into_iter().map(|(_, line)| line)).collect())
    }
}

async fn sequence(sql: &mut impl Sql, statement: &'static str) -> Result<Sequence, StoreError> {
    let row = sql.row(statement, &[]).await?;
    let number =
        row.map(|mut row| row.optional_integer("sequence")).transpose()?.flatten().unwrap_or_default();
    Ok(Sequence(u64::try_from(number).map_err(|error| malformed("sequence", error))?))
}

fn record_line(mut row: Row) -> Result<(Sequence, String), StoreError> {
    let entry = records::entry(&mut row)?;
    let version = row.integer("records.version")?;
    let version = u8::try_from(version).map_err(|error| malformed("records.version", error))?;
    let previous = Link::from_bytes(row.array("records.previous")?);
    let hash = Link::from_bytes(row.array("records.hash")?);
    Ok((entry.sequence, Linked { entry: &entry, version, previous }.line(hash)))
}

fn checkpoint_line(mut row: Row) -> Result<(Sequence, String), StoreError> {
    let checkpoint = Checkpoint {
        sequence: Sequence(row.count("checkpoints.sequence")?),
        hash: Link::from_bytes(row.array("checkpoints.hash")?),
        time: Timestamp::from_micros(row.integer("checkpoints.time")?),
        key: row.text("checkpoints.key")?,
    };
    let line = checkpoint.line(&row.bytes("checkpoints.signature")?);
    Ok((checkpoint.sequence, line))
}
