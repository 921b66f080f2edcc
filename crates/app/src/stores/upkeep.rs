//! What is done about the records every now and then: those that are older than they are to be kept are removed.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_guard::cause::with_causes;
use portcullis_store_sql::SqliteStore;
use tokio::time::{MissedTickBehavior, interval};

/// How often. Records are removed from checkpoint to checkpoint, so that finer steps would change nothing.
const EVERY: Duration = Duration::from_hours(1);

/// Removes records that are older than `keep`, at once and then again and again.
pub(super) async fn prune(database: Arc<SqliteStore>, clock: Arc<dyn Clock>, keep: Duration) {
    let mut again = interval(EVERY);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        again.tick().await;
        match database.prune(before(clock.now(), keep)).await {
            Ok(Some(last)) => tracing::info!(last.sequence = last.0, "old records removed"),
            Ok(None) => {}
            Err(error) => tracing::error!(error = with_causes(&error), "old records could not be removed"),
        }
    }
}

fn before(now: Timestamp, keep: Duration) -> Timestamp {
    let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros().saturating_sub(keep))
}
