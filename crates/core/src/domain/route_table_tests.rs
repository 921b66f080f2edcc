//! Which route counts, what has none, and which routes can't stand side by side.

#[path = "route_table_reading_tests.rs"]
mod readings;

use proptest::prelude::*;

use super::*;
use crate::domain::endpoint::{DocsAccess, MetricsAccess};
use crate::domain::route::Enforcement;

const ADMIN: &[&str] = &["admin"];

/// A route that needs one of these roles; with no roles, any token. No methods: every standard one.
fn route(methods: &[&str], path: &str, roles: &[&str]) -> (Pattern, Route) {
    let pattern = Pattern::parse(path).unwrap();
    let mut set = MethodSet::default();
    for method in methods {
        set.insert(&Method::new(method));
    }
    let set = if methods.is_empty() { MethodSet::standard() } else { set };
    let roles: Vec<_> = roles.iter().map(|role| RoleName::parse(role).unwrap()).collect();
    let requirement = if roles.is_empty() { Requirement::Authenticated } else { Requirement::Role(roles) };
    let id = RouteId::new(&set, &pattern);
    (pattern, Route::to_upstream(id, set, requirement))
}

fn public(path: &str) -> (Pattern, Route) {
    let (pattern, mut route) = route(&[], path, &[]);
    route.requirement = Requirement::Public;
    (pattern, route)
}

fn forwarding((pattern, mut route): (Pattern, Route)) -> (Pattern, Route) {
    route.encoded_delimiters = EncodedDelimiters::Forward;
    (pattern, route)
}

fn shadow((pattern, mut route): (Pattern, Route)) -> (Pattern, Route) {
    route.enforcement = Enforcement::Shadow;
    (pattern, route)
}

fn bare(default: DefaultRule) -> RouteTable {
    RouteTable::new(default, OwnAccess::default())
}

fn table(routes: impl IntoIterator<Item = (Pattern, Route)>) -> RouteTable {
    filled(DefaultRule::Admin, routes)
}

fn filled(default: DefaultRule, routes: impl IntoIterator<Item = (Pattern, Route)>) -> RouteTable {
    let mut table = bare(default);
    for (pattern, route) in routes {
        table.add(pattern, route).unwrap();
    }
    table
}

/// The name of the route that is found.
fn found(table: &RouteTable, method: &str, raw: &str) -> Result<String, Misdirected> {
    let target = Target::parse(raw).map_err(Misdirected::Path)?;
    table.find(&target, &Method::new(method)).map(|route| route.id.to_string())
}

/// Checks the names that a `GET` of each path finds.
fn finds(table: &RouteTable, expected: &[(&str, &str)]) {
    for (raw, id) in expected {
        assert_eq!(found(table, "GET", raw).as_deref(), Ok(*id), "{raw}");
    }
}

fn refused(table: &RouteTable, method: &str, raw: &str) -> PathFault {
    match found(table, method, raw) {
        Err(Misdirected::Path(fault)) => fault,
        other => unreachable!("{method} {raw}: {other:?}"),
    }
}

fn allowed(table: &RouteTable, method: &str, raw: &str) -> Vec<String> {
    match found(table, method, raw) {
        Err(Misdirected::Method(allowed)) => allowed.names().into_iter().map(str::to_owned).collect(),
        other => unreachable!("{method} {raw}: {other:?}"),
    }
}

#[test]
fn a_literal_wins_over_a_parameter_and_a_parameter_over_a_region() {
    let table = table(["/a/**", "/a/{x}", "/a/b", "/a/{x}/c"].map(|path| route(&[], path, &[])));
    finds(
        &table,
        &[("/a/b", "/a/b"), ("/a/z", "/a/{x}"), ("/a/b/c", "/a/{x}/c"), ("/a/b/d", "/a/**"), ("/a", "/a/**")],
    );
}

#[test]
fn segments_are_compared_from_the_left() {
    let table = table(["/{x}/b/c", "/a/{y}/c", "/a/b/**"].map(|path| route(&[], path, &[])));
    finds(&table, &[("/a/b/c", "/a/b/**"), ("/a/z/c", "/a/{y}/c"), ("/z/b/c", "/{x}/b/c")]);
}

#[test]
fn a_more_specific_route_of_another_method_is_passed_over() {
    let table = table([
        route(&["GET"], "/a/b", &[]),
        route(&["DELETE"], "/a/{x}", ADMIN),
        route(&["PUT", "DELETE"], "/a/**", ADMIN),
    ]);
    for (method, id) in
        [("GET", "GET /a/b"), ("DELETE", "DELETE /a/{x}"), ("PUT", "PUT,DELETE /a/**"), ("POST", "default")]
    {
        assert_eq!(found(&table, method, "/a/b").as_deref(), Ok(id));
    }
}

#[test]
fn a_region_includes_its_own_place_with_and_without_a_slash() {
    let table = table([route(&[], "/x/**", &[])]);
    finds(
        &table,
        &[("/x", "/x/**"), ("/x/", "/x/**"), ("/x/y", "/x/**"), ("/x/y/", "/x/**"), ("/xy", "default")],
    );
}

#[test]
fn a_parameter_never_matches_an_empty_segment() {
    let table = table([route(&[], "/x/{id}", ADMIN), route(&[], "/x/{id}/y", ADMIN)]);
    finds(&table, &[("/x/1", "/x/{id}"), ("/x/", "default"), ("/x/1/y", "/x/{id}/y")]);
}

#[test]
fn a_trailing_slash_is_another_path() {
    let table = table([route(&[], "/a", ADMIN), route(&[], "/b/", ADMIN), route(&[], "/b", ADMIN)]);
    finds(&table, &[("/a", "/a"), ("/a/", "default"), ("/b/", "/b/"), ("/b", "/b")]);
}

#[test]
fn head_is_decided_as_get() {
    let table = table([route(&["GET"], "/a", &[])]);
    assert_eq!(found(&table, "HEAD", "/a").as_deref(), Ok("GET /a"));
    assert_eq!(found(&bare(DefaultRule::Admin), "HEAD", "/metrics").as_deref(), Ok("GET /metrics"));
}

#[test]
fn a_method_that_no_route_names_is_not_allowed() {
    let table = table([route(&["PROPFIND"], "/dav/{x}", &[])]);
    let standard = Standard::ALL.map(Standard::as_str);
    assert_eq!(found(&table, "PROPFIND", "/dav/a").as_deref(), Ok("PROPFIND /dav/{x}"));
    for (method, raw) in [("PROPFIND", "/dav"), ("MKCOL", "/dav/a"), ("get", "/dav/a"), ("PROPFIND", "/")] {
        assert_eq!(allowed(&table, method, raw), standard, "{method} {raw}");
    }
}

#[test]
fn what_no_route_matches_falls_to_the_default_rule() {
    let needs = |default, method| {
        let table = bare(default);
        let target = Target::parse("/anywhere/else").unwrap();
        let Requirement::Role(roles) = &table.find(&target, &Method::new(method)).unwrap().requirement else {
            unreachable!("the default rule asks for roles")
        };
        roles.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for method in Standard::ALL.map(Standard::as_str) {
        let is_safe = ["GET", "HEAD", "OPTIONS"].contains(&method);
        assert_eq!(needs(DefaultRule::Admin, method), ["admin"]);
        let readers: &[&str] = if is_safe { &["admin", "operator"] } else { &["admin"] };
        assert_eq!(needs(DefaultRule::OperatorMayRead, method), readers, "{method}");
    }
}

#[test]
fn our_own_endpoints_win_over_whatever_is_configured() {
    let table = table([public("/**"), public("/api/v1/{x}"), public("/api/{x}/auth/**")]);
    for endpoint in Endpoint::ALL {
        let target = Target::parse(&endpoint.path().replace(['{', '}'], "")).unwrap();
        for method in endpoint.methods().names() {
            let route = table.find(&target, &Method::new(method)).unwrap();
            assert_eq!(route.destination, Destination::Own(endpoint), "{method}");
        }
    }
}

#[test]
fn another_method_of_an_endpoint_of_ours_is_not_allowed() {
    let table = table([public("/**")]);
    assert_eq!(allowed(&table, "GET", "/api/v1/auth/login"), ["POST"]);
    assert_eq!(allowed(&table, "PROPFIND", "/api/v1/auth/login"), ["POST"]);
    assert_eq!(allowed(&table, "DELETE", "/api/v1/auth/me"), ["GET", "HEAD"]);
    assert_eq!(allowed(&table, "PUT", "/api/v1/auth/sessions"), ["GET", "HEAD", "DELETE"]);
    assert_eq!(allowed(&table, "OPTIONS", "/metrics"), ["GET", "HEAD"]);
}

#[test]
fn another_method_is_not_allowed_whatever_capitals_there_are() {
    for table in [table([public("/**")]), table([public("/Status")])] {
        for name in ["kim", "KIM"] {
            let raw = format!("/api/v1/auth/users/{name}");
            assert_eq!(allowed(&table, "PUT", &raw), ["GET", "HEAD", "PATCH", "DELETE"], "{raw}");
        }
        assert_eq!(allowed(&table, "PUT", "/api/v1/auth/users"), ["GET", "HEAD", "POST"]);
        assert_eq!(allowed(&table, "PUT", "/api/token"), ["GET", "HEAD", "POST", "DELETE"]);
    }
}

#[test]
fn what_is_below_our_places_and_no_endpoint_is_nothing_for_whoever_has_a_token() {
    let table = table([public("/**"), public("/api/v1/{x}/**"), public("/{a}/{b}/{c}/{d}")]);
    for raw in [
        "/api/v1/auth",
        "/api/v1/auth/",
        "/api/v1/auth/nothing",
        "/api/v1/auth/users/x/y",
        "/api/v1/auth/nothing/",
        "/oauth2",
        "/oauth2/authorize",
        "/.well-known/oauth-authorization-server/x",
        "/.well-known/jwks.json/x",
    ] {
        for method in Standard::ALL.map(Standard::as_str) {
            let route = table.find(&Target::parse(raw).unwrap(), &Method::new(method)).unwrap();
            assert_eq!(
                (route.destination, &route.requirement),
                (Destination::Nowhere, &Requirement::Authenticated),
                "{method} {raw}"
            );
        }
        assert_eq!(allowed(&table, "PROPFIND", raw).len(), 7, "{raw}");
    }
    finds(&table, &[("/api/v1/author", "/api/v1/{x}/**"), ("/.well-known/jwks.jso", "/**")]);
}

#[test]
fn a_route_of_the_file_may_be_below_our_places_where_no_endpoint_is() {
    let table = table([route(&["GET"], "/api/v1/auth/of-the-upstream", ADMIN)]);
    finds(&table, &[("/api/v1/auth/of-the-upstream", "GET /api/v1/auth/of-the-upstream")]);
    assert_eq!(refused(&table, "GET", "/api/v1/auth/OF-the-upstream"), PathFault::OtherReading);
}

#[test]
fn metrics_and_docs_are_where_the_configuration_puts_them() {
    let needs = |metrics, docs, raw| {
        let table = RouteTable::new(DefaultRule::Admin, OwnAccess { metrics, docs });
        let route = table.find(&Target::parse(raw).unwrap(), &Method::new("GET")).unwrap().clone();
        (route.is_own(), route.requirement.clone())
    };
    let metrics = |access| needs(access, DocsAccess::Public, "/metrics");
    let admin = Requirement::Role(vec![RoleName::parse("admin").unwrap()]);
    assert_eq!(metrics(MetricsAccess::Public), (true, Requirement::Public));
    assert_eq!(metrics(MetricsAccess::Authenticated), (true, Requirement::Authenticated));
    assert_eq!(metrics(MetricsAccess::Elsewhere), (false, admin.clone()));
    for raw in ["/api/docs", "/api/redoc", "/api/openapi.json"] {
        let docs = |access| needs(MetricsAccess::Public, access, raw);
        assert_eq!(docs(DocsAccess::Public), (true, Requirement::Public));
        assert_eq!(docs(DocsAccess::Off), (false, admin.clone()));
    }
}

#[test]
fn routes_for_the_same_requests_must_say_the_same() {
    let slow = |(pattern, mut route): (Pattern, Route)| {
        route.timeout = Some(std::time::Duration::from_mins(5));
        (pattern, route)
    };
    let first = || route(&["GET", "PUT"], "/a/{x}", ADMIN);
    for second in [
        route(&["PUT"], "/a/{y}", &[]),
        route(&["HEAD"], "/a/{x}", &["operator"]),
        shadow(first()),
        slow(first()),
        forwarding(first()),
    ] {
        let mut table = table([first()]);
        let conflict = table.add(second.0, second.1.clone()).unwrap_err();
        assert_eq!((conflict.first.as_str(), &conflict.second), ("GET,PUT /a/{x}", &second.1.id));
    }
    for second in
        [route(&["POST"], "/a/{x}", &[]), route(&[], "/a/**", &[]), route(&["GET"], "/a/{y}", ADMIN)]
    {
        table([first(), second]);
    }
}

#[test]
fn the_order_in_which_a_route_names_roles_means_nothing() {
    let table = table([
        route(&["GET", "PUT"], "/a/{x}", &["admin", "operator"]),
        route(&["GET"], "/a/{y}", &["operator", "admin"]),
        route(&["GET"], "/A/{x}", &["operator", "admin"]),
    ]);
    finds(&table, &[("/a/1", "GET,PUT /a/{x}"), ("/A/1", "GET /A/{x}")]);
}

#[test]
fn no_route_can_take_the_place_of_an_endpoint_of_ours() {
    for method in ["POST", "GET", "PROPFIND"] {
        let (pattern, route) = route(&[method], "/api/v1/auth/login", ADMIN);
        assert!(bare(DefaultRule::Admin).add(pattern, route).is_err(), "{method}");
    }
}

/// Routes of many shapes that may stand side by side.
fn pool() -> Vec<(Pattern, Route)> {
    let mut pool: Vec<_> =
        ["/", "/a", "/a/", "/A/{x}", "/{x}", "/{x}/b", "/a/b", "/a/{x}", "/a/{x}/c", "/a/b/**"]
            .into_iter()
            .enumerate()
            .map(|(index, path)| route(&["GET"], path, if index % 2 == 0 { ADMIN } else { &[] }))
            .collect();
    pool.extend([route(&[], "/**", &[]), forwarding(route(&["DELETE"], "/a/{x}", &[])), public("/{x}/b/**")]);
    // The same twice, under two names: either may be found.
    pool.extend([route(&["PUT"], "/a/b", ADMIN), route(&["PUT", "PATCH"], "/a/b", ADMIN)]);
    pool
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_routes_means_nothing(
        shuffled in Just(pool()).prop_shuffle(),
        raw in "/([abcAB]|a%2Fb|%61){0,1}(/[abcA]){0,3}/?",
        method in prop::sample::select(vec!["GET", "HEAD", "PUT", "DELETE", "PATCH", "MKCOL"]),
    ) {
        let Ok(target) = Target::parse(&raw) else { return Ok(()) };
        let said = |table: &RouteTable| {
            let route = table.find(&target, &Method::new(method))?;
            Ok::<_, Misdirected>((route.requirement.clone(), route.encoded_delimiters, route.is_own()))
        };
        prop_assert_eq!(said(&table(pool())), said(&table(shuffled)));
    }
}
