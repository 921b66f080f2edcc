//! What a plan is made of: one change, with the request that shows it.

use std::fmt;

use super::Words;
use super::who::Who;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::request::{AmbiguousField, Fields};
use crate::domain::route::RouteId;

/// Which way a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The new configuration lets through what the old one refuses.
    Gain,
    /// The new configuration refuses what the old one lets through.
    Loss,
}

/// A request that one configuration lets through and the other one refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The method.
    pub method: String,
    /// Path and query, as they stand on the wire.
    pub target: String,
    /// Header fields: those in which routes look for a realm.
    pub fields: Vec<(String, String)>,
}

/// In which realms a change is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Of those that a configuration mentions, these.
    pub named: Vec<Realm>,
    /// Whether these are all that are mentioned.
    pub is_all_named: bool,
    /// Those that no configuration mentions.
    pub others: bool,
    /// Where the request names none, though a route would like to know.
    pub unnamed: bool,
}

/// Something that somebody gains or loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub who: Who,
    /// Whether he gains or loses it.
    pub direction: Direction,
    /// A request that shows it.
    pub witness: Witness,
    /// The methods with which it is so.
    pub methods: Vec<String>,
    /// The route that lets the request through, where it is let through.
    pub route: RouteId,
    /// The route that counts in the other configuration; none where the request leads to none there.
    pub other: Option<RouteId>,
    /// The realms in which it is so.
    pub realms: Reach,
    /// Why the other configuration refuses the witness.
    pub reason: String,
}

impl Change {
    /// Adds what is between the same two routes.
    pub(super) fn also(&mut self, methods: &[String], asked: &RealmAsked, words: &Words) {
        let new = methods.iter().filter(|method| !self.methods.contains(method));
        self.methods.extend(new.cloned().collect::<Vec<_>>());
        let realms = &mut self.realms;
        match asked {
            RealmAsked::Everywhere => {}
            RealmAsked::Unnamed => realms.unnamed = true,
            RealmAsked::Named(realm) if !words.realms.contains(realm) => realms.others = true,
            RealmAsked::Named(realm) if realms.named.contains(realm) => {}
            RealmAsked::Named(realm) => realms.named.push(realm.clone()),
        }
        realms.is_all_named = realms.named.len() == words.realms.len();
    }

    /// Whether `other` is the same change of the same role, held in another place.
    pub(super) fn tells_already(&self, other: &Self) -> bool {
        let is_example = matches!(other.who, Who::RoleIn(..));
        is_example
            && self.who.role() == other.who.role()
            && self.direction == other.direction
            && self.route == other.route
            && self.other == other.other
    }
}

/// `every realm`, `pop-syd, any other, none named`.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![];
        if self.is_all_named && self.others {
            parts.push("every realm".to_owned());
        } else {
            parts.extend(self.named.iter().map(|realm| format!("realm {realm}")));
            parts.extend(self.others.then(|| "any other realm".to_owned()));
        }
        parts.extend(self.unnamed.then(|| "no realm named".to_owned()));
        f.write_str(&parts.join(", "))
    }
}

/// `GET /devices?realm=pop-syd`, and after a `with` the header fields.
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        for (index, (name, value)) in self.fields.iter().enumerate() {
            write!(f, "{}{name}: {value}", if index == 0 { " with " } else { ", " })?;
        }
        Ok(())
    }
}

impl Fields for Witness {
    fn only(&self, name: &str) -> Result<Option<&str>, AmbiguousField> {
        let field = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Ok(field.map(|(_, value)| value.as_str()))
    }
}
