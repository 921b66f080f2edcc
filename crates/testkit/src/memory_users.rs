//! Users in memory, to be changed under the eyes of whoever reads them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::secret::{Cost, PasswordHash};
use portcullis_core::domain::user::{Credentials, Stamp, User, Username};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore;

use crate::seed::SeedUser;

/// A user store that a test can change. Nothing in it ever fails: for failures there are the mocks of the ports.
#[derive(Debug, Default)]
pub struct MemoryUserStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    users: HashMap<Username, SeedUser>,
    /// How often each name was removed, so that a user who is made again has another stamp.
    removals: HashMap<Username, u64>,
}

impl MemoryUserStore {
    /// A store with these users.
    pub fn new(users: impl IntoIterator<Item = SeedUser>) -> Self {
        let store = Self::default();
        users.into_iter().for_each(|user| store.put(user));
        store
    }

    /// Adds a user, or replaces the one of his name.
    pub fn put(&self, user: SeedUser) {
        self.state().users.insert(user.name.clone(), user);
    }

    /// Removes a user. Made again, with the same hash even, he has another stamp.
    pub fn remove(&self, name: &Username) {
        let mut state = self.state();
        if state.users.remove(name).is_some() {
            *state.removals.entry(name.clone()).or_default() += 1;
        }
    }

    /// Deactivates a user, who must be there.
    pub fn deactivate(&self, name: &Username) {
        self.change(name, |user| user.active = false);
    }

    /// Gives a user, who must be there, another password.
    pub fn change_password(&self, name: &Username, hash: PasswordHash) {
        self.change(name, |user| user.hash = hash);
    }

    fn change(&self, name: &Username, change: impl FnOnce(&mut SeedUser)) {
        change(self.state().users.get_mut(name).expect("a user who is there"));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, name: &Username) -> Option<Credentials> {
        let SeedUser { name, hash, active, api_login, grants } = self.users.get(name)?.clone();
        let removals = self.removals.get(&name).copied().unwrap_or_default();
        let stamp = Stamp::of(&[name.key().as_bytes(), hash.expose().as_bytes(), &removals.to_be_bytes()]);
        Some(Credentials { user: User { name, stamp, active, api_login, grants: grants.into() }, hash })
    }
}

#[async_trait]
impl UserStore for MemoryUserStore {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.state().find(name).map(|found| found.user))
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        Ok(self.state().find(name))
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        let highest = self.state().users.values().map(|user| user.hash.cost()).max();
        Ok(highest.unwrap_or(Cost::LEAST))
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        let state = self.state();
        let found = state.users.keys().filter_map(|name| state.find(name));
        let mut all: Vec<Profile> = found.map(|found| found.user.into()).collect();
        all.sort_by(|one, other| one.user.name.key().cmp(other.user.name.key()));
        Ok(page.of(all.into_iter(), |profile| profile.user.name.key()))
    }
}
