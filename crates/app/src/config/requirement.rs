//! What a route requires: `public`, `authenticated`, a role, or a right and where it must be held.

use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::{RoleBook, RoleName};
use portcullis_core::domain::route::Pattern;
use portcullis_guard::names::{Family, family};
use portcullis_store_yaml::document::{Faults, Field, Kind, MapReader, shown};
use portcullis_store_yaml::role_names::known_role;

use super::methods::is_token;

const FORMS: &str = "public, authenticated, {role: name} or {right: area:action}";

/// The longest query parameter that can name a realm, in characters.
const LONGEST_PARAMETER: usize = 128;

/// The requirement of a route. Its pattern is missing only if that has a fault of its own.
pub(super) fn requirement(
    field: &Field<'_>,
    pattern: Option<&Pattern>,
    roles: &RoleBook,
    faults: &mut Faults,
) -> Option<Requirement> {
    if field.kind() != Kind::Map {
        return read_word(field, faults);
    }
    let map = field.map(faults)?;
    map.deny_unknown(&["role", "right", "realm", "missing"], faults);
    match (map.field("role"), map.field("right")) {
        (Some(role), None) => {
            deny_beside_role(&map, faults);
            read_roles(&role, roles, faults).map(Requirement::Role)
        }
        (None, Some(right)) => {
            let right = read_right(&right, faults);
            let realm = read_realm_rule(&map, pattern, faults);
            Some(Requirement::Right { right: right?, realm: realm? })
        }
        (Some(_), Some(_)) => {
            faults.push(field.fault("only one of `role` and `right` can stand here"));
            None
        }
        (None, None) => {
            faults.push(field.fault(format!("expected {FORMS}")));
            None
        }
    }
}

fn read_word(field: &Field<'_>, faults: &mut Faults) -> Option<Requirement> {
    let text: String = field.parse(FORMS, faults)?;
    match text.as_str() {
        "public" => Some(Requirement::Public),
        "authenticated" => Some(Requirement::Authenticated),
        _ => {
            faults.push(field.fault(format!("expected {FORMS}, found `{}`", shown(&text))));
            None
        }
    }
}

/// A role of one realm alone meets no requirement by role, so that a realm beside it would promise what isn't so.
fn deny_beside_role(map: &MapReader<'_>, faults: &mut Faults) {
    for key in ["realm", "missing"] {
        if let Some(field) = map.field(key) {
            faults.push(field.fault("belongs to `right`, not to `role`"));
        }
    }
}

fn read_roles(field: &Field<'_>, roles: &RoleBook, faults: &mut Faults) -> Option<Vec<RoleName>> {
    let items = if field.kind() == Kind::List { field.list(faults) } else { vec![field.clone()] };
    if items.is_empty() {
        faults.push(field.fault("names no role, so that nobody could meet it"));
    }
    let mut names = Vec::new();
    for item in items {
        match known_role(item.scalar(faults)?, roles) {
            Ok(name) if names.contains(&name) => faults.push(item.fault("is there twice")),
            Ok(name) => names.push(name),
            Err(message) => faults.push(item.fault(message)),
        }
    }
    Some(names)
}

fn read_right(field: &Field<'_>, faults: &mut Faults) -> Option<Right> {
    let text = field.scalar(faults)?;
    let right = Right::parse(text);
    right.map_err(|error| faults.push(field.fault(format!("{error}, found `{}`", shown(text))))).ok()
}

/// Where the right must be held: everywhere, in one realm, or in the one that the request names.
fn read_realm_rule(map: &MapReader<'_>, pattern: Option<&Pattern>, faults: &mut Faults) -> Option<RealmRule> {
    let missing = map.field("missing");
    let realm = map.field("realm");
    if let Some(selector) = realm.as_ref().filter(|realm| realm.kind() == Kind::Map) {
        let missing = match missing {
            None => Some(IfMissing::Every),
            Some(missing) => read_missing(&missing, faults),
        };
        let selector = read_selector(selector, pattern, faults);
        return Some(RealmRule::From { selector: selector?, missing: missing? });
    }
    if let Some(missing) = missing {
        faults.push(missing.fault("has a meaning only beside a `realm` that the request names"));
    }
    realm.map_or(Some(RealmRule::Everywhere), |realm| read_realm(&realm, faults).map(RealmRule::In))
}

fn read_realm(field: &Field<'_>, faults: &mut Faults) -> Option<Realm> {
    let text: String = field.parse("a realm, or {path: …}, {query: …} or {header: …}", faults)?;
    Realm::parse(&text).map_err(|error| faults.push(field.fault(error.to_string()))).ok()
}

fn read_missing(field: &Field<'_>, faults: &mut Faults) -> Option<IfMissing> {
    let expected = "any or every";
    let text: String = field.parse(expected, faults)?;
    match text.as_str() {
        "any" => Some(IfMissing::Any),
        "every" => Some(IfMissing::Every),
        _ => {
            faults.push(field.fault(format!("expected {expected}, found `{}`", shown(&text))));
            None
        }
    }
}

fn read_selector(field: &Field<'_>, pattern: Option<&Pattern>, faults: &mut Faults) -> Option<Selector> {
    let map = field.map(faults)?;
    map.deny_unknown(&["path", "query", "header"], faults);
    match (map.field("path"), map.field("query"), map.field("header")) {
        (Some(path), None, None) => select_parameter(&path, pattern, faults),
        (None, Some(query), None) => select_query(&query, faults),
        (None, None, Some(header)) => select_header(&header, faults),
        _ => {
            faults.push(field.fault("expected one of `path`, `query` and `header`"));
            None
        }
    }
}

fn select_parameter(field: &Field<'_>, pattern: Option<&Pattern>, faults: &mut Faults) -> Option<Selector> {
    let name = field.scalar(faults)?;
    let pattern = pattern?;
    let place = pattern.parameter(name);
    if place.is_none() {
        faults.push(field.fault(format!(
            "`{}` has no parameter {{{}}}",
            shown(pattern.as_str()),
            shown(name)
        )));
    }
    place.map(Selector::Path)
}

fn select_query(field: &Field<'_>, faults: &mut Faults) -> Option<Selector> {
    let key = field.scalar(faults)?;
    if (1..=LONGEST_PARAMETER).contains(&key.chars().count()) && !key.chars().any(char::is_control) {
        return Some(Selector::Query(key.into()));
    }
    faults.push(field.fault(format!("expected the name of a query parameter, found `{}`", shown(key))));
    None
}

/// What the upstream doesn't get to see as the client sent it can't be what was decided on.
fn select_header(field: &Field<'_>, faults: &mut Faults) -> Option<Selector> {
    let name = field.scalar(faults)?;
    if !is_token(name) {
        faults.push(field.fault(format!("expected the name of a header field, found `{}`", shown(name))));
        return None;
    }
    if family(&name.to_ascii_lowercase()) != Family::Other {
        faults.push(field.fault(format!("`{name}` does not reach the upstream as the client sends it")));
        return None;
    }
    Some(Selector::Header(name.into()))
}
