//! Port: comparing passwords. Implementation: bcrypt, off the async threads.

use std::time::Duration;

use async_trait::async_trait;

use super::store_error::BoxError;
use crate::domain::secret::{Cost, Password, PasswordHash};

/// Why a password was not compared.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// So many wait already that this one would wait too long.
    #[error("the hashing queue is full")]
    Busy {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// The hasher failed.
    #[error("the password hasher failed")]
    Failed(#[source] BoxError),
}

/// Compares passwords with hashes.
///
/// # Contract
/// - A comparison that fails takes as long as one at the higher of `at_least` and the hash's own cost, whatever made
///   it fail: a wrong password, an impossible one, or no hash at all.
/// - The caller's thread never hashes; at most one hash per core is worked on at a time; the queue is bounded.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// Whether `password` is the one that `hash` was made from; never without a hash.
    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
        at_least: Cost,
    ) -> Result<bool, HasherError>;
}
