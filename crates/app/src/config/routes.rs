//! `routes`: the table of what a request needs.

use std::collections::HashMap;

use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::route::RouteId;
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
) -> RouteTable {
    match list {
        Some(list) => configured(list, RouteTable::new(DefaultRule::Admin, own), roles, faults),
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

/// A conflict with another route, whose place is told, or with an endpoint of ours, which has none.
fn told(conflict: &RouteConflict, places: &HashMap<RouteId, Position>) -> String {
    let RouteConflict { first, second } = conflict;
    match places.get(first) {
        Some(place) => format!("{conflict}; `{first}` is in {place}"),
        None => format!("`{second}` can't be a route: `{first}` is answered by Portcullis itself"),
    }
}
