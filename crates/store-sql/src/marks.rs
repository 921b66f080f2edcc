//! Records that the ledger writes about itself.

use std::time::Duration;

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::record::{Record, Sequence, Verdict};
use portcullis_core::domain::time::Timestamp;

/// The action of what the ledger says about itself.
pub(crate) const ACTION: &str = "audit";

/// The reason of a mark after which the times go back.
pub(crate) const STEP_BACK: &str = "what follows happened earlier than what is before";

/// How the reason of a mark begins that says which records are pruned, and how it goes on.
const PRUNED: &str = "pruned up to record ";
const PRUNED_HASH: &str = ", whose hash was ";

/// So far a record may be behind those before it without a mark: processes write in turns.
pub(crate) const TOLERANCE: Duration = Duration::from_secs(5);

/// Marks that what follows is of an earlier time.
pub(crate) fn step_back(time: Timestamp) -> Record {
    of_ourselves(time, STEP_BACK.to_owned())
}

/// Says how many records could not be kept.
pub(crate) fn lost(time: Timestamp, count: u64) -> Record {
    of_ourselves(time, format!("{count} records lost"))
}

/// Says what is pruned from now on: the records up to one, and which that was.
pub(crate) fn pruned(time: Timestamp, until: Sequence, hash: Link) -> Record {
    of_ourselves(time, format!("{PRUNED}{}{PRUNED_HASH}{hash}", until.0))
}

/// What a mark by [`pruned`] says, by its reason: up to which record, and the hash of that one.
pub(crate) fn said_to_be_pruned(reason: &str) -> Option<(Sequence, &str)> {
    let (until, hash) = reason.strip_prefix(PRUNED)?.split_once(PRUNED_HASH)?;
    Some((Sequence(until.parse().ok()?), hash))
}

fn of_ourselves(time: Timestamp, reason: String) -> Record {
    Record {
        time,
        request_id: String::new(),
        decision_id: None,
        subject: None,
        address: None,
        action: ACTION.to_owned(),
        route: None,
        realm: None,
        verdict: Verdict::Allowed,
        reason,
        amendment: None,
    }
}
