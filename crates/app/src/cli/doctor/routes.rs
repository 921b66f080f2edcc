//! The routes: what lets too much through, and what decides on nothing.

use std::sync::Arc;

use portcullis_core::domain::endpoint::{DocsAccess, Endpoint, OwnAccess};
use portcullis_core::domain::method::Method;
use portcullis_core::domain::requirement::Requirement;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::route::{Destination, Enforcement, Pattern, Route};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable};

use super::codes;
use super::finding::Finding;
use super::seen::Seen;
use super::witnesses::{Witnesses, is_safe, methods};

/// What each route lets through.
pub(super) fn permissions(seen: &Seen<'_>) -> Vec<Finding> {
    seen.config.routes.listed().flat_map(|(_, route)| of_route(route, seen)).collect()
}

fn of_route(route: &Route, seen: &Seen<'_>) -> Vec<Finding> {
    let id = &route.id;
    let changing: Vec<_> = methods(route).into_iter().filter(|method| !is_safe(method)).collect();
    let mut found = vec![];
    if route.enforcement == Enforcement::Shadow {
        let mend = seen.edit("remove `enforce: false`, once the metrics and the log show no shadow refusals");
        found.push(codes::ROUTE_NOT_ENFORCED.found(format!("the route {id} is not enforced"), mend));
    }
    if !changing.is_empty() {
        let with = changing.join(", ");
        match route.requirement {
            Requirement::Public => {
                let title = format!("the route {id} is public, with {with} too");
                found.push(
                    codes::ROUTE_PUBLIC_CHANGE
                        .found(title, seen.edit("methods: [GET], or another `require`")),
                );
            }
            Requirement::Authenticated => {
                let title = format!("the route {id} asks for no more than a token, with {with} too");
                let mend = seen.edit("require: {right: …} for what changes something");
                found.push(codes::ROUTE_ANY_TOKEN_CHANGES.found(title, mend));
            }
            _ => {}
        }
    }
    found.extend(right_of_admins_alone(route, seen));
    found
}

/// A right that no role holds but by holding everything.
fn right_of_admins_alone(route: &Route, seen: &Seen<'_>) -> Option<Finding> {
    let Requirement::Right { right, .. } = &route.requirement else { return None };
    let everything = RightPattern::everything();
    let holding = seen.roles().holding(right);
    let mut others = holding.iter().filter_map(|role| seen.roles().get(role));
    if others.any(|role| !role.rights.contains(&everything)) {
        return None;
    }
    let title = format!("the route {} asks for {right}, which no role holds by itself", route.id);
    Some(
        codes::RIGHT_OF_ADMINS_ALONE
            .found(title, seen.edit("correct the right, or give it to a role below `roles`")),
    )
}

/// Routes that others leave nothing to, and such as stand in the way of our own endpoints.
pub(super) fn reach(seen: &Seen<'_>) -> Vec<Finding> {
    let table = &seen.config.routes;
    let witnesses = Witnesses::beside(table);
    let bare = without_routes(seen);
    let of = |(pattern, route): (&Pattern, &Arc<Route>)| -> Vec<Finding> {
        let paths = witnesses.of(pattern);
        let is_met = |method: &str| paths.iter().any(|path| leads_to(table, method, path, route));
        let (met, unmet): (Vec<&str>, Vec<&str>) =
            methods(route).into_iter().partition(|method| is_met(method));
        let mut found: Vec<_> = unmatched(route, &met, &unmet, seen).into_iter().collect();
        let over = met.iter().find_map(|method| {
            paths.iter().filter(|path| leads_to(table, method, path, route)).find_map(|path| {
                let (_, own) = bare.lead(&Method::new(method), path).ok()?;
                own.is_own().then(|| (method, path, own.id.clone()))
            })
        });
        found.extend(over.map(|(method, path, own)| {
            let title =
                format!("{method} {path} goes to the upstream, by the route {}, and not to {own}", route.id);
            codes::ROUTE_OVER_OWN_ENDPOINT
                .found(title, seen.edit("remove the route, or give it another path"))
        }));
        found
    };
    table.listed().flat_map(of).collect()
}

fn unmatched(route: &Route, met: &[&str], unmet: &[&str], seen: &Seen<'_>) -> Option<Finding> {
    let id = &route.id;
    match (met, unmet) {
        (_, []) => None,
        ([], _) => {
            let mend = seen.edit("remove it, or the more specific ones; `portcullis explain` says which route counts for a request");
            Some(codes::ROUTE_UNMATCHED.found(format!("no request meets the route {id}"), mend))
        }
        _ => {
            let title = format!("no request with {} meets the route {id}", unmet.join(", "));
            let mend = seen.edit(&format!("methods: [{}]", met.join(", ")));
            Some(codes::ROUTE_PARTLY_UNMATCHED.found(title, mend))
        }
    }
}

fn leads_to(table: &RouteTable, method: &str, path: &str, route: &Arc<Route>) -> bool {
    table.lead(&Method::new(method), path).is_ok_and(|(_, found)| Arc::ptr_eq(found, route))
}

/// Our own endpoints as they would be without any route.
fn without_routes(seen: &Seen<'_>) -> RouteTable {
    let mut own = seen.config.routes.own();
    let has_docs = own.any(|route| route.destination == Destination::Own(Endpoint::Docs));
    let docs = if has_docs { DocsAccess::Public } else { DocsAccess::Off };
    RouteTable::new(DefaultRule::Admin, OwnAccess { metrics: seen.config.metrics.access(), docs })
}
