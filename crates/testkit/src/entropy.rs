//! Randomness that anybody can guess, so that a test knows what comes next.

use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::ports::entropy::{Entropy, EntropyError};

/// Counts: every eight bytes are the next number, big-endian, beginning with 1. No two fills of eight bytes or more
/// are alike.
#[derive(Debug, Default)]
pub(crate) struct CountedEntropy(AtomicU64);

impl Entropy for CountedEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.rchunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            for (to, from) in chunk.iter_mut().rev().zip(number.to_be_bytes().into_iter().rev()) {
                *to = from;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_in_chunks_of_eight_bytes() {
        let entropy = CountedEntropy::default();
        let mut bytes = [0xFF; 16];
        entropy.fill(&mut bytes).unwrap();
        assert_eq!(u128::from_be_bytes(bytes), (2 << 64) | 1);
        let mut short = [0xFF; 3];
        entropy.fill(&mut short).unwrap();
        assert_eq!(short, [0, 0, 3]);
    }
}
