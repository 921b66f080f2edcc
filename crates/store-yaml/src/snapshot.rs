//! The users of one reading of the file. A changed file makes another snapshot; none is ever changed.

use std::collections::HashMap;

use async_trait::async_trait;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::secret::Cost;
use portcullis_core::domain::user::{Credentials, User, Username};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore;

/// The users of the file, as they stood there when it was read.
#[derive(Debug, Clone)]
pub struct YamlUsers {
    users: HashMap<Username, Credentials>,
    highest_cost: Cost,
}

impl YamlUsers {
    /// A directory of these users; of two with one name the first counts, but
    /// [`read_users`](crate::users::read_users) makes that a fault.
    pub fn new(users: impl IntoIterator<Item = Credentials>) -> Self {
        let mut by_name = HashMap::new();
        for credentials in users {
            by_name.entry(credentials.user.name.clone()).or_insert(credentials);
        }
        // Without users every login fails; it shall look like one that fails elsewhere.
        let highest_cost = by_name.values().map(cost).max().unwrap_or(Cost::USUAL);
        Self { users: by_name, highest_cost }
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether nobody can log in.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }
}

fn cost(credentials: &Credentials) -> Cost {
    credentials.hash.cost()
}

#[async_trait]
impl UserStore for YamlUsers {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.users.get(name).map(|credentials| credentials.user.clone()))
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        Ok(self.users.get(name).cloned())
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        Ok(self.highest_cost)
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        let mut all: Vec<&User> = self.users.values().map(|credentials| &credentials.user).collect();
        all.sort_by(|one, other| one.name.key().cmp(other.name.key()));
        let part = page.of(all.into_iter(), |user| user.name.key());
        Ok(part.into_iter().cloned().map(Profile::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::role::RoleBook;

    use super::*;
    use crate::document::{Document, Faults};
    use crate::users::read_users;

    const TAIL: &str = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012";

    fn users(rows: &[(&str, u8)]) -> YamlUsers {
        let row = |(name, cost): &(&str, u8)| {
            format!("{{username: {name}, password_hash: \"$2b${cost:02}${TAIL}\", role: admin}}, ")
        };
        let document = Document::parse(&format!("[{}]", rows.iter().map(row).collect::<String>())).unwrap();
        let mut faults = Faults::new();
        let users = read_users(&document.root(), &RoleBook::built_in(), &mut faults);
        assert!(faults.is_empty(), "{faults}");
        YamlUsers::new(users)
    }

    fn name(text: &str) -> Username {
        Username::parse(text).unwrap()
    }

    #[tokio::test]
    async fn users_are_found_without_case_and_keep_their_spelling() {
        let store = users(&[("Alice", 12)]);
        assert_eq!(store.user(&name("aLICE")).await.unwrap().unwrap().name.as_str(), "Alice");
        let credentials = store.credentials(&name("ALICE")).await.unwrap().unwrap();
        assert_eq!(credentials.user.name.as_str(), "Alice");
        assert_eq!(credentials.hash.expose(), format!("$2b$12${TAIL}"));
    }

    #[tokio::test]
    async fn an_unknown_user_is_none() {
        let store = users(&[("alice", 12)]);
        assert!(store.user(&name("bob")).await.unwrap().is_none());
        assert!(store.credentials(&name("bob")).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn the_highest_cost_is_that_of_the_costliest_hash() {
        let store = users(&[("alice", 5), ("bob", 14), ("carol", 10)]);
        assert_eq!(store.highest_cost().await.unwrap().get(), 14);
        assert_eq!(users(&[("alice", 4)]).highest_cost().await.unwrap().get(), 4);
    }

    #[tokio::test]
    async fn without_users_a_failed_login_costs_as_usual() {
        let store = users(&[]);
        assert!(store.is_empty());
        assert_eq!(store.highest_cost().await.unwrap(), Cost::USUAL);
    }

    #[test]
    fn debug_output_holds_no_hash() {
        let shown = format!("{:?}", users(&[("alice", 12)]));
        assert!(shown.contains("alice") && !shown.contains(TAIL), "{shown}");
    }
}
