//! Checkpoints.

pub(crate) const SEAL: &str = "INSERT INTO checkpoints (sequence, hash, time, key, signature) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sequence) DO NOTHING";

pub(crate) const NEWEST: &str = "SELECT sequence, time FROM checkpoints ORDER BY sequence DESC LIMIT 1";

pub(crate) const NEWEST_SEQUENCE: &str = "SELECT MAX(sequence) FROM checkpoints";

/// The last checkpoint that was set until a time.
pub(crate) const LAST_BEFORE: &str =
    "SELECT sequence, hash FROM checkpoints WHERE time <= $1 ORDER BY sequence DESC LIMIT 1";

/// The first checkpoint by which records can be pruned, of those up to a place.
pub(crate) const NEXT_TO_PRUNE: &str = "SELECT sequence, hash FROM checkpoints \
     WHERE sequence >= (SELECT MIN(sequence) FROM records) AND sequence <= $1 ORDER BY sequence LIMIT 1";

pub(crate) const PRUNE_RECORDS: &str = "DELETE FROM records WHERE sequence <= $1";

/// The checkpoint itself stays: it says what came before the first record that is kept.
pub(crate) const PRUNE_CHECKPOINTS: &str = "DELETE FROM checkpoints WHERE sequence < $1";

pub(crate) const BETWEEN: &str = "SELECT sequence, hash, time, key, signature FROM checkpoints \
     WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence";
