//! The users that the suite of user stores begins with, in a form that every store can be seeded from.
//!
//! | name | hash | active | may log in | grants |
//! |---|---|---|---|---|
//! | `admin` | cost 4 | yes | yes | admin |
//! | `Alice@Example.org` | cost 6 | yes | yes | operator, planner in `pop-syd`, viewer in `Default`, manager in `pop-syd` |
//! | `bob` | cost 5, that of `carol` too | yes | yes | operator |
//! | `carol` | that of `bob` | yes | yes | operator |
//! | `former.employee` | cost 4 | no | yes | admin |
//! | `night+shift` | cost 4 | yes | no | viewer |
//! | `nobody` | cost 4 | yes | yes | none |
//!
//! The roles are built-in ones. The hashes are of the right shape, and of no password that anybody knows.

use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::user::Username;

/// A user as a store is seeded with him.
#[derive(Debug, Clone)]
pub struct SeedUser {
    /// His name, as it is to be spelled.
    pub name: Username,
    /// The hash of his password.
    pub hash: PasswordHash,
    /// Whether he is active.
    pub active: bool,
    /// Whether he may log in to the API.
    pub api_login: bool,
    /// What was granted to him, in this order.
    pub grants: Vec<Grant>,
}

impl SeedUser {
    /// An active user who may log in and holds nothing.
    pub fn new(name: &str, hash: PasswordHash) -> Self {
        Self { name: username(name), hash, active: true, api_login: true, grants: vec![] }
    }

    /// The user, with a role that he holds everywhere.
    #[must_use]
    pub fn with(mut self, role: &str) -> Self {
        self.grants.push(Grant { role: role_name(role), scope: Scope::Everywhere });
        self
    }

    /// The user, with a role that he holds in one realm.
    #[must_use]
    pub fn with_in(mut self, role: &str, realm: &str) -> Self {
        let realm = Realm::parse(realm).expect("a realm");
        self.grants.push(Grant { role: role_name(role), scope: Scope::In(realm) });
        self
    }
}

/// The users of the table above.
pub fn fixture_users() -> Vec<SeedUser> {
    let shared = hash(5, 'c');
    vec![
        SeedUser::new("admin", hash(4, 'a')).with("admin"),
        SeedUser::new("Alice@Example.org", hash(6, 'b'))
            .with("operator")
            .with_in("planner", "pop-syd")
            .with_in("viewer", "Default")
            .with_in("manager", "pop-syd"),
        SeedUser::new("bob", shared.clone()).with("operator"),
        SeedUser::new("carol", shared).with("operator"),
        SeedUser { active: false, ..SeedUser::new("former.employee", hash(4, 'd')).with("admin") },
        SeedUser { api_login: false, ..SeedUser::new("night+shift", hash(4, 'e')).with("viewer") },
        SeedUser::new("nobody", hash(4, 'f')),
    ]
}

/// A hash of this cost that differs from one with another `mark`, a letter or digit.
pub fn hash(cost: u8, mark: char) -> PasswordHash {
    let text = format!("$2b${cost:02}${}u{}.", "x".repeat(21), mark.to_string().repeat(30));
    PasswordHash::parse(&text).expect("a cost of 4 to 15 and a letter or digit")
}

/// A user name.
pub fn username(text: &str) -> Username {
    Username::parse(text).expect("a user name")
}

fn role_name(text: &str) -> RoleName {
    RoleName::parse(text).expect("a role name")
}
