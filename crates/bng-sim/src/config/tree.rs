//! A configuration as a tree of sections with values at the leaves: editing and comparing it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::envelope::Fault;

/// The way to a section or value, `interfaces/eth1/mtu`. A slash, since interface names have dots.
#[derive(Debug)]
pub(crate) struct TreePath {
    sections: Vec<String>,
    last: String,
}

impl TreePath {
    /// Reads a path; 422 if it or one of its parts is empty.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let mut parts: Vec<String> = text.split('/').map(str::to_owned).collect();
        if parts.iter().any(String::is_empty) {
            return Err(Fault::invalid("path must be names separated by single slashes"));
        }
        let last = parts.pop().ok_or_else(|| Fault::invalid("path is empty"))?;
        Ok(Self { sections: parts, last })
    }
}

/// One value that is not the same in two configurations.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    pub(crate) path: String,
    pub(crate) change: Change,
    pub(crate) running: Option<Value>,
    pub(crate) candidate: Option<Value>,
}

/// What a commit would do with a value.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    Added,
    Removed,
    Changed,
}

/// Puts `value` at `path` and makes the sections on the way; 409, with nothing changed, if one of them is a value.
pub(crate) fn set(root: &mut Value, path: &TreePath, value: Value) -> Result<(), Fault> {
    let mut section = root;
    for name in &path.sections {
        section =
            as_section(section, name)?.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new()));
    }
    as_section(section, &path.last)?.insert(path.last.clone(), value);
    Ok(())
}

/// Removes what is at `path`; 404 if nothing is.
pub(crate) fn delete(root: &mut Value, path: &TreePath) -> Result<(), Fault> {
    let section = path.sections.iter().try_fold(root, |section, name| section.get_mut(name.as_str()));
    section
        .and_then(Value::as_object_mut)
        .and_then(|section| section.remove(&path.last))
        .map(drop)
        .ok_or_else(|| Fault::not_found("Nothing is configured there"))
}

/// What has to change in `running` to make it `candidate`, in the order of the paths.
pub(crate) fn compare(running: &Value, candidate: &Value) -> Vec<Difference> {
    let (before, after) = (leaves(running), leaves(candidate));
    let removed_or_changed = before.iter().filter_map(|(path, old)| match after.get(path) {
        None => Some(difference(path, Change::Removed, Some(old), None)),
        Some(new) if new != old => Some(difference(path, Change::Changed, Some(old), Some(new))),
        Some(_) => None,
    });
    let added = after
        .iter()
        .filter(|(path, _)| !before.contains_key(*path))
        .map(|(path, new)| difference(path, Change::Added, None, Some(new)));
    let mut all: Vec<_> = removed_or_changed.chain(added).collect();
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all
}

fn as_section<'a>(value: &'a mut Value, name: &str) -> Result<&'a mut Map<String, Value>, Fault> {
    value.as_object_mut().ok_or_else(|| Fault::conflict(format!("What '{name}' would be below is a value")))
}

fn difference(path: &str, change: Change, running: Option<&Value>, candidate: Option<&Value>) -> Difference {
    Difference { path: path.to_owned(), change, running: running.cloned(), candidate: candidate.cloned() }
}

/// Every value with its path. An empty section counts as one, or making one would not be seen as a change.
fn leaves(root: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    collect(root, String::new(), &mut found);
    found
}

fn collect<'a>(value: &'a Value, path: String, found: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Object(section) if !section.is_empty() => {
            for (name, inner) in section {
                let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                collect(inner, below, found);
            }
        }
        _ => drop(found.insert(path, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Change, TreePath, compare, delete, set};

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    #[test]
    fn a_path_has_no_empty_part() {
        for wrong in ["", "/", "/a", "a/", "a//b"] {
            assert!(TreePath::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn setting_makes_the_sections_on_the_way() {
        let mut tree = json!({});
        set(&mut tree, &path("interfaces/eth1.100/mtu"), json!(1508)).unwrap();
        assert_eq!(tree, json!({"interfaces": {"eth1.100": {"mtu": 1508}}}));
    }

    #[test]
    fn setting_below_a_value_is_refused_and_changes_nothing() {
        let before = json!({"a": {"b": 1}});
        let mut tree = before.clone();
        assert!(set(&mut tree, &path("a/b/c"), json!(2)).is_err());
        assert!(set(&mut tree, &path("a/b/c/d"), json!(2)).is_err());
        assert_eq!(tree, before);
    }

    #[test]
    fn a_whole_section_can_be_deleted() {
        let mut tree = json!({"a": {"b": 1, "c": 2}, "d": 3});
        delete(&mut tree, &path("a")).unwrap();
        assert_eq!(tree, json!({"d": 3}));
    }

    #[test]
    fn deleting_what_is_not_there_is_refused() {
        let mut tree = json!({"a": {"b": 1}});
        for nothing in ["x", "a/x", "a/b/c", "x/y/z"] {
            assert!(delete(&mut tree, &path(nothing)).is_err(), "{nothing}");
        }
    }

    #[test]
    fn comparing_tells_added_removed_and_changed_apart() {
        let found =
            compare(&json!({"a": {"x": 1, "y": 2}, "b": 3}), &json!({"a": {"x": 1, "y": 5}, "c": {}}));
        let found: Vec<_> = found.iter().map(|one| (one.path.as_str(), &one.change)).collect();
        assert_eq!(found, [("a/y", &Change::Changed), ("b", &Change::Removed), ("c", &Change::Added)]);
    }
}
