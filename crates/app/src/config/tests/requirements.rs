use portcullis_core::domain::requirement::Requirement;

use super::*;

fn text(require: &str) -> String {
    format!("api:\n  routes:\n  - path: '/realms/{{realm}}/devices/{{id}}'\n    require: {require}\n")
}

/// What a requirement is read as.
fn read(require: &str) -> Requirement {
    let config = config(&text(require));
    let (_, route) = config.routes.listed().next().unwrap();
    route.requirement.clone()
}

fn said(require: &str) -> String {
    let said = format!("{:?}", read(require));
    said.replace("RoleName", "").replace("Realm(Realm", "Realm(")
}

/// The fault of a requirement; its columns count from the first of the requirement.
fn wrong(require: &str) -> String {
    let said = faults(&text(require));
    let (place, rest) = said.strip_prefix("bng.yaml:4:").unwrap().split_once(": ").unwrap();
    let column = place.parse::<usize>().unwrap() - 13;
    format!("{column}: {}", rest.replace("api.routes[0].require", "require"))
}

#[test]
fn a_requirement_is_a_word_a_role_or_a_right() {
    assert_eq!(read("public"), Requirement::Public);
    assert_eq!(read("authenticated"), Requirement::Authenticated);
    assert_eq!(said("{role: admin}"), r#"Role([("admin")])"#);
    assert_eq!(said("{role: [admin, Operator]}"), r#"Role([("admin"), ("Operator")])"#);
    assert_eq!(
        said("{right: 'device:add'}"),
        r#"Right { right: Right { text: "device:add", colon: 6 }, realm: Everywhere }"#
    );
}

#[test]
fn a_right_is_needed_in_a_realm_or_in_the_one_that_the_request_names() {
    let realm = |rest: &str| {
        let said = said(&format!("{{right: 'a:b', {rest}}}"));
        said.split_once("realm: ").unwrap().1.trim_end_matches(" }").to_owned()
    };
    assert_eq!(realm("realm: Default"), r#"In(Realm("Default"))"#);
    assert_eq!(realm("realm: {path: realm}"), "From { selector: Path(1), missing: Every");
    assert_eq!(realm("realm: {path: id}"), "From { selector: Path(3), missing: Every");
    assert_eq!(
        realm("realm: {query: filter.realm}"),
        r#"From { selector: Query("filter.realm"), missing: Every"#
    );
    assert_eq!(
        realm("realm: {header: X-Realm}, missing: any"),
        r#"From { selector: Header("X-Realm"), missing: Any"#
    );
    assert_eq!(realm("realm: {path: id}, missing: every"), "From { selector: Path(3), missing: Every");
}

#[test]
fn what_is_no_requirement_is_a_fault() {
    let forms = "expected public, authenticated, {role: name} or {right: area:action}";
    for (require, expected) in [
        ("admin", format!("1: require: {forms}, found `admin`")),
        ("Public", format!("1: require: {forms}, found `Public`")),
        ("[admin]", format!("1: require: {forms}, found a list")),
        ("{}", format!("1: require: {forms}")),
        (
            "{role: admin, right: 'a:b'}",
            "1: require: only one of `role` and `right` can stand here".to_owned(),
        ),
    ] {
        assert_eq!(wrong(require), expected);
    }
    assert_eq!(
        faults(&text("{roles: admin}")),
        format!(
            "bng.yaml:4:14: api.routes[0].require: {forms}\n\
             bng.yaml:4:15: api.routes[0].require.roles: unknown key; did you mean `role`?"
        )
    );
}

#[test]
fn what_is_wrong_with_a_role_or_a_right_is_told_at_its_place() {
    for (require, expected) in [
        ("{role: amdin}", "8: require.role: unknown role `amdin`; did you mean `admin`?"),
        ("{role: [admin, opertor]}", "16: require.role[1]: unknown role `opertor`; did you mean `operator`?"),
        ("{role: []}", "8: require.role: names no role, so that nobody could meet it"),
        ("{role: [admin, ADMIN]}", "16: require.role[1]: is there twice"),
        ("{role: admin, realm: x}", "22: require.realm: belongs to `right`, not to `role`"),
        ("{role: admin, missing: any}", "24: require.missing: belongs to `right`, not to `role`"),
        (
            "{right: 'device:*'}",
            "9: require.right: expected area:action, each half of letters, digits, '-', '_' or '.', found `device:*`",
        ),
        ("{right: 'a:b', relm: x}", "16: require.relm: unknown key; did you mean `realm`?"),
    ] {
        assert_eq!(wrong(require), expected);
    }
}

#[test]
fn what_is_wrong_with_a_realm_is_told_at_its_place() {
    for (rest, expected) in [
        (
            "realm: ' x'",
            "23: require.realm: a realm name must be 1 to 64 characters, no control characters, no space at either end",
        ),
        (
            "realm: [x]",
            "23: require.realm: expected a realm, or {path: …}, {query: …} or {header: …}, found a list",
        ),
        ("realm: {}", "23: require.realm: expected one of `path`, `query` and `header`"),
        ("realm: {path: id, query: q}", "23: require.realm: expected one of `path`, `query` and `header`"),
        ("realm: {path: id, qery: q}", "34: require.realm.qery: unknown key; did you mean `query`?"),
        (
            "realm: {path: pop}",
            "30: require.realm.path: `/realms/{realm}/devices/{id}` has no parameter {pop}",
        ),
        ("realm: {query: ''}", "31: require.realm.query: expected the name of a query parameter, found ``"),
        (
            "realm: {header: 'X Realm'}",
            "32: require.realm.header: expected the name of a header field, found `X Realm`",
        ),
        ("realm: {path: id}, missing: all", "44: require.missing: expected any or every, found `all`"),
        ("missing: any", "25: require.missing: has a meaning only beside a `realm` that the request names"),
        (
            "realm: x, missing: any",
            "35: require.missing: has a meaning only beside a `realm` that the request names",
        ),
    ] {
        assert_eq!(wrong(&format!("{{right: 'a:b', {rest}}}")), expected);
    }
}

#[test]
fn a_header_that_the_upstream_does_not_get_as_it_was_sent_can_t_name_the_realm() {
    for header in ["Authorization", "X-Auth-Realms", "x_auth_user", "Connection", "X-Forwarded-For", "Host"] {
        assert_eq!(
            wrong(&format!("{{right: 'a:b', realm: {{header: {header}}}}}")),
            format!(
                "32: require.realm.header: `{header}` does not reach the upstream as the client sends it"
            )
        );
    }
}

#[test]
fn a_path_with_a_fault_is_not_blamed_for_its_parameters_too() {
    let text = "api: {routes: [{path: '/a//{id}', require: {right: 'a:b', realm: {path: id}}}]}";
    assert_eq!(faults(text).lines().count(), 1);
}
