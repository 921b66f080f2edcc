use std::sync::Arc;

use portcullis_core::domain::route::{EncodedDelimiters, Enforcement, Route};

use super::*;

/// A list of routes, which begins at column 5 of line 3.
fn routes(rows: &[&str]) -> String {
    let row = |row: &&str| format!("  - {{{row}}}\n");
    format!("api:\n  routes:\n{}", rows.iter().map(row).collect::<String>())
}

fn route(row: &str) -> Arc<Route> {
    let config = config(&routes(&[row]));
    let (_, route) = config.routes.listed().next().unwrap();
    Arc::clone(route)
}

/// The fault of a route, without the place where the route begins.
fn wrong(row: &str) -> String {
    faults(&routes(&[row])).replace("bng.yaml:3:", "")
}

#[test]
fn a_route_has_its_methods_or_every_standard_one() {
    assert_eq!(route("path: /a, require: public").id.as_str(), "/a");
    assert_eq!(route("path: /a, methods: [GET, PUT], require: public").id.as_str(), "GET,PUT /a");
    let named = route("path: /a, methods: [PROPFIND, HEAD, GET], require: public");
    assert_eq!(named.methods.names(), ["GET", "HEAD", "PROPFIND"]);
}

#[test]
fn what_is_no_method_of_a_route_is_a_fault() {
    for (methods, expected) in [
        ("[]", "25: api.routes[0].methods: names no method; a route for all of them has no `methods`"),
        ("GET", "25: api.routes[0].methods: expected a list, found text"),
        ("[get]", "26: api.routes[0].methods[0]: methods are written in capitals: `GET`"),
        ("[PUT, Get]", "31: api.routes[0].methods[1]: methods are written in capitals: `GET`"),
        ("[CONNECT]", "26: api.routes[0].methods[0]: CONNECT is never served, whatever a route says"),
        ("[trace]", "26: api.routes[0].methods[0]: TRACE is never served, whatever a route says"),
        ("[HEAD]", "26: api.routes[0].methods[0]: HEAD is decided as GET; write GET"),
        ("[PUT, HEAD]", "31: api.routes[0].methods[1]: HEAD is decided as GET; write GET"),
        ("[\"A B\"]", "26: api.routes[0].methods[0]: expected a method, found `A B`"),
        ("['']", "26: api.routes[0].methods[0]: expected a method, found ``"),
        ("[PÜT]", "26: api.routes[0].methods[0]: expected a method, found `PÜT`"),
    ] {
        let said = wrong(&format!("path: /a, methods: {methods}, require: public"));
        assert_eq!(said, expected, "{methods}");
    }
}

#[test]
fn path_and_requirement_must_be_there() {
    assert_eq!(wrong("require: public"), "5: api.routes[0].path: is missing");
    assert_eq!(wrong("path: /a"), "5: api.routes[0].require: is missing");
    assert_eq!(wrong("path: /a, require: ~"), format!("25: api.routes[0].require: {FORMS}, found nothing"));
    assert_eq!(
        wrong("path: /a, require: public, method: [GET]"),
        "33: api.routes[0].method: unknown key; did you mean `methods`?"
    );
}

const FORMS: &str = "expected public, authenticated, {role: name} or {right: area:action}";

#[test]
fn a_path_that_no_request_can_have_is_a_fault() {
    for (path, why) in [
        ("a", "no request can have this path: the target does not begin with a slash"),
        ("/a//b", "no request can have this path: the path holds an empty segment"),
        ("/a/../b", "no request can have this path: a segment is a dot segment, or ends in a dot or a space"),
        ("/a;b", "no request can have this path: the path holds a character that must not stand there raw"),
        ("/a?b", "a path has no query and no fragment"),
        ("/**/a", "`**` can stand only at the end, as a segment of its own; for one segment write {name}"),
    ] {
        let said = wrong(&format!("path: \"{path}\", require: public"));
        assert_eq!(said, format!("12: api.routes[0].path: {why}, found `{path}`"));
    }
}

#[test]
fn an_encoded_delimiter_in_a_path_needs_to_be_forwarded() {
    let path = "path: \"/data/a%2Fb\", require: public";
    let expected = "12: api.routes[0].path: an encoded delimiter in a path needs `encoded_delimiters: forward` beside it";
    assert_eq!(wrong(path), expected);
    assert_eq!(wrong(&format!("{path}, encoded_delimiters: refuse")), expected);
    let forwarded = route(&format!("{path}, encoded_delimiters: forward"));
    assert_eq!(forwarded.encoded_delimiters, EncodedDelimiters::Forward);
    assert_eq!(
        wrong(&format!("{path}, encoded_delimiters: yes")),
        "64: api.routes[0].encoded_delimiters: expected forward or refuse, found `yes`"
    );
}

#[test]
fn the_rest_of_a_route_is_read() {
    let plain = route("path: /a, require: public");
    assert_eq!((plain.enforcement, plain.timeout), (Enforcement::Enforced, None));
    assert_eq!(plain.encoded_delimiters, EncodedDelimiters::Refuse);
    assert!(plain.upgrades.is_empty());
    let full = route("path: /a, require: public, enforce: false, timeout: 5m, upgrade: [tail, x/1]");
    assert_eq!(full.enforcement, Enforcement::Shadow);
    assert_eq!(full.timeout.unwrap().as_secs(), 300);
    assert_eq!(full.upgrades, ["tail".into(), "x/1".into()]);
    assert_eq!(route("path: /a, require: public, enforce: true").enforcement, Enforcement::Enforced);
}

#[test]
fn what_is_wrong_with_the_rest_is_told_at_its_place() {
    for (rest, expected) in [
        ("enforce: no", "42: api.routes[0].enforce: expected true or false, found `no`"),
        (
            "timeout: 0s",
            "42: api.routes[0].timeout: expected a duration such as 90s, 30m or 1h, from 1ms to 1d, found `0s`",
        ),
        ("upgrade: x", "42: api.routes[0].upgrade: expected a list, found text"),
        ("upgrade: [x, X]", "46: api.routes[0].upgrade[1]: is there twice"),
        ("upgrade: [a b]", "43: api.routes[0].upgrade[0]: expected the name of a protocol, found `a b`"),
        ("upgrade: [x/]", "43: api.routes[0].upgrade[0]: expected the name of a protocol, found `x/`"),
    ] {
        assert_eq!(wrong(&format!("path: /a, require: public, {rest}")), expected);
    }
}

#[test]
fn protocols_that_carry_requests_are_never_allowed() {
    for never in ["h2c", "H2C", "TLS/1.2", "tls/1.3", "HTTP/2.0", "Http/3", "TLS", "http"] {
        assert_eq!(
            wrong(&format!("path: /a, require: public, upgrade: [{never}]")),
            format!(
                "43: api.routes[0].upgrade[0]: an upgrade to `{never}` would carry requests past the gate"
            )
        );
    }
}

#[test]
fn routes_that_contradict_each_other_are_both_named() {
    let text = routes(&[
        "path: '/a/{x}', methods: [GET, PUT], require: public",
        "path: /b, require: public",
        "path: '/a/{y}', methods: [PUT, DELETE], require: authenticated",
    ]);
    assert_eq!(
        faults(&text),
        "bng.yaml:5:5: api.routes[2]: `PUT,DELETE /a/{y}` and `GET,PUT /a/{x}` match the same requests with different \
         requirements, and neither is more specific; `GET,PUT /a/{x}` is in line 3 column 5"
    );
}

#[test]
fn routes_of_other_methods_or_places_do_not_contradict_each_other() {
    let rows = [
        "path: /a, methods: [GET], require: public",
        "path: /a, methods: [PUT], require: authenticated",
        "path: '/{x}', require: {role: admin}",
        "path: '/**', require: {role: operator}",
        "path: /a/, require: authenticated",
    ];
    assert_eq!(config(&routes(&rows)).routes.listed().count(), 5);
}

#[test]
fn a_route_that_is_there_twice_names_the_first() {
    let row = "path: /a, require: public";
    assert_eq!(
        faults(&routes(&[row, "path: /a, require: public, timeout: 5m"])),
        "bng.yaml:4:5: api.routes[1]: the route `/a` is there twice; the first is in line 3 column 5"
    );
}

#[test]
fn a_route_can_t_take_the_place_of_an_endpoint_of_ours() {
    assert_eq!(
        wrong("path: /api/v1/auth/login, require: authenticated"),
        "5: api.routes[0]: `/api/v1/auth/login` can't be a route: `POST /api/v1/auth/login` is answered by Portcullis \
         itself"
    );
    assert_eq!(
        wrong("path: '/api/v1/auth/**', require: authenticated"),
        "5: api.routes[0]: `/api/v1/auth/**` can't be a route: `/api/v1/auth/**` is answered by Portcullis itself"
    );
    config(&routes(&["path: '/api/v1/**', require: authenticated"]));
}

#[test]
fn routes_are_a_list_of_maps() {
    assert_eq!(faults("api: {routes: {}}"), "bng.yaml:1:15: api.routes: expected a list, found a map");
    assert_eq!(faults("api: {routes: ~}"), "bng.yaml:1:15: api.routes: expected a list, found nothing");
    assert_eq!(faults("api: {routes: [/a]}"), "bng.yaml:1:16: api.routes[0]: expected a map, found text");
}

#[test]
fn routes_that_differ_in_case_alone_are_warned_of() {
    let with = |second: &str| {
        let text = format!("api: {{routes: [{{path: /api/Devices, require: public}}, {second}]}}");
        config(&text).warnings.iter().filter(|warning| warning.contains("differ in case alone")).count()
    };
    assert_eq!(with("{path: /api/devices, require: {role: admin}}"), 1);
    assert_eq!(with("{path: /API/devices, require: {role: admin}, methods: [GET]}"), 1);
    assert_eq!(with("{path: /api/devices, require: public}"), 0);
    assert_eq!(with("{path: /api/device, require: {role: admin}}"), 0);
}
