//! Users of a file, as they are to be taken over.

use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::user::{Credentials, Username};
use portcullis_core::services::user_admin::{Credential, NewUser};

/// A user with all that one file can tell another about him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) name: Username,
    pub(super) hash: PasswordHash,
    pub(super) active: bool,
    pub(super) api_login: bool,
    pub(super) grants: Vec<Grant>,
}

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Those with whom nothing is wrong, in their order.
    pub(super) candidates: Vec<Candidate>,
    /// What is wrong with the others, each with its place.
    pub(super) refused: Vec<String>,
}

impl Candidate {
    /// In what they differ; in nothing, they are the same. The order of the roles means nothing.
    pub(super) fn differs_from(&self, other: &Self) -> Vec<&'static str> {
        let holds_all =
            |one: &Self, other: &Self| one.grants.iter().all(|grant| other.grants.contains(grant));
        let parts = [
            (self.hash != other.hash, "password"),
            (!holds_all(self, other) || !holds_all(other, self), "roles"),
            (self.active != other.active, "active"),
            (self.api_login != other.api_login, "api_login"),
        ];
        parts.into_iter().filter_map(|(differs, part)| differs.then_some(part)).collect()
    }
}

impl From<Credentials> for Candidate {
    fn from(Credentials { user, hash }: Credentials) -> Self {
        let grants = user.grants.to_vec();
        Self { name: user.name, hash, active: user.active, api_login: user.api_login, grants }
    }
}

impl From<Candidate> for NewUser {
    fn from(Candidate { name, hash, active, api_login, grants }: Candidate) -> Self {
        Self { name, credential: Credential::Hash(hash), active, api_login, grants }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use proptest::prelude::*;

    use super::Candidate;
    use crate::cli::grants;
    use portcullis_core::domain::secret::PasswordHash;
    use portcullis_core::domain::user::Username;

    pub(in super::super) const HASH: &str = "$2b$12$5u2qWSu8T8.Y6Epvg.AgsetWG7hIrx7V8d.stkKXNPmQth9JQhdma";

    /// A user of this name and these roles, with the hash of everybody.
    pub(in super::super) fn candidate(name: &str, roles: &[&str]) -> Candidate {
        Candidate {
            name: Username::parse(name).unwrap(),
            hash: PasswordHash::parse(HASH).unwrap(),
            active: true,
            api_login: true,
            grants: roles.iter().map(|role| grants::parse(role).unwrap()).collect(),
        }
    }

    /// Any user of the built-in roles.
    pub(in super::super) fn anybody() -> impl Strategy<Value = Candidate> {
        let realm = prop_oneof![
            Just(String::new()),
            "@[a-z0-9-]{1,5}",
            "@[^\\p{C}\\p{Z}]{1,8}",
            Just("@null".to_owned()),
            Just("@a: \"b\" # '{c}'\\".to_owned()),
        ];
        let grant = ("(admin|operator|viewer|planner)", realm).prop_map(|(role, realm)| role + &realm);
        let name = prop_oneof!["[A-Za-z0-9._@+-]{0,20}[A-Za-z0-9_@+-]", "(null|yes|1e3|0x1|-|@|[+]1)"];
        let hash = "\\$2[aby]\\$(04|12|15)\\$[./A-Za-z0-9]{53}";
        let grants = prop::collection::btree_set(grant, 0..4);
        (name, hash, any::<bool>(), any::<bool>(), grants).prop_map(
            |(name, hash, active, api_login, roles)| {
                let roles: Vec<_> = roles.iter().map(String::as_str).collect();
                let hash = PasswordHash::parse(&hash).unwrap();
                Candidate { hash, active, api_login, ..candidate(&name, &roles) }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::testing::candidate;
    use super::*;

    #[test]
    fn users_are_the_same_in_whatever_order_their_roles_are() {
        let one = candidate("alice", &["admin", "viewer@x"]);
        assert!(one.differs_from(&candidate("Alice", &["viewer@X", "Admin"])).is_empty());
        let hash = PasswordHash::parse(&one.hash.expose().replace("$12$", "$13$")).unwrap();
        let other = Candidate { hash, active: false, api_login: false, ..candidate("alice", &["admin"]) };
        assert_eq!(one.differs_from(&other), ["password", "roles", "active", "api_login"]);
        assert_eq!(other.differs_from(&one), ["password", "roles", "active", "api_login"]);
    }
}
