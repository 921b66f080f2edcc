//! Port: comparing passwords, and making hashes of new ones. Implementation: bcrypt, off the async threads.

use std::sync::Arc;
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
    /// When its turn came, the referee did not let it begin.
    #[error("the comparison was not let begin")]
    Withdrawn,
    /// The hasher failed.
    #[error("the password hasher failed")]
    Failed(#[source] BoxError),
}

/// Watches over a comparison: asked when its turn has come, and told how it went. Both happen on the thread that
/// hashes, so whoever hangs up in between is counted all the same.
pub trait Referee: Send + Sync {
    /// Whether the comparison may begin now.
    fn begin(&self) -> bool;
    /// How a comparison that began has ended.
    fn end(&self, matches: bool);
}

/// A comparison that is asked for.
#[derive(Clone)]
pub struct Comparison {
    /// The password.
    pub password: Password,
    /// What it is compared with; nothing ever matches nothing.
    pub hash: Option<PasswordHash>,
    /// The cost that a comparison which fails takes at least.
    pub at_least: Cost,
    /// Who watches over it.
    pub referee: Arc<dyn Referee>,
}

/// Compares passwords with hashes, and makes them.
///
/// # Contract
/// - A comparison that fails takes as long as one at the higher of `at_least` and the hash's own cost, whatever made
///   it fail: a wrong password, an impossible one, or no hash at all.
/// - The caller's thread never hashes; at most one hash per core is worked on at a time; the queue is bounded.
/// - Nothing is compared that the referee did not let begin, and each comparison that began is ended once.
/// - What `hash` made, its password matches, and no other; it is another one each time. A password that is not possible
///   is not hashed.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// Whether the password is the one that the hash was made from.
    async fn verify(&self, comparison: Comparison) -> Result<bool, HasherError>;
    /// The hash of a new password.
    async fn hash(&self, password: Password, cost: Cost) -> Result<PasswordHash, HasherError>;
}
