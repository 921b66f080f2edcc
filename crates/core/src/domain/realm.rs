//! Realms: the parts of a network in which a right may be held apart from the rest.

use super::name::{caseless_name, is_free_name};

caseless_name!(
    /// The name of a realm, such as `Default` or `pop-syd`; compared without case.
    Realm,
    "a realm name",
    "1 to 64 characters, no control characters, no space at either end",
    is_free_name
);

/// Which realm a request asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealmAsked {
    /// The requirement has no realm: it is about everything.
    Everywhere,
    /// This one.
    Named(Realm),
    /// The requirement has a realm, but the request names none.
    Unnamed,
}
