//! Users and clients whose stamps know how often their sessions were all ended at once.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::client::ClientId;
use crate::domain::directory::{ClientEntry, Page, Profile, Revision, Selection};
use crate::domain::role::Role;
use crate::domain::secret::Cost;
use crate::domain::user::{Credentials, User, Username};
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;
use crate::ports::user_store::UserStore;

/// A directory of users seen together with the ledger: a user's stamp is that of his present generation, and so is a
/// client's.
pub struct Generations {
    users: Arc<dyn UserStore>,
    ledger: Arc<dyn Ledger>,
}

impl Generations {
    /// The users of a directory, with the generations of a ledger.
    pub fn new(users: Arc<dyn UserStore>, ledger: Arc<dyn Ledger>) -> Self {
        Self { users, ledger }
    }

    async fn stamped(&self, mut user: User) -> Result<User, StoreError> {
        user.stamp = user.stamp.of_generation(self.ledger.generation(&user.name.clone().into()).await?);
        Ok(user)
    }
}

#[async_trait]
impl UserStore for Generations {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        match self.users.user(name).await? {
            Some(user) => self.stamped(user).await.map(Some),
            None => Ok(None),
        }
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        let Some(Credentials { user, hash }) = self.users.credentials(name).await? else { return Ok(None) };
        Ok(Some(Credentials { user: self.stamped(user).await?, hash }))
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        self.users.highest_cost().await
    }

    async fn profile(&self, name: &Username) -> Result<Option<Profile>, StoreError> {
        self.users.profile(name).await
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        self.users.profiles(page).await
    }

    async fn selected(&self, selection: &Selection, page: Page) -> Result<Vec<Username>, StoreError> {
        self.users.selected(selection, page).await
    }

    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        self.users.roles().await
    }

    async fn client(&self, id: &ClientId) -> Result<Option<ClientEntry>, StoreError> {
        let Some(mut entry) = self.users.client(id).await? else { return Ok(None) };
        let client = &mut entry.client;
        let generation = self.ledger.generation(&client.id.clone().into()).await?;
        client.stamp = client.stamp.of_generation(generation);
        Ok(Some(entry))
    }

    async fn clients(&self, page: Page) -> Result<Vec<ClientEntry>, StoreError> {
        self.users.clients(page).await
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        self.users.revision().await
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::domain::session::Generation;
    use crate::ports::ledger::MockLedger;
    use crate::ports::user_store::MockUserStore;

    fn at(generation: Generation) -> Generations {
        let mut ledger = MockLedger::new();
        ledger.expect_generation().returning(move |_| Ok(generation));
        Generations::new(Arc::new(Users(usual_users())), Arc::new(ledger))
    }

    #[tokio::test]
    async fn tokens_of_an_earlier_generation_are_of_another_stamp() {
        let first = at(Generation::default());
        let later = at(Generation { user: 1, everybody: 0 });
        let stamp =
            |store: Generations| async move { store.user(&name("admin")).await.unwrap().unwrap().stamp };
        let credentials = later.credentials(&name("admin")).await.unwrap().unwrap();
        let (first, later) = (stamp(first).await, stamp(later).await);
        assert_eq!(first, user("Admin", &[]).user.stamp);
        assert!(first != later && credentials.user.stamp == later);
    }

    #[tokio::test]
    async fn a_client_of_the_store_is_of_its_own_generation() {
        let mut store = MockUserStore::new();
        let entry = || ClientEntry { client: client("backup", &[]), created_at: NOW };
        store.expect_client().returning(move |_| Ok(Some(entry())));
        let mut ledger = MockLedger::new();
        let later = Generation { user: 1, everybody: 0 };
        ledger.expect_generation().withf(|of| of.key() == "client:backup").returning(move |_| Ok(later));
        let store = Generations::new(Arc::new(store), Arc::new(ledger));
        let (before, id) = (entry().client.stamp, ClientId::parse("backup").unwrap());
        let now = store.client(&id).await.unwrap().unwrap().client.stamp;
        assert!(now == before.of_generation(later) && now != before);
    }

    #[tokio::test]
    async fn a_generation_that_cannot_be_read_is_no_first_generation() {
        let mut ledger = MockLedger::new();
        ledger.expect_generation().returning(|_| Err(unavailable()));
        let users = Generations::new(Arc::new(Users(usual_users())), Arc::new(ledger));
        assert!(users.user(&name("admin")).await.is_err());
        assert!(users.credentials(&name("admin")).await.is_err());
        assert!(users.user(&name("nobody")).await.unwrap().is_none());
    }
}
