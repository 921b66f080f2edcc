//! Reading a value: every reader notes what is wrong and goes on, so that one pass finds all faults.

use std::str::FromStr;

use super::fault::{Fault, Faults, Position};
use super::map_reader::MapReader;
use super::path::Path;
use super::shown::shown;
use super::tree::{Flaw, Node, Scalar, Value};

/// What stands at a [`Field`], for keys that take more than one kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A single value: text, whatever it looks like.
    Scalar,
    /// A list.
    List,
    /// A map.
    Map,
}

/// A value that can be read, with its place and its key. A flaw of it is noted when it is read.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    node: &'a Node,
    path: Path,
}

impl<'a> Field<'a> {
    pub(super) fn new(node: &'a Node, path: Path) -> Self {
        Self { node, path }
    }

    /// The member of a map that others share: only flaws of that member are noted, and null has no members.
    pub(super) fn section(&self, name: &str, faults: &mut Faults) -> Option<Self> {
        match &self.node.body.value {
            Value::Map(members) => {
                let concerned = |flaw: &&Flaw| flaw.key.as_deref() == Some(name);
                self.note_flaws(self.node.body.flaws.iter().filter(concerned), faults);
                members.get(name).map(|member| Self::new(&member.node, self.path.member(name)))
            }
            Value::Null => None,
            Value::Scalar(_) | Value::List(_) => {
                self.note_kind("a map", faults);
                None
            }
        }
    }

    /// Where the value stands; the place of the alias if it is one.
    pub fn at(&self) -> Position {
        self.node.at
    }

    /// The key from the root, such as `api.users[1].role`.
    pub fn path(&self) -> &str {
        self.path.as_str()
    }

    /// What stands here.
    pub fn kind(&self) -> Kind {
        match &self.node.body.value {
            Value::Null => Kind::Null,
            Value::Scalar(_) => Kind::Scalar,
            Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
        }
    }

    /// Keeps the value out of every message. Not needed for keys that name a password or a secret, and for what
    /// stands below them.
    #[must_use]
    pub fn secret(self) -> Self {
        Self { path: self.path.hidden(), ..self }
    }

    /// A fault of this value, for what only the caller can judge.
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        self.path.fault(self.node.at, message)
    }

    /// The text of a single value, whether quoted or not. Null, a list and a map are faults.
    pub fn scalar(&self, faults: &mut Faults) -> Option<&'a str> {
        self.single("a single value", faults).map(|scalar| scalar.text.as_str())
    }

    /// A single value of a type; what can't be parsed is the fault ``expected {expected}, found `…` ``.
    pub fn parse<T: FromStr>(&self, expected: &str, faults: &mut Faults) -> Option<T> {
        let scalar = self.single(expected, faults)?;
        let value = scalar.text.parse().ok();
        if value.is_none() {
            self.note_value(expected, scalar, faults);
        }
        value
    }

    /// Plain `true` or `false` in one of the spellings of YAML 1.2.2, 10.3.2; `yes` and `"true"` are text.
    pub fn bool(&self, faults: &mut Faults) -> Option<bool> {
        let expected = "true or false";
        let scalar = self.single(expected, faults)?;
        match scalar.text.as_str() {
            "true" | "True" | "TRUE" if scalar.plain => Some(true),
            "false" | "False" | "FALSE" if scalar.plain => Some(false),
            _ => {
                self.note_value(expected, scalar, faults);
                None
            }
        }
    }

    /// The items of a list; none if it is not a list, which is a fault.
    pub fn list(&self, faults: &mut Faults) -> Vec<Field<'a>> {
        self.note_flaws(&self.node.body.flaws, faults);
        let Value::List(items) = &self.node.body.value else {
            self.note_kind("a list", faults);
            return Vec::new();
        };
        items.iter().enumerate().map(|(index, node)| Self::new(node, self.path.item(index))).collect()
    }

    /// The map that stands here; anything else is a fault.
    pub fn map(&self, faults: &mut Faults) -> Option<MapReader<'a>> {
        self.note_flaws(&self.node.body.flaws, faults);
        let Value::Map(members) = &self.node.body.value else {
            self.note_kind("a map", faults);
            return None;
        };
        Some(MapReader::new(members, self.node.at, self.path.clone()))
    }

    fn single(&self, expected: &str, faults: &mut Faults) -> Option<&'a Scalar> {
        self.note_flaws(&self.node.body.flaws, faults);
        match &self.node.body.value {
            Value::Scalar(scalar) => self.node.body.flaws.is_empty().then_some(scalar),
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.note_kind(expected, faults);
                None
            }
        }
    }

    fn note_flaws<'f>(&self, flaws: impl IntoIterator<Item = &'f Flaw>, faults: &mut Faults) {
        for Flaw { at, key, message } in flaws {
            let path = key.as_ref().map_or_else(|| self.path.clone(), |key| self.path.member(key));
            faults.push(path.fault(*at, message));
        }
    }

    /// The wrong kind of value. What it says is not shown: it may be a secret in a wrong place.
    fn note_kind(&self, expected: &str, faults: &mut Faults) {
        let found = match self.kind() {
            // The tag has been noted, and what the value means without it is unknown.
            Kind::Null | Kind::Scalar if !self.node.body.flaws.is_empty() => return,
            Kind::Null => "nothing",
            Kind::Scalar => "text",
            Kind::List => "a list",
            Kind::Map => "a map",
        };
        faults.push(self.fault(format!("expected {expected}, found {found}")));
    }

    /// The wrong text, shown as it is written unless it is secret.
    fn note_value(&self, expected: &str, scalar: &Scalar, faults: &mut Faults) {
        let found = match (self.path.is_secret(), scalar.plain) {
            (true, _) => "something else".to_owned(),
            (false, true) => format!("`{}`", shown(&scalar.text)),
            (false, false) => format!("`\"{}\"`", shown(&scalar.text)),
        };
        faults.push(self.fault(format!("expected {expected}, found {found}")));
    }
}
