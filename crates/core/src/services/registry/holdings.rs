//! What somebody holds, and so may hand on: nobody gives away, nor takes from others, more than he has himself.

use std::fmt;

use crate::domain::decision::Missing;
use crate::domain::grant::{Grant, Scope};
use crate::domain::right::RightPattern;
use crate::domain::role::{Role, RoleBook, RoleName};
use crate::domain::route_table::RouteTable;
use crate::domain::standing::{HeldRole, Standing};

/// What somebody lacks who wants to hand on a role, or to change somebody who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A right of the role, where the role is held.
    Right(RightPattern, Scope),
    /// The role itself: routes ask for it by its name, so that it opens more than its rights do.
    Role(RoleName),
}

/// In the words of a refusal of the gate: `Right 'device:*' required in realm 'pop-syd'`.
impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right(right, Scope::Everywhere) => write!(f, "Right '{}' required", right.as_str()),
            Self::Right(right, Scope::In(realm)) => {
                write!(f, "Right '{}' required in realm '{realm}'", right.as_str())
            }
            Self::Role(role) => Missing::Role(vec![role.clone()]).fmt(f),
        }
    }
}

/// What somebody holds.
#[derive(Debug)]
pub(crate) enum Holdings {
    /// All there is: whoever works on the machine could write the store by hand.
    Everything,
    /// What was granted to him.
    Granted(Vec<HeldRole>),
}

impl Holdings {
    /// What a user holds.
    pub(crate) fn of(standing: Standing) -> Self {
        Self::Granted(standing.held)
    }

    /// Whether he holds every right everywhere, and so whatever anybody holds.
    pub(crate) fn are_everything(&self) -> bool {
        self.hold(&RightPattern::everything(), &Scope::Everywhere)
    }

    /// Whether he holds a right everywhere.
    pub(crate) fn check_right(&self, right: &str) -> Result<(), Lack> {
        // What is no right is held by whoever holds everything, and by nobody else.
        let right = RightPattern::parse(right).unwrap_or_else(|_| RightPattern::everything());
        if self.hold(&right, &Scope::Everywhere) {
            Ok(())
        } else {
            Err(Lack::Right(right, Scope::Everywhere))
        }
    }

    /// Whether he holds all that these grants give. One of a role that does not exist gives nothing.
    pub(crate) fn cover(&self, grants: &[Grant], book: &RoleBook, routes: &RouteTable) -> Result<(), Lack> {
        let mut roles = grants.iter().filter_map(|grant| Some((book.get(&grant.role)?, &grant.scope)));
        roles.try_for_each(|(role, scope)| self.cover_role(role, scope, routes))
    }

    /// Whether he holds all that a role gives where it is held.
    pub(crate) fn cover_role(&self, role: &Role, scope: &Scope, routes: &RouteTable) -> Result<(), Lack> {
        if let Some(right) = role.rights.iter().find(|right| !self.hold(right, scope)) {
            return Err(Lack::Right(right.clone(), scope.clone()));
        }
        // A route that asks for a role is opened by it only where it is held everywhere.
        let opens_by_name = *scope == Scope::Everywhere && routes.asks_for(&role.name);
        if opens_by_name && !self.are_called(&role.name) && !self.hold(&RightPattern::everything(), scope) {
            return Err(Lack::Role(role.name.clone()));
        }
        Ok(())
    }

    fn hold(&self, right: &RightPattern, scope: &Scope) -> bool {
        match self {
            Self::Everything => true,
            Self::Granted(held) => held.iter().any(|held| {
                (held.scope == Scope::Everywhere || held.scope == *scope)
                    && held.role.rights.iter().any(|pattern| pattern.covers(right))
            }),
        }
    }

    fn are_called(&self, role: &RoleName) -> bool {
        match self {
            Self::Everything => true,
            Self::Granted(held) => held
                .iter()
                .any(|held| held.is_whole && held.scope == Scope::Everywhere && held.role.name == *role),
        }
    }
}

#[cfg(test)]
#[path = "holdings_tests.rs"]
mod tests;
