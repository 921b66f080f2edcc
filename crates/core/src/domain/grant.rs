//! A grant: a role, held everywhere or in one realm.

use super::realm::Realm;
use super::role::RoleName;

/// Where a role is held.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In every realm, and for what has no realm.
    Everywhere,
    /// In this realm alone.
    In(Realm),
}

impl Scope {
    /// The realm, if it is one.
    pub fn realm(&self) -> Option<&Realm> {
        match self {
            Self::Everywhere => None,
            Self::In(realm) => Some(realm),
        }
    }
}

/// A role that somebody holds, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role.
    pub role: RoleName,
    /// Where it is held.
    pub scope: Scope,
}
