//! Reading a map: by known keys, and without letting an unknown one pass.

use super::fault::{Fault, Faults, Position};
use super::field::Field;
use super::nearest::nearest;
use super::path::Path;
use super::tree::Map;

/// A map that can be read by its keys.
///
/// Read every key that is known, then tell [`MapReader::deny_unknown`] their names.
#[derive(Debug, Clone)]
pub struct MapReader<'a> {
    members: &'a Map,
    at: Position,
    path: Path,
}

impl<'a> MapReader<'a> {
    pub(super) fn new(members: &'a Map, at: Position, path: Path) -> Self {
        Self { members, at, path }
    }

    /// The value of a key; a key that says `null` is there, see [`Field::kind`].
    pub fn field(&self, key: &str) -> Option<Field<'a>> {
        self.members.get(key).map(|member| Field::new(&member.node, self.path.member(key)))
    }

    /// The keys that are there, for a map of which any may be, in their order as text.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().map(String::as_str)
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &str, faults: &mut Faults) -> Option<Field<'a>> {
        let field = self.field(key);
        if field.is_none() {
            faults.push(self.path.member(key).fault(self.at, "is missing"));
        }
        field
    }

    /// Notes every key that is not known, with the nearest known one if it could be a misspelling.
    pub fn deny_unknown(&self, known: &[&str], faults: &mut Faults) {
        for (key, member) in self.members {
            if known.contains(&key.as_str()) {
                continue;
            }
            let message = match nearest(key, known) {
                Some(meant) => format!("unknown key; did you mean `{meant}`?"),
                None => "unknown key".to_owned(),
            };
            faults.push(self.path.member(key).fault(member.key_at, message));
        }
    }

    /// Where the map begins.
    pub fn at(&self) -> Position {
        self.at
    }

    /// A fault of the map as a whole, for what only the caller can judge.
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        self.path.fault(self.at, message)
    }
}
