//! Ids for requests and decisions: unique, cheap, and saying nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::entropy::{Entropy, EntropyError};

/// Makes ids of 24 hexadecimal digits: a random part for the process, and a count.
#[derive(Debug)]
pub struct Ids {
    process: u64,
    count: AtomicU64,
}

impl Ids {
    /// A series of ids that no other process makes.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut process = [0; 8];
        entropy.fill(&mut process)?;
        Ok(Self { process: u64::from_be_bytes(process), count: AtomicU64::new(1) })
    }

    /// The next one.
    pub fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}{count:08x}", self.process)
    }
}
