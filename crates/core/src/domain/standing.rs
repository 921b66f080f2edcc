//! A user's standing: his grants with their roles resolved, ready for the decision.

use std::sync::Arc;

use super::grant::{Grant, Scope};
use super::realm::Realm;
use super::right::{Right, RightPattern};
use super::role::{Role, RoleBook, RoleName};
use super::user::User;

/// A grant whose role was looked up.
#[derive(Debug, Clone)]
pub struct HeldRole {
    /// The role, with its rights.
    pub role: Arc<Role>,
    /// Where it is held.
    pub scope: Scope,
}

impl HeldRole {
    /// Whether the role holds a right, wherever it is held.
    pub fn holds(&self, right: &Right) -> bool {
        self.role.holds(right)
    }
}

/// A user with the roles that he holds. Made once, looked at by every request of his.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Who he is.
    pub user: User,
    /// What he holds. A grant of a role that doesn't exist gives nothing and isn't here.
    pub held: Vec<HeldRole>,
}

impl Standing {
    /// Resolves the grants of `user`.
    pub fn new(user: User, roles: &RoleBook) -> Self {
        let resolve = |grant: &Grant| {
            let role = Arc::clone(roles.get(&grant.role)?);
            Some(HeldRole { role, scope: grant.scope.clone() })
        };
        let held = user.grants.iter().filter_map(resolve).collect();
        Self { user, held }
    }

    /// The roles held everywhere, in the order of the grants: what `role`, `roles` and `X-Auth-Roles` say.
    pub fn roles_everywhere(&self) -> impl Iterator<Item = &RoleName> {
        self.held.iter().filter(|held| held.scope == Scope::Everywhere).map(|held| &held.role.name)
    }

    /// Where he holds a right: everywhere, or in these realms.
    pub fn realms_with(&self, holds: impl Fn(&HeldRole) -> bool) -> Reach<'_> {
        let mut realms = vec![];
        for held in self.held.iter().filter(|held| holds(held)) {
            match &held.scope {
                Scope::Everywhere => return Reach::Everywhere,
                Scope::In(realm) if realms.contains(&realm) => {}
                Scope::In(realm) => realms.push(realm),
            }
        }
        Reach::Realms(realms)
    }

    /// Every pattern of rights that he holds somewhere, sorted, each once.
    pub fn rights(&self) -> Vec<&RightPattern> {
        let mut rights: Vec<_> = self.held.iter().flat_map(|held| &held.role.rights).collect();
        rights.sort_unstable();
        rights.dedup();
        rights
    }
}

/// How far something reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach<'s> {
    /// Into every realm.
    Everywhere,
    /// Into these; none at all if the list is empty.
    Realms(Vec<&'s Realm>),
}
