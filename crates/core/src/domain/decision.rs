//! The decision: a pure, total function of what is required, what is held, and the realm that is asked about.

use std::fmt;

use super::grant::Scope;
use super::realm::{Realm, RealmAsked};
use super::requirement::{IfMissing, RealmRule, Requirement};
use super::right::Right;
use super::role::RoleName;
use super::standing::{HeldRole, Standing};

/// What the caller lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// One of these roles, held everywhere.
    Role(Vec<RoleName>),
    /// A right.
    Right {
        /// The right.
        right: Right,
        /// Where it is lacking.
        place: Place,
    },
}

/// Where a right is lacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The requirement has no realm.
    Anywhere,
    /// In this realm.
    In(Realm),
    /// The request names no realm, so it would have to be held in every one.
    EveryRealm,
}

/// `Admin role required`, `Right 'config:edit' required in realm 'Default'`: what a client reads.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(roles) => write!(f, "{} role required", capitalised(&alternatives(roles))),
            Self::Right { right, place: Place::Anywhere } => write!(f, "Right '{right}' required"),
            Self::Right { right, place: Place::In(realm) } => {
                write!(f, "Right '{right}' required in realm '{realm}'")
            }
            Self::Right { right, place: Place::EveryRealm } => {
                write!(f, "Right '{right}' required in every realm")
            }
        }
    }
}

fn alternatives(roles: &[RoleName]) -> String {
    match roles {
        [] => "Another".to_owned(),
        [only] => only.to_string(),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(RoleName::as_str).collect();
            format!("{} or {last}", most.join(", "))
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

/// Decides whether somebody with this standing meets a requirement, and says what is missing if not.
///
/// Rights are a union over all roles held; nothing is ever denied by a role. A requirement by role, or by right
/// without a realm, is met only by what is held everywhere; one with a realm by what is held there or everywhere.
pub fn decide(requirement: &Requirement, standing: &Standing, asked: &RealmAsked) -> Result<(), Missing> {
    let (right, realm_rule) = match requirement {
        Requirement::Public | Requirement::Authenticated => return Ok(()),
        Requirement::Role(wanted) => {
            let held = standing.roles_everywhere().any(|role| wanted.contains(role));
            return if held { Ok(()) } else { Err(Missing::Role(wanted.clone())) };
        }
        Requirement::Right { right, realm } => (right, realm),
        Requirement::RightUnlessSelf { right, .. } => (right, &RealmRule::Everywhere),
    };
    if standing.held.iter().any(|held| counts(held, realm_rule, asked) && held.holds(right)) {
        return Ok(());
    }
    let place = match asked {
        RealmAsked::Everywhere => Place::Anywhere,
        RealmAsked::Named(realm) => Place::In(realm.clone()),
        RealmAsked::Unnamed => Place::EveryRealm,
    };
    Err(Missing::Right { right: right.clone(), place })
}

/// Whether a held role is in the right place to count.
fn counts(held: &HeldRole, rule: &RealmRule, asked: &RealmAsked) -> bool {
    match (&held.scope, asked) {
        (Scope::Everywhere, _) => true,
        (Scope::In(_), RealmAsked::Everywhere) => false,
        (Scope::In(realm), RealmAsked::Named(asked)) => realm == asked,
        (Scope::In(_), RealmAsked::Unnamed) => {
            matches!(rule, RealmRule::From { missing: IfMissing::Any, .. })
        }
    }
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
