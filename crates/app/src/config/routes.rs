//! `routes`: the table of what a request needs.

use std::collections::HashMap;

use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::route::{Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteConflict, RouteTable, built_in_routes};
use portcullis_store_yaml::document::{Fault, Faults, Field, Position};

use super::route::read_route;

/// The routes of the file, an empty list too, with the strict default rule; without a list the BNG's own table and
/// rule.
pub(super) fn table(
    list: Option<&Field<'_>>,
    own: OwnAccess,
    roles: &RoleBook,
    faults: &mut Faults,
    warnings: &mut Vec<String>,
) -> RouteTable {
    match list {
        Some(list) => {
            let table = configured(list, RouteTable::new(DefaultRule::Admin, own), roles, faults);
            warnings.extend(twins_but_for_case(&table));
            table
        }
        None => built_in(RouteTable::new(DefaultRule::OperatorMayRead, own), faults),
    }
}

fn built_in(mut table: RouteTable, faults: &mut Faults) -> RouteTable {
    for (pattern, route) in built_in_routes() {
        if let Err(conflict) = table.add(pattern, route) {
            faults.push(Fault { at: None, key: "built-in routes".to_owned(), message: conflict.to_string() });
        }
    }
    table
}

fn configured(list: &Field<'_>, mut table: RouteTable, roles: &RoleBook, faults: &mut Faults) -> RouteTable {
    let mut places: HashMap<RouteId, Position> = HashMap::new();
    for item in list.list(faults) {
        let Some((pattern, route)) = read_route(&item, roles, faults) else { continue };
        let id = route.id.clone();
        if let Some(first) = places.get(&id) {
            faults.push(item.fault(format!("the route `{id}` is there twice; the first is in {first}")));
            continue;
        }
        match table.add(pattern, route) {
            Ok(()) => {
                places.insert(id, item.at());
            }
            Err(conflict) => faults.push(item.fault(told(&conflict, &places))),
        }
    }
    table
}

/// Routes that a server which ignores case would take for one another: the gate refuses the paths of both (400), since
/// it can't know what the upstream makes of them.
fn twins_but_for_case(table: &RouteTable) -> Vec<String> {
    let mut seen: HashMap<String, Vec<&Route>> = HashMap::new();
    let mut warnings = vec![];
    for (pattern, route) in table.listed() {
        let others = seen.entry(pattern.as_str().to_ascii_lowercase()).or_default();
        let is_twin =
            |other: &&&Route| route.methods.meets(&other.methods) && !route.needs_the_same_as(other);
        if let Some(other) = others.iter().find(is_twin) {
            let (first, second) = (&other.id, &route.id);
            warnings.push(format!(
                "`{first}` and `{second}` differ in case alone and need different things, so that no request gets to either"
            ));
        }
        others.push(route);
    }
    warnings
}

/// A conflict with another route, whose place is told, or with an endpoint of ours, which has none.
fn told(conflict: &RouteConflict, places: &HashMap<RouteId, Position>) -> String {
    let RouteConflict { first, second } = conflict;
    match places.get(first) {
        Some(place) => format!("{conflict}; `{first}` is in {place}"),
        None => format!("`{second}` can't be a route: `{first}` is answered by Portcullis itself"),
    }
}
