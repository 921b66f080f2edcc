//! Port: the directory of users. Implementations: the BNG's YAML file; in memory, for tests.

use async_trait::async_trait;

use super::store_error::StoreError;
use crate::domain::secret::Cost;
use crate::domain::user::{Credentials, User, Username};

/// A directory of users, to be read.
///
/// # Contract
/// - Absence is `Ok(None)`, never an error; and an error never means absence.
/// - Names compare without case; the stored spelling is what is returned.
/// - A user's stamp is another one after his password changed, and after he was removed and made again.
/// - `highest_cost` is at least the cost of every hash that the store holds.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Looks up a user, for a request with a token of his.
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError>;
    /// Looks up a user and his hash, for a login. Both are of one moment.
    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError>;
    /// The highest cost of any hash, which every failed login takes as long as.
    async fn highest_cost(&self) -> Result<Cost, StoreError>;
}
