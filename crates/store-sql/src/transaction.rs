//! A write: the one-row state is read when it begins and written when it ends, and what is between is changed by the
//! steps in the other files.

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;

use crate::sql::{Log, Sql, malformed, stored};
use crate::statements::{feed, state};

/// The ends of what is counted.
#[derive(Debug)]
pub(crate) struct State {
    writes: u64,
    /// How many writes there were when the log beside the database began.
    log_began: u64,
    pub(crate) revision: u64,
    /// The generation of everybody's sessions.
    pub(crate) generation: u64,
    /// The place of the newest change in the feed.
    pub(crate) place: u64,
    pub(crate) head: Head,
}

/// The end of the chain: the newest record, and the latest time of those since the last step back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) sequence: Sequence,
    pub(crate) hash: Link,
    pub(crate) time: Timestamp,
}

/// A transaction that writes.
pub(crate) struct Transaction<'c> {
    pub(crate) sql: &'c mut dyn Sql,
    pub(crate) state: State,
    /// Whether anything was changed.
    pub(crate) is_changed: bool,
    /// Where the feed was when the transaction began.
    place_before: u64,
}

impl<'c> Transaction<'c> {
    /// Begins one; whoever drops it without an end must roll it back.
    pub(crate) async fn begin(sql: &'c mut dyn Sql) -> Result<Self, StoreError> {
        let log = sql.begin().await?;
        let mut state = read_state(sql).await?;
        if log == Log::Empty {
            state.log_began = state.writes;
        }
        let place_before = state.place;
        Ok(Self { sql, state, is_changed: false, place_before })
    }

    /// Makes everything durable, if there is anything. Of the feed the newest `feed_capacity` changes are kept.
    pub(crate) async fn end(self, feed_capacity: u64) -> Result<(), StoreError> {
        let Self { sql, state, is_changed, place_before } = self;
        if !is_changed {
            return sql.roll_back().await;
        }
        if state.place > place_before {
            let oldest = stored(state.place.saturating_sub(feed_capacity));
            sql.execute(feed::FORGET, &[oldest.into()]).await?;
        }
        let State { writes, log_began, revision, generation, place, head } = state;
        let counts = [writes + 1, log_began, revision, generation, place, head.sequence.0].map(stored);
        let [writes, log_began, revision, generation, place, sequence] = counts;
        let hash = head.hash.bytes();
        let values = [
            writes.into(),
            log_began.into(),
            revision.into(),
            generation.into(),
            place.into(),
            sequence.into(),
            hash.as_slice().into(),
            head.time.micros().into(),
        ];
        sql.execute(state::WRITE, &values).await?;
        sql.commit().await
    }
}

async fn read_state(sql: &mut dyn Sql) -> Result<State, StoreError> {
    let row = sql.row(state::READ, &[]).await?;
    let mut row = row.ok_or_else(|| malformed("store", "no row"))?;
    Ok(State {
        writes: row.count("store.writes")?,
        log_began: row.count("store.log_began")?,
        revision: row.count("store.revision")?,
        generation: row.count("store.generation")?,
        place: row.count("store.place")?,
        head: Head {
            sequence: Sequence(row.count("store.sequence")?),
            hash: Link::from_bytes(row.array("store.hash")?),
            time: Timestamp::from_micros(row.integer("store.time")?),
        },
    })
}
