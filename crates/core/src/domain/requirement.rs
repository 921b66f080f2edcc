//! What a route asks of the caller.

use std::fmt;

use super::realm::Realm;
use super::right::Right;
use super::role::RoleName;

/// What a request needs to be let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing: no token is looked at.
    Public,
    /// Any valid token.
    Authenticated,
    /// One of these roles, held everywhere.
    Role(Vec<RoleName>),
    /// A right.
    Right {
        /// The right.
        right: Right,
        /// Where it must be held.
        realm: RealmRule,
    },
    /// A right, unless the request is about the caller himself: then any valid token.
    RightUnlessSelf {
        /// The right.
        right: Right,
        /// The query parameter that names whom the request is about; absent, it is the caller.
        parameter: &'static str,
    },
}

/// Where a right must be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealmRule {
    /// Everywhere: the requirement has no realm.
    Everywhere,
    /// In this realm.
    In(Realm),
    /// In the realm that the request names.
    From {
        /// Where the request names it.
        selector: Selector,
        /// What is needed when it names none.
        missing: IfMissing,
    },
}

/// Where a request names its realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// In a segment of the path, counted from 0.
    Path(usize),
    /// In a parameter of the query.
    Query(Box<str>),
    /// In a header field.
    Header(Box<str>),
}

/// What is needed when a request names no realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// The right in every realm.
    Every,
    /// The right in any realm; the upstream filters by `X-Auth-Realms`.
    Any,
}

impl Requirement {
    /// Whether it needs no token.
    pub fn is_public(&self) -> bool {
        *self == Self::Public
    }

    /// The segment of the path that names the realm, if one does.
    pub(crate) fn realm_segment(&self) -> Option<usize> {
        match self {
            Self::Right { realm: RealmRule::From { selector: Selector::Path(index), .. }, .. } => {
                Some(*index)
            }
            _ => None,
        }
    }

    /// Whether whoever meets this one surely meets `other` too. Says no where it would have to know the roles.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Public) => true,
            (mine, Self::Authenticated) => !mine.is_public(),
            (Self::Role(mine), Self::Role(theirs)) => mine.iter().all(|role| theirs.contains(role)),
            (mine, theirs) => mine == theirs,
        }
    }
}

/// `role admin or operator`, `right config:edit in realm Default`: a requirement in words.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("nothing"),
            Self::Authenticated => f.write_str("a valid token"),
            Self::Role(roles) => {
                let roles: Vec<_> = roles.iter().map(RoleName::as_str).collect();
                write!(f, "role {}", roles.join(" or "))
            }
            Self::Right { right, realm } => write!(f, "right {right}{realm}"),
            Self::RightUnlessSelf { right, .. } => write!(f, "right {right}, or for oneself any token"),
        }
    }
}

impl fmt::Display for RealmRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => Ok(()),
            Self::In(realm) => write!(f, " in realm {realm}"),
            Self::From { selector: Selector::Path(index), .. } => {
                write!(f, " in the realm that segment {} of the path names", index + 1)
            }
            Self::From { selector: Selector::Query(key), .. } => {
                write!(f, " in the realm that the query parameter `{key}` names")
            }
            Self::From { selector: Selector::Header(name), .. } => {
                write!(f, " in the realm that the header field {name} names")
            }
        }
    }
}
