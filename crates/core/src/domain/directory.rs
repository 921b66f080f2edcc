//! The directory of users: what is kept of them beside what a decision needs, and how it is changed.

use super::client::{Client, ClientId};
use super::grant::Grant;
use super::realm::Realm;
use super::role::{Role, RoleName};
use super::secret::PasswordHash;
use super::time::Timestamp;
use super::user::{Stamp, User, Username};

/// A user as an administrator sees him.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The user.
    pub user: User,
    /// When he was made, if the store keeps that.
    pub created_at: Option<Timestamp>,
    /// When he last logged in, if the store keeps that.
    pub last_login_at: Option<Timestamp>,
}

impl From<User> for Profile {
    /// Of a user of whom no times are kept.
    fn from(user: User) -> Self {
        Self { user, created_at: None, last_login_at: None }
    }
}

/// A user as he is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEntry {
    /// His name.
    pub name: Username,
    /// What his password is compared with.
    pub hash: PasswordHash,
    /// Another one whenever his password changes or he is made again.
    pub stamp: Stamp,
    /// Whether he may log in at all.
    pub active: bool,
    /// Whether he may use the API.
    pub api_login: bool,
    /// The roles he holds, and where, in the order in which they were granted.
    pub grants: Vec<Grant>,
    /// When he was made.
    pub created_at: Timestamp,
}

/// A client as it is kept. Its stamp follows from its secret: made again, it has another one of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientEntry {
    /// The client.
    pub client: Client,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One step of a change of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Adds a user, or replaces the one of this name; when he last logged in is kept.
    PutUser(UserEntry),
    /// Removes a user. His sessions end: made again, he has another stamp.
    RemoveUser(Username),
    /// Adds a role, or replaces the one of this name.
    PutRole(Role),
    /// Removes a role.
    RemoveRole(RoleName),
    /// Adds a client, or replaces the one of this id.
    PutClient(ClientEntry),
    /// Removes a client. Its tokens end with it.
    RemoveClient(ClientId),
}

/// Counts the changes of the directory. Whoever decides on a change by what he has read says as of which revision, and
/// nothing is done if it is no longer that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub u64);

/// A part of a list: so many after this one, in the order of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The key of the last one that is known already; none for the beginning.
    pub after: Option<String>,
    /// How many at most.
    pub limit: usize,
}

impl Page {
    /// The part of `all`, which is in the order of its key.
    pub fn of<T>(self, all: impl Iterator<Item = T>, key: impl Fn(&T) -> &str) -> Vec<T> {
        let is_later = |item: &T| self.after.as_deref().is_none_or(|after| key(item) > after);
        all.filter(is_later).take(self.limit).collect()
    }

    /// The first so many.
    pub const fn first(limit: usize) -> Self {
        Self { after: None, limit }
    }
}

/// Which users somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those who hold one of these roles, wherever.
    Holding(Vec<RoleName>),
    /// Those who are active, may log in and hold one of these roles everywhere.
    RulingWith(Vec<RoleName>),
    /// Those who hold a role in this realm.
    In(Realm),
}

impl Selection {
    /// Whether a user is one of them.
    pub fn holds(&self, user: &User) -> bool {
        let grants = || user.grants.iter();
        match self {
            Self::Holding(roles) => grants().any(|grant| roles.contains(&grant.role)),
            Self::RulingWith(roles) => {
                let counts = |grant: &Grant| roles.contains(&grant.role) && grant.scope.realm().is_none();
                user.is_welcome() && grants().any(counts)
            }
            Self::In(realm) => grants().any(|grant| grant.scope.realm() == Some(realm)),
        }
    }
}
