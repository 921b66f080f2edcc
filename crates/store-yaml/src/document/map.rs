//! A map under construction: keys that stand twice, keys that are no text, and merge keys.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::fault::Position;
use super::tree::{Body, Flaw, Map, Member, Node, Value};

/// The key under which YAML 1.1 takes over the members of other maps.
const MERGE_KEY: &str = "<<";

/// Takes keys and values by turns.
#[derive(Default)]
pub(super) struct OpenMap {
    members: Map,
    merged: Option<Member>,
    key: Option<Key>,
    flaws: Vec<Flaw>,
}

enum Key {
    Named(String, Position),
    Merge(Position),
    /// The key is a list, a map or null: its value cannot be asked for.
    Unnamed,
}

impl OpenMap {
    /// Whether the next node is a value.
    pub(super) fn awaits_value(&self) -> bool {
        self.key.is_some()
    }

    /// Takes the next node: a key, or the value of the key before it.
    pub(super) fn take(&mut self, node: Node) {
        match self.key.take() {
            None => self.key = Some(self.key_of(node)),
            Some(Key::Named(name, key_at)) => self.insert(name, Member { key_at, node }),
            Some(Key::Merge(key_at)) => match &self.merged {
                None => self.merged = Some(Member { key_at, node }),
                Some(first) => self.flaws.push(given_twice(MERGE_KEY, key_at, first.key_at)),
            },
            Some(Key::Unnamed) => {}
        }
    }

    /// The members, with those that are merged in, and the flaws.
    pub(super) fn close(mut self) -> (Map, Vec<Flaw>) {
        if let Some(merged) = self.merged.take() {
            self.merge(merged.node);
        }
        (self.members, self.flaws)
    }

    fn key_of(&mut self, node: Node) -> Key {
        let at = node.at;
        let Body { value, flaws } = Arc::unwrap_or_clone(node.body);
        self.flaws.extend(flaws);
        match value {
            Value::Scalar(scalar) if scalar.plain && scalar.text == MERGE_KEY => Key::Merge(at),
            Value::Scalar(scalar) => Key::Named(scalar.text, at),
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.flaws.push(Flaw { at, key: None, message: "a key must be text".to_owned() });
                Key::Unnamed
            }
        }
    }

    /// The first of two equal keys stays; that there is a second is a flaw.
    fn insert(&mut self, name: String, member: Member) {
        match self.members.entry(name) {
            Entry::Vacant(vacant) => {
                vacant.insert(member);
            }
            Entry::Occupied(first) => {
                self.flaws.push(given_twice(first.key(), member.key_at, first.get().key_at));
            }
        }
    }

    /// Takes over a map, or the maps of a list: own keys win, then those of earlier maps.
    fn merge(&mut self, source: Node) {
        let at = source.at;
        let Body { value, flaws } = Arc::unwrap_or_clone(source.body);
        self.flaws.extend(flaws);
        match value {
            Value::Map(members) => self.adopt(members),
            Value::List(items) => items.into_iter().for_each(|item| self.merge_item(item)),
            Value::Null | Value::Scalar(_) => self.flaws.push(not_a_map(at)),
        }
    }

    fn merge_item(&mut self, item: Node) {
        let at = item.at;
        let Body { value, flaws } = Arc::unwrap_or_clone(item.body);
        self.flaws.extend(flaws);
        match value {
            Value::Map(members) => self.adopt(members),
            Value::Null | Value::Scalar(_) | Value::List(_) => self.flaws.push(not_a_map(at)),
        }
    }

    fn adopt(&mut self, members: Map) {
        for (name, member) in members {
            self.members.entry(name).or_insert(member);
        }
    }
}

fn given_twice(key: &str, at: Position, first_at: Position) -> Flaw {
    Flaw { at, key: Some(key.to_owned()), message: format!("given twice; first in {first_at}") }
}

fn not_a_map(at: Position) -> Flaw {
    let message = "only a map or a list of maps can be merged".to_owned();
    Flaw { at, key: Some(MERGE_KEY.to_owned()), message }
}
