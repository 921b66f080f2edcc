//! What is asked to be kept of a user, and what is kept of him so far.

use crate::domain::directory::{Profile, UserEntry};
use crate::domain::grant::Grant;
use crate::domain::role::RoleBook;
use crate::domain::secret::{Password, PasswordHash};
use crate::domain::time::Timestamp;
use crate::domain::user::{Stamp, User, Username};
use crate::ports::user_store::UserStore;
use crate::services::registry::{AdminError, UnknownRole};

/// What a user is to be known by.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A password, which must be acceptable.
    Password(Password),
    /// A hash that was made elsewhere, of a password that nobody here has seen.
    Hash(PasswordHash),
}

/// A user who is to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// His name.
    pub name: Username,
    /// What he is to be known by.
    pub credential: Credential,
    /// Whether he may log in at all.
    pub active: bool,
    /// Whether he may use the API.
    pub api_login: bool,
    /// The roles he is to hold, and where.
    pub grants: Vec<Grant>,
}

/// What is to be changed of a user; what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What he is to be known by.
    pub credential: Option<Credential>,
    /// Whether he may log in at all.
    pub active: Option<bool>,
    /// Whether he may use the API.
    pub api_login: Option<bool>,
    /// What he is to hold.
    pub grants: Option<Regrant>,
}

/// How grants are to be changed.
#[derive(Debug, Clone)]
pub enum Regrant {
    /// To these and no others.
    These(Vec<Grant>),
    /// To those there are and this one.
    Also(Grant),
    /// To those there are without this one.
    Without(Grant),
}

/// A hash, and a stamp that no token carries yet.
pub(super) struct Secret {
    pub(super) hash: PasswordHash,
    pub(super) stamp: Stamp,
}

/// A user as he is kept.
pub(super) struct Known {
    pub(super) entry: UserEntry,
    pub(super) last_login_at: Option<Timestamp>,
    /// What his tokens carry: another one than what is kept once his sessions were all ended.
    pub(super) token_stamp: Stamp,
}

impl NewUser {
    /// As he is to be kept, if his grants are in order.
    pub(super) fn into_entry(self, Secret { hash, stamp }: Secret, now: Timestamp) -> UserEntry {
        let Self { name, active, api_login, grants, .. } = self;
        UserEntry { name, hash, stamp, active, api_login, grants, created_at: now }
    }
}

impl Known {
    /// Reads a user with all that is kept of him.
    pub(super) async fn read(users: &dyn UserStore, name: &Username) -> Result<Self, AdminError> {
        let Profile { user, created_at, last_login_at } =
            users.profile(name).await?.ok_or(AdminError::NotFound)?;
        // Two looks at one user; had he been changed between them, the revision would tell.
        let credentials = users.credentials(name).await?.ok_or(AdminError::NotFound)?;
        let User { name, stamp, active, api_login, grants } = user;
        let created_at = created_at.unwrap_or(Timestamp::from_seconds(0));
        let hash = credentials.hash;
        let entry = UserEntry { name, hash, stamp, active, api_login, grants: grants.to_vec(), created_at };
        Ok(Self { entry, last_login_at, token_stamp: credentials.user.stamp })
    }

    /// As he is to be kept from now on. `unused` is a stamp that no token carries yet.
    ///
    /// Whoever is shut out gets it, and so does whoever gets another password: were he let in again with the stamp he had,
    /// his tokens from before would be good again.
    pub(super) fn changed(
        &self,
        changes: &Changes,
        hash: Option<&PasswordHash>,
        unused: Stamp,
        book: &RoleBook,
    ) -> Result<UserEntry, AdminError> {
        let mut entry = self.entry.clone();
        entry.active = changes.active.unwrap_or(entry.active);
        entry.api_login = changes.api_login.unwrap_or(entry.api_login);
        let is_shut_out = (self.entry.active && !entry.active) || (self.entry.api_login && !entry.api_login);
        if is_shut_out || hash.is_some() {
            entry.stamp = unused;
        }
        if let Some(hash) = hash {
            entry.hash = hash.clone();
        }
        match changes.grants.clone() {
            None => {}
            Some(Regrant::These(grants)) => entry.grants = granted(grants, book)?,
            Some(Regrant::Also(grant)) => {
                let new = granted(vec![grant], book)?;
                entry.grants = without_repetition(entry.grants.into_iter().chain(new));
            }
            Some(Regrant::Without(grant)) => entry.grants.retain(|held| *held != grant),
        }
        Ok(entry)
    }
}

/// Grants as they are kept: of roles that exist, spelled as those are, each once.
pub(in crate::services) fn granted(grants: Vec<Grant>, book: &RoleBook) -> Result<Vec<Grant>, AdminError> {
    let unknown = |(index, grant): (usize, &Grant)| {
        book.get(&grant.role).is_none().then(|| UnknownRole { index, role: grant.role.clone() })
    };
    let unknown: Vec<_> = grants.iter().enumerate().filter_map(unknown).collect();
    if !unknown.is_empty() {
        return Err(AdminError::UnknownRoles(unknown));
    }
    let spelled = grants.into_iter().map(|grant| match book.get(&grant.role) {
        Some(role) => Grant { role: role.name.clone(), ..grant },
        None => grant,
    });
    Ok(without_repetition(spelled))
}

fn without_repetition(grants: impl Iterator<Item = Grant>) -> Vec<Grant> {
    let mut kept: Vec<Grant> = vec![];
    for grant in grants {
        if !kept.contains(&grant) {
            kept.push(grant);
        }
    }
    kept
}

impl From<&UserEntry> for Profile {
    /// Of a user who has not logged in.
    fn from(entry: &UserEntry) -> Self {
        let UserEntry { name, stamp, active, api_login, grants, created_at, .. } = entry.clone();
        let user = User { name, stamp, active, api_login, grants: grants.into() };
        Self { user, created_at: Some(created_at), last_login_at: None }
    }
}
