//! What can be wrong with a line.

use std::fmt;

use portcullis_core::domain::record::Sequence;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In which line; the first is 1. Where lines are missing at the end, the last one.
    pub line: u64,
    /// What.
    pub kind: FaultKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It is neither a record nor a checkpoint, as this program writes them.
    Unreadable,
    /// Its bytes are no UTF-8.
    Encoding,
    /// A record is not what its hash says.
    Edited,
    /// A record does not follow the one before it, or a checkpoint is one of another chain: something before was
    /// exchanged.
    Replaced,
    /// Records are missing before this one.
    Removed {
        /// Which was expected.
        expected: Sequence,
        /// Which is there.
        found: Sequence,
    },
    /// A record is not in its place.
    Reordered {
        /// Which.
        found: Sequence,
    },
    /// A record claims to be older than those before it.
    BackDated,
    /// The signature of a checkpoint is not one of its key.
    Forged,
    /// What follows the last checkpoint is missing, or was never sealed.
    CutOff,
}

impl Fault {
    /// The same place, where the missing record follows later.
    pub(super) fn as_reordered(&self) -> Self {
        match self.kind {
            FaultKind::Removed { found, .. } => Self { kind: FaultKind::Reordered { found }, ..*self },
            _ => self.clone(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match self.kind {
            FaultKind::Unreadable => f.write_str("neither a record nor a checkpoint"),
            FaultKind::Encoding => f.write_str("bytes that are no UTF-8"),
            FaultKind::Edited => f.write_str("the record was edited: its hash is another one"),
            FaultKind::Replaced => {
                f.write_str("it does not follow what is before: something there was replaced")
            }
            FaultKind::Removed { expected, found } => {
                write!(f, "record {} was expected and {} is there: records were removed", expected.0, found.0)
            }
            FaultKind::Reordered { found } => write!(f, "record {} is not in its place", found.0),
            FaultKind::BackDated => f.write_str("the record was back-dated: those before it are later"),
            FaultKind::Forged => f.write_str("the signature of the checkpoint is not one of its key"),
            FaultKind::CutOff => f.write_str("the end is missing: no checkpoint follows it"),
        }
    }
}

impl std::error::Error for Fault {}
