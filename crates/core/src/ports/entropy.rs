//! Port: randomness. Implementations: the system's source, and a counted one, for tests.

/// The source of randomness failed; nothing that must be unguessable can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct EntropyError;

/// A source of randomness that nobody can guess.
#[cfg_attr(test, mockall::automock)]
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes`, all of it or none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}
