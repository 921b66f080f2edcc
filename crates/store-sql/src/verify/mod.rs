//! Verification: whether lines of the chain are as they were written. Needs no store.
//!
//! Without the key nobody can make a chain that agrees with a checkpoint, so whatever was changed before one is found.
//! What is not found: lines that were cut off exactly behind an earlier checkpoint. Whoever wants to know that too
//! compares the end that is reported with one he knows otherwise.

mod fault;
mod line;

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;

pub use self::fault::{Fault, FaultKind};
use self::line::{CheckpointLine, Line, RecordLine};
use crate::marks;

/// Whether a signature by a key is one of a message.
pub type Check<'c> = Box<dyn FnMut(&str, &[u8], &[u8]) -> bool + Send + 'c>;

/// What was found where nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The first record; 1, unless earlier ones were pruned or left out.
    pub first: Sequence,
    /// The last record.
    pub last: Sequence,
    /// The hash of the last record.
    pub hash: Link,
    /// How many checkpoints there are.
    pub checkpoints: u64,
    /// How often the time goes back, as the ledger itself has marked.
    pub steps_back: u64,
}

/// Verifies lines one by one, in one pass and in little memory.
pub struct Verifier<'c> {
    check: Check<'c>,
    line: u64,
    chain: Option<Chain>,
    /// A record was expected, and a later one came: it is missing, or follows in the wrong place.
    gap: Option<(Fault, Sequence)>,
}

/// What the lines so far say.
struct Chain {
    verified: Verified,
    latest: Timestamp,
    /// The last line is a mark after which the time goes back.
    may_step_back: bool,
    /// The last line is a checkpoint.
    is_sealed: bool,
}

impl std::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("line", &self.line).finish_non_exhaustive()
    }
}

impl<'c> Verifier<'c> {
    /// One that believes those signatures.
    pub fn new(check: Check<'c>) -> Self {
        Self { check, line: 0, chain: None, gap: None }
    }

    /// Takes the next line, without its line feed.
    pub fn line(&mut self, text: &str) -> Result<(), Fault> {
        self.line += 1;
        let line = line::parsed(text);
        if let Some((gap, missing)) = &self.gap {
            // Only whether the missing record follows is still of interest: the first fault is the one above.
            let follows = matches!(&line, Ok(Line::Record(record)) if record.sequence == *missing);
            return if follows { Err(gap.as_reordered()) } else { Ok(()) };
        }
        match line {
            Err(kind) => Err(self.fault(kind)),
            Ok(Line::Checkpoint(checkpoint)) => self.checkpoint(&checkpoint).map_err(|kind| self.fault(kind)),
            Ok(Line::Record(record)) => self.record(&record).or_else(|kind| match kind {
                FaultKind::Removed { expected, .. } => {
                    self.gap = Some((self.fault(kind), expected));
                    Ok(())
                }
                other => Err(self.fault(other)),
            }),
        }
    }

    /// There are no more lines.
    pub fn end(self) -> Result<Verified, Fault> {
        if let Some((gap, _)) = self.gap {
            return Err(gap);
        }
        let cut_off = Fault { line: self.line, kind: FaultKind::CutOff };
        self.chain.filter(|chain| chain.is_sealed).map(|chain| chain.verified).ok_or(cut_off)
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { line: self.line, kind }
    }

    fn record(&mut self, record: &RecordLine) -> Result<(), FaultKind> {
        let Some(chain) = &mut self.chain else {
            if record.sequence != Sequence(1) {
                return Err(FaultKind::Removed { expected: Sequence(1), found: record.sequence });
            }
            if record.previous != Link::NONE {
                return Err(FaultKind::Replaced);
            }
            self.chain = Some(Chain::beginning_with(record));
            return Ok(());
        };
        let expected = Sequence(chain.verified.last.0 + 1);
        if record.sequence > expected {
            return Err(FaultKind::Removed { expected, found: record.sequence });
        }
        if record.sequence < expected {
            return Err(FaultKind::Reordered { found: record.sequence });
        }
        if record.previous != chain.verified.hash {
            return Err(FaultKind::Replaced);
        }
        chain.advance(record)
    }

    fn checkpoint(&mut self, checkpoint: &CheckpointLine) -> Result<(), FaultKind> {
        let CheckpointLine { sequence, hash, key, message, signature } = checkpoint;
        if !(self.check)(key, message.as_bytes(), signature) {
            return Err(FaultKind::Forged);
        }
        // What came before the first checkpoint may have been pruned; and it may have been set long after its record.
        let begin = || Chain::beginning_after(*sequence, *hash, Timestamp::from_micros(i64::MIN));
        let chain = self.chain.get_or_insert_with(begin);
        if (chain.verified.last, chain.verified.hash) != (*sequence, *hash) {
            return Err(FaultKind::Replaced);
        }
        chain.verified.checkpoints += 1;
        chain.is_sealed = true;
        Ok(())
    }
}

impl Chain {
    fn beginning_with(record: &RecordLine) -> Self {
        let RecordLine { sequence, hash, time, .. } = record;
        let chain = Self::beginning_after(*sequence, *hash, *time);
        let verified = Verified { first: *sequence, ..chain.verified };
        Self { verified, may_step_back: record.is_step_back, ..chain }
    }

    fn beginning_after(sequence: Sequence, hash: Link, latest: Timestamp) -> Self {
        let first = Sequence(sequence.0 + 1);
        let verified = Verified { first, last: sequence, hash, checkpoints: 0, steps_back: 0 };
        Self { verified, latest, may_step_back: false, is_sealed: false }
    }

    fn advance(&mut self, record: &RecordLine) -> Result<(), FaultKind> {
        let goes_back = record.time.plus(marks::TOLERANCE) < self.latest;
        if goes_back && !self.may_step_back {
            return Err(FaultKind::BackDated);
        }
        self.latest = if goes_back { record.time } else { self.latest.max(record.time) };
        self.verified.steps_back += u64::from(goes_back);
        (self.verified.last, self.verified.hash) = (record.sequence, record.hash);
        (self.may_step_back, self.is_sealed) = (record.is_step_back, false);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
