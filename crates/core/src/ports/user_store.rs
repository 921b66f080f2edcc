//! Port: the directory of users. Implementations: the BNG's YAML file; SQL; in memory, for tests.

use async_trait::async_trait;

use super::store_error::StoreError;
use crate::domain::client::ClientId;
use crate::domain::directory::{ClientEntry, Page, Profile, Revision, Selection};
use crate::domain::role::Role;
use crate::domain::secret::Cost;
use crate::domain::user::{Credentials, User, Username};

/// A directory of users, to be read.
///
/// # Contract
/// - Absence is `Ok(None)`, never an error; and an error never means absence.
/// - Names compare without case; the stored spelling is what is returned.
/// - A user's stamp is another one after his password changed, and after he was removed and made again.
/// - Whoever reads the revision first, and then whatever else, knows by the revision whether it is still so.
/// - `highest_cost` is at least the cost of every hash that the store holds.
///
/// What has a body here is right for a directory that is small, keeps neither times nor roles nor clients, and never
/// changes.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Looks up a user, for a request with a token of his.
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError>;
    /// Looks up a user and his hash, for a login. Both are of one moment.
    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError>;
    /// The highest cost of any hash, which every failed login takes as long as.
    async fn highest_cost(&self) -> Result<Cost, StoreError>;
    /// Looks up a user, for an administrator.
    async fn profile(&self, name: &Username) -> Result<Option<Profile>, StoreError> {
        Ok(self.user(name).await?.map(Profile::from))
    }
    /// The users in the order of their names without case (the key of the page).
    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError>;
    /// The names of the selected users, in the same order.
    async fn selected(&self, selection: &Selection, page: Page) -> Result<Vec<Username>, StoreError> {
        let everybody = self.profiles(Page { after: page.after, limit: usize::MAX }).await?;
        let chosen = everybody.into_iter().filter(|profile| selection.holds(&profile.user));
        Ok(chosen.map(|profile| profile.user.name).take(page.limit).collect())
    }
    /// The roles that the store keeps, beside the built-in ones and those of the configuration, in the order of their names.
    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(vec![])
    }
    /// Looks up a client that the store keeps, beside those of the configuration.
    async fn client(&self, id: &ClientId) -> Result<Option<ClientEntry>, StoreError> {
        let _nobodys = id;
        Ok(None)
    }
    /// Those clients in the order of their ids without case (the key of the page).
    async fn clients(&self, page: Page) -> Result<Vec<ClientEntry>, StoreError> {
        let _of_none = page;
        Ok(vec![])
    }
    /// How often the directory was changed.
    async fn revision(&self) -> Result<Revision, StoreError> {
        Ok(Revision::default())
    }
}
