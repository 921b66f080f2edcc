//! The system's source of randomness.

use portcullis_core::ports::entropy::{Entropy, EntropyError};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// The system's source of randomness (getrandom(2)). The library that TLS uses has one too, but gathers entropy of its own
/// before it gives any, which would be most of the time that a start takes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match getrandom(&mut *rest, GetRandomFlags::empty()) {
                Ok(filled) => rest = rest.get_mut(filled..).ok_or(EntropyError)?,
                // A signal came before there was any.
                Err(Errno::INTR) => {}
                Err(_) => return Err(EntropyError),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut first, mut second) = ([0; 16], [0; 16]);
        SystemEntropy.fill(&mut first).unwrap();
        SystemEntropy.fill(&mut second).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn all_of_a_long_draw_is_filled() {
        // More than the system gives at once when a signal comes.
        let mut bytes = vec![0; 4096];
        SystemEntropy.fill(&mut bytes).unwrap();
        assert!(bytes.chunks(16).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
        SystemEntropy.fill(&mut []).unwrap();
    }
}
