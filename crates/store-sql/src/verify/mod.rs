//! Verification: whether lines of the chain are as they were written. Needs no store.
//!
//! Without the key nobody can make a chain that agrees with a checkpoint, so whatever was changed before one is found.
//! What is not found: lines that were cut off exactly behind an earlier checkpoint. Whoever wants to know that too
//! compares the end that is reported with one he knows otherwise. What is missing at the beginning was pruned, as a record
//! must say, or not asked for, as the signed head of an excerpt must say; else it was removed.

mod fault;
mod line;

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;

pub use self::fault::{Fault, FaultKind};
use self::line::{Line, RecordLine, SignedLine};
use crate::marks;

/// Whether a signature by a key is one of a message.
pub type Check<'c> = Box<dyn FnMut(&str, &[u8], &[u8]) -> bool + Send + 'c>;

/// What was found where nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The first record; 1, unless earlier ones were pruned or left out.
    pub first: Sequence,
    /// Why it is not 1.
    pub missing: Option<Missing>,
    /// The last record.
    pub last: Sequence,
    /// The hash of the last record.
    pub hash: Link,
    /// How many checkpoints there are.
    pub checkpoints: u64,
    /// How often the time goes back, as the ledger itself has marked.
    pub steps_back: u64,
}

/// Why the first record is not the first of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Those before it were pruned, as a later record says.
    Pruned {
        /// That record.
        by: Sequence,
    },
    /// Nobody had asked for those before it.
    NotAsked {
        /// From when on records were asked for.
        since: Timestamp,
    },
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
    /// What the key has said to be before the first record, if anything is.
    before: Option<Before>,
    latest: Timestamp,
    /// The last line is a mark after which the time goes back.
    may_step_back: bool,
    /// The last line is a checkpoint.
    is_sealed: bool,
}

/// The last record that is missing at the beginning, and its hash.
#[derive(Clone, Copy)]
struct Before {
    sequence: Sequence,
    hash: Link,
    /// In which line it is said.
    line: u64,
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
    pub fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.line += 1;
        let line = line::parsed(line);
        if let Some((gap, missing)) = &self.gap {
            // Only whether the missing record follows is still of interest: the first fault is the one above.
            let follows = matches!(&line, Ok(Line::Record(record)) if record.sequence == *missing);
            return if follows { Err(gap.as_reordered()) } else { Ok(()) };
        }
        match line {
            Err(kind) => Err(self.fault(kind)),
            Ok(Line::Checkpoint(checkpoint)) => self.checkpoint(&checkpoint).map_err(|kind| self.fault(kind)),
            Ok(Line::Excerpt(head, since)) => self.excerpt(&head, since).map_err(|kind| self.fault(kind)),
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
        let chain = self.chain.filter(|chain| chain.is_sealed).ok_or(cut_off)?;
        match chain.before {
            Some(Before { line, .. }) if chain.verified.missing.is_none() => {
                let (expected, found) = (Sequence(1), chain.verified.first);
                Err(Fault { line, kind: FaultKind::Removed { expected, found } })
            }
            _ => Ok(chain.verified),
        }
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

    fn checkpoint(&mut self, checkpoint: &SignedLine) -> Result<(), FaultKind> {
        self.is_signed(checkpoint)?;
        let (SignedLine { sequence, hash, .. }, line) = (checkpoint, self.line);
        let before = Before { sequence: *sequence, hash: *hash, line };
        let chain = self.chain.get_or_insert_with(|| Chain::beginning_behind(before, None));
        if (chain.verified.last, chain.verified.hash) != (*sequence, *hash) {
            return Err(FaultKind::Replaced);
        }
        chain.verified.checkpoints += 1;
        chain.is_sealed = true;
        Ok(())
    }

    /// The head of an excerpt comes before everything.
    fn excerpt(&mut self, head: &SignedLine, since: Timestamp) -> Result<(), FaultKind> {
        self.is_signed(head)?;
        if self.chain.is_some() {
            return Err(FaultKind::Replaced);
        }
        let before = Before { sequence: head.sequence, hash: head.hash, line: self.line };
        self.chain = Some(Chain::beginning_behind(before, Some(Missing::NotAsked { since })));
        Ok(())
    }

    fn is_signed(&mut self, line: &SignedLine) -> Result<(), FaultKind> {
        let is_signed = (self.check)(&line.key, line.message.as_bytes(), &line.signature);
        if is_signed { Ok(()) } else { Err(FaultKind::Forged) }
    }
}

impl Chain {
    fn beginning_with(record: &RecordLine) -> Self {
        let RecordLine { sequence, hash, time, .. } = record;
        let chain = Self::beginning_after(*sequence, *hash, *time);
        let verified = Verified { first: *sequence, ..chain.verified };
        Self { verified, may_step_back: record.is_step_back, ..chain }
    }

    /// What is before may have been pruned; and that may have been signed long after its record.
    fn beginning_behind(before: Before, missing: Option<Missing>) -> Self {
        let chain = Self::beginning_after(before.sequence, before.hash, Timestamp::from_micros(i64::MIN));
        let verified = Verified { missing, ..chain.verified };
        let is_all = before.sequence == Sequence(0);
        Self { verified, before: Some(before).filter(|_| !is_all), ..chain }
    }

    fn beginning_after(sequence: Sequence, hash: Link, latest: Timestamp) -> Self {
        let first = Sequence(sequence.0 + 1);
        let verified = Verified { first, missing: None, last: sequence, hash, checkpoints: 0, steps_back: 0 };
        Self { verified, before: None, latest, may_step_back: false, is_sealed: false }
    }

    /// A record says that it prunes up to where the chain begins, or further: then it was interrupted.
    fn accounts_for_beginning(&mut self, record: &RecordLine) {
        let (Some(before), Some((until, hash))) = (self.before, record.prunes) else { return };
        let is_it = until > before.sequence || (until, hash) == (before.sequence, before.hash);
        if is_it && self.verified.missing.is_none() {
            self.verified.missing = Some(Missing::Pruned { by: record.sequence });
        }
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
        self.accounts_for_beginning(record);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
