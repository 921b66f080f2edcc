//! The operations that the upstream describes, beside the routes: what nobody has decided on, and what readers may change.

use portcullis_core::domain::method::Method;
use portcullis_core::domain::requirement::Requirement;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::route::{Enforcement, Pattern, Route};
use portcullis_core::domain::route_table::{Misdirected, built_in_routes};

use super::codes;
use super::finding::{Finding, some_of};
use super::openapi::Operation;
use super::seen::Seen;
use super::witnesses::{Witnesses, is_safe, methods};

/// What is called so is no route of anybody's.
const DEFAULT_RULE: &str = "default";

/// Each operation beside the route that counts for it, and each route beside the operations.
pub(super) fn compared(seen: &Seen<'_>, operations: &[Operation]) -> Vec<Finding> {
    let witnesses = Witnesses::beside(&seen.config.routes);
    let mut found: Vec<_> =
        operations.iter().filter_map(|operation| of_operation(operation, &witnesses, seen)).collect();
    found.extend(idle_routes(seen, operations));
    found
}

fn of_operation(operation: &Operation, witnesses: &Witnesses, seen: &Seen<'_>) -> Option<Finding> {
    let Operation { method, path } = operation;
    let explain = || seen.command(&format!("explain --as USER {method} {}", witnesses.filled(path)));
    match seen.config.routes.lead(&Method::new(method), &witnesses.filled(path)) {
        Err(wrong) => {
            let title = format!("the gate refuses {operation} ({})", in_words(&wrong));
            Some(codes::OPERATION_REFUSED.found(title, explain()))
        }
        Ok((_, route)) if route.is_own() => {
            let title = format!("{operation} is the gate's own {}", route.id);
            Some(codes::OPERATION_ANSWERED_HERE.found(title, "nothing, if that is meant"))
        }
        Ok((_, route)) if route.id.as_str() == DEFAULT_RULE => {
            let mend = seen.edit(&format!("routes: - {{path: \"{path}\", methods: [{method}], require: …}}"));
            Some(codes::OPERATION_UNCOVERED.found(format!("no route covers {operation}"), mend))
        }
        Ok(_) if is_safe(method) => None,
        Ok((_, route)) => open_to(route, operation, seen),
    }
}

/// An operation that changes something, and is open to those who are to look only.
fn open_to(route: &Route, operation: &Operation, seen: &Seen<'_>) -> Option<Finding> {
    let mend = seen.edit(&format!("another `require` for the route {}", route.id));
    let title =
        |who: &str| format!("{operation} changes something, and is open to {who} by the route {}", route.id);
    let to_readers = |who: &str| Some(codes::OPERATION_OPEN_TO_READERS.found(title(who), &mend));
    let is_shadow = route.enforcement == Enforcement::Shadow;
    let mut readers: Vec<RoleName> = match &route.requirement {
        Requirement::Public => return Some(codes::OPERATION_OPEN.found(title("anybody"), mend)),
        Requirement::Authenticated => return to_readers("whoever has a token"),
        _ if is_shadow => return to_readers("whoever has a token"),
        Requirement::Role(roles) => roles.iter().filter(|role| is_reader(role, seen)).cloned().collect(),
        Requirement::Right { right, .. } | Requirement::RightUnlessSelf { right, .. } => {
            seen.roles().holding(right).into_iter().filter(|role| is_reader(role, seen)).collect()
        }
    };
    readers.sort_by(|one, other| one.key().cmp(other.key()));
    if readers.is_empty() { None } else { to_readers(&format!("the role {}", some_of(&readers))) }
}

/// Whether a role holds rights to look, and no others.
fn is_reader(role: &RoleName, seen: &Seen<'_>) -> bool {
    let rights = seen.roles().get(role).map(|role| role.rights.as_slice()).unwrap_or_default();
    !rights.is_empty() && rights.iter().all(|right| right.as_str().ends_with(":view"))
}

/// Routes of the configuration that no operation meets.
fn idle_routes(seen: &Seen<'_>, operations: &[Operation]) -> Vec<Finding> {
    // The built-in table is the BNG's, whatever this upstream has of it.
    let built_in: Vec<_> = built_in_routes().into_iter().map(|(_, route)| route.id).collect();
    let is_built_in = seen.config.routes.listed().all(|(_, route)| built_in.contains(&route.id));
    let is_met = |pattern: &Pattern, route: &Route| {
        operations.iter().any(|operation| {
            methods(route).contains(&operation.method.as_str()) && can_meet(pattern.as_str(), &operation.path)
        })
    };
    let routes = seen.config.routes.listed().filter(|_| !is_built_in);
    let idle = routes.filter(|(pattern, route)| !is_met(pattern, route));
    idle.map(|(_, route)| {
        let mend = seen.edit("correct its path or its methods, or remove it");
        codes::ROUTE_WITHOUT_OPERATION.found(format!("the route {} is for no operation", route.id), mend)
    })
    .collect()
}

/// Whether some request is of both: of the pattern of a route, and of the path of an operation.
fn can_meet(pattern: &str, path: &str) -> bool {
    let (fixed, is_open) = pattern.strip_suffix("/**").map_or((pattern, false), |fixed| (fixed, true));
    let (mut mine, mut theirs) = (fixed.split('/'), path.split('/'));
    loop {
        match (mine.next(), theirs.next()) {
            (None, None) => return true,
            (None, Some(_)) => return is_open,
            (Some(_), None) => return false,
            (Some(one), Some(other)) => {
                let is_open = |segment: &str| segment.contains('{');
                if one != other && !is_open(one) && !is_open(other) {
                    return false;
                }
            }
        }
    }
}

fn in_words(wrong: &Misdirected) -> String {
    match wrong {
        Misdirected::Path(fault) => fault.to_string(),
        Misdirected::Method(_) => "this method is not served there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_and_an_operation_meet_where_some_request_is_of_both() {
        for (pattern, path) in [
            ("/a", "/a"),
            ("/a/{x}", "/a/b"),
            ("/a/b", "/a/{x}"),
            ("/a/**", "/a/b/c"),
            ("/a/**", "/a"),
            ("/**", "/a"),
        ] {
            assert!(can_meet(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("/a", "/b"), ("/a", "/a/b"), ("/a/{x}", "/a"), ("/a/b/**", "/a"), ("/a/**", "/b/a")]
        {
            assert!(!can_meet(pattern, path), "{pattern} {path}");
        }
    }
}
