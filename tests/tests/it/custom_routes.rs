//! Routes of the file: by role, by right, by realm, public, for anybody with a token, and on trial.

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::{Bng, Reached};
use portcullis_tests::cast::{ADMIN, EVERYBODY, NOBODY, OPERATOR, Person, VIEWER};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::json;

/// Holds `device:*` and `config:view` in one realm.
const FIELD: Person = Person {
    name: "field",
    password: "field's password",
    hash: "$2b$04$oycfh9Q3XRQRRTersq3RO.8sgRpmJ7n5ZWt/C8WDQPlRyXkSKxaI6",
    rest: "grants: [{role: field-tech, realm: pop-syd}]",
};

const ROUTES: &str = r#"
- {path: "/__echo/status", require: public}
- {path: "/__echo/anyone", require: authenticated}
- {path: "/__echo/staff", require: {role: [admin, viewer]}}
- {path: "/__echo/devices/**", methods: [GET], require: {right: "device:view", realm: {query: "filter.realm"}}}
- {path: "/__echo/devices/**", methods: [POST], require: {right: "device:add", realm: {header: "X-Realm"}}}
- {path: "/__echo/sites/{site}/devices", require: {right: "device:view", realm: {path: site}}}
- {path: "/__echo/anywhere", require: {right: "device:view", realm: {query: realm}, missing: any}}
- {path: "/__echo/config", require: {right: "config:edit"}}
- {path: "/__echo/named", require: {right: "config:view", realm: Pop-Syd}}
- {path: "/__echo/trial/**", require: {role: admin}, enforce: false}
- {path: "/__echo/calendar", methods: [PROPFIND], require: authenticated}
- {path: "/__echo/data/**", methods: [GET], require: authenticated, encoded_delimiters: forward}"#;

async fn start() -> (Gate, Bng) {
    let bng = Bng::start().await;
    let users = [EVERYBODY.as_slice(), &[FIELD]].concat();
    let roles = r#"[{name: field-tech, rights: ["device:*", "config:view"]}]"#;
    let gate = Setup::before(bng.address()).users(&users).with("roles", roles).with("routes", ROUTES);
    (gate.start().await, bng)
}

/// Nothing for a request that passed, else why it did not.
fn refusal(answer: &Answer) -> Option<(u16, String)> {
    match answer.status {
        200 => None,
        status => Some((status, answer.detail())),
    }
}

/// Whom a request is refused, and with which words; everybody else with a token passes.
struct Row {
    method: &'static str,
    path: &'static str,
    realm: Option<&'static str>,
    refused: &'static [Person],
    detail: &'static str,
}

const fn row(
    method: &'static str,
    path: &'static str,
    refused: &'static [Person],
    detail: &'static str,
) -> Row {
    Row { method, path, realm: None, refused, detail }
}

const ROWS: &[Row] = &[
    row("GET", "/__echo/anyone", &[], ""),
    row("DELETE", "/__echo/anyone", &[], ""),
    row("GET", "/__echo/staff", &[NOBODY, OPERATOR, FIELD], "Admin or viewer role required"),
    row(
        "GET",
        "/__echo/devices/7?filter.realm=pop-syd",
        &[NOBODY, OPERATOR],
        "Right 'device:view' required in realm 'pop-syd'",
    ),
    row(
        "GET",
        "/__echo/devices/7?filter.realm=POP-SYD",
        &[NOBODY, OPERATOR],
        "Right 'device:view' required in realm 'POP-SYD'",
    ),
    row(
        "GET",
        "/__echo/devices/7?filter%2Erealm=pop%2Dsyd",
        &[NOBODY, OPERATOR],
        "Right 'device:view' required in realm 'pop-syd'",
    ),
    row(
        "GET",
        "/__echo/devices?filter.realm=pop-mel",
        &[NOBODY, OPERATOR, FIELD],
        "Right 'device:view' required in realm 'pop-mel'",
    ),
    row("GET", "/__echo/devices", &[NOBODY, OPERATOR, FIELD], "Right 'device:view' required in every realm"),
    row(
        "GET",
        "/__echo/devices?filter.realm=",
        &[NOBODY, OPERATOR, FIELD],
        "Right 'device:view' required in every realm",
    ),
    row(
        "PUT",
        "/__echo/devices/7?filter.realm=pop-syd",
        &[NOBODY, OPERATOR, VIEWER, FIELD],
        "Admin role required",
    ),
    Row {
        realm: Some("pop-syd"),
        ..row(
            "POST",
            "/__echo/devices/7",
            &[NOBODY, OPERATOR, VIEWER],
            "Right 'device:add' required in realm 'pop-syd'",
        )
    },
    Row {
        realm: Some("pop-mel"),
        ..row(
            "POST",
            "/__echo/devices/7",
            &[NOBODY, OPERATOR, VIEWER, FIELD],
            "Right 'device:add' required in realm 'pop-mel'",
        )
    },
    row(
        "POST",
        "/__echo/devices/7",
        &[NOBODY, OPERATOR, VIEWER, FIELD],
        "Right 'device:add' required in every realm",
    ),
    row(
        "GET",
        "/__echo/sites/pop-syd/devices",
        &[NOBODY, OPERATOR],
        "Right 'device:view' required in realm 'pop-syd'",
    ),
    row(
        "GET",
        "/__echo/sites/pop-mel/devices",
        &[NOBODY, OPERATOR, FIELD],
        "Right 'device:view' required in realm 'pop-mel'",
    ),
    row("GET", "/__echo/anywhere", &[NOBODY, OPERATOR], "Right 'device:view' required in every realm"),
    row(
        "GET",
        "/__echo/anywhere?realm=pop-mel",
        &[NOBODY, OPERATOR, FIELD],
        "Right 'device:view' required in realm 'pop-mel'",
    ),
    row("PATCH", "/__echo/config", &[NOBODY, OPERATOR, VIEWER, FIELD], "Right 'config:edit' required"),
    row(
        "GET",
        "/__echo/named",
        &[NOBODY, OPERATOR, VIEWER],
        "Right 'config:view' required in realm 'Pop-Syd'",
    ),
    row("GET", "/__echo/trial/x", &[], ""),
    row("PROPFIND", "/__echo/calendar", &[], ""),
    row("GET", "/__echo/data/interface=Gi0%2F0", &[], ""),
    row("GET", "/__echo/elsewhere", &[NOBODY, OPERATOR, VIEWER, FIELD], "Admin role required"),
];

#[tokio::test]
async fn everybody_gets_what_his_roles_give_him_where_they_give_it() {
    let (gate, _bng) = start().await;
    for row in ROWS {
        let ask = row
            .realm
            .into_iter()
            .fold(Ask::new(row.method, row.path), |ask, realm| ask.field("x-realm", realm));
        let without = gate.send(ask.clone()).await;
        assert_eq!(
            refusal(&without),
            Some((401, "Could not validate credentials".to_owned())),
            "{}",
            row.path
        );
        for person in [NOBODY, OPERATOR, VIEWER, FIELD, ADMIN] {
            let answer = gate.send(ask.clone().bearer(&gate.login(&person).await)).await;
            let is_refused = row.refused.iter().any(|refused| refused.name == person.name);
            let expected = is_refused.then(|| (403, row.detail.to_owned()));
            assert_eq!(refusal(&answer), expected, "{} {} as {}", row.method, row.path, person.name);
        }
    }
}

#[tokio::test]
async fn a_public_route_needs_no_token_whatever_the_method() {
    let (gate, _bng) = start().await;
    for method in ["GET", "OPTIONS", "POST", "DELETE"] {
        assert_eq!(gate.send(Ask::new(method, "/__echo/status")).await.status, 200, "{method}");
    }
}

#[tokio::test]
async fn a_realm_that_can_be_read_in_two_ways_is_refused_before_the_right_is_looked_at() {
    let (gate, bng) = start().await;
    for person in [ADMIN, FIELD, NOBODY] {
        let token = gate.login(&person).await;
        for target in [
            "/__echo/devices?filter.realm=pop-syd&filter.realm=pop-syd",
            "/__echo/devices?filter.realm=pop-syd&filter%2erealm=pop-mel",
            "/__echo/devices?filter.realm=pop-syd&Filter.Realm=pop-mel",
            "/__echo/devices?filter.realm=pop-syd;filter.realm=pop-mel",
            "/__echo/devices?filter.realm=%20pop-syd",
            "/__echo/sites/%20x/devices",
        ] {
            let answer = gate.send(Ask::get(target).bearer(&token)).await;
            assert_eq!(refusal(&answer), Some((400, "Ambiguous realm".to_owned())), "{target}");
        }
        let post = || Ask::post("/__echo/devices/7").bearer(&token).field("x-realm", "pop-syd");
        for ask in [
            post().field("x-realm", "pop-mel"),
            post().field("x-realm", "pop-syd"),
            post().field("x_realm", "pop-mel"),
        ] {
            assert_eq!(refusal(&gate.send(ask).await), Some((400, "Ambiguous realm".to_owned())));
        }
    }
    assert_eq!(bng.seen(), []);
}

#[tokio::test]
async fn the_upstream_learns_where_the_caller_holds_what_the_route_needs() {
    let (gate, _bng) = start().await;
    let field = gate.login(&FIELD).await;
    for (path, realms) in [("/__echo/anywhere", "pop-syd"), ("/__echo/sites/pop-syd/devices", "pop-syd")] {
        let reached = Reached::of(&gate.send(Ask::get(path).bearer(&field)).await);
        assert_eq!((reached.only("x-auth-user"), reached.only("x-auth-realms")), ("field", realms), "{path}");
        assert_eq!(reached.only("x-auth-roles"), "", "a role of one realm is none that is held everywhere");
    }
    let admin = gate.login(&ADMIN).await;
    let reached = Reached::of(&gate.send(Ask::get("/__echo/anywhere").bearer(&admin)).await);
    assert_eq!((reached.only("x-auth-realms"), reached.only("x-auth-roles")), ("*", "admin"));
}

#[tokio::test]
async fn a_route_on_trial_lets_through_and_says_whom_it_would_not() {
    let (gate, _bng) = start().await;
    let token = gate.login(&NOBODY).await;
    assert_eq!(gate.send(Ask::get("/__echo/trial/x")).await.status, 401);
    assert_eq!(gate.send(Ask::get("/__echo/trial/x").bearer(&token)).await.status, 200);
    let event = gate.log().wait_for("a shadow", |event| event["decision"] == "shadowed", 0).await;
    assert_eq!((&event["subject"], &event["route"]), (&json!("nobody"), &json!("/__echo/trial/**")));
    assert_eq!(event["reason"], "Admin role required");
    let metrics = gate.send(Ask::get("/metrics")).await.text();
    let counted =
        "route=\"/__echo/trial/**\",method=\"GET\",result=\"shadowed\",reason=\"requirement_not_met\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn a_method_that_no_route_names_is_told_which_are_served() {
    let (gate, bng) = start().await;
    let token = gate.login(&ADMIN).await;
    let all = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";
    for (method, path) in [
        ("PROPFIND", "/__echo/anyone"),
        ("propfind", "/__echo/calendar"),
        ("get", "/__echo/anyone"),
        ("LOCK", "/__echo/calendar"),
        ("TRACE", "/__echo/calendar"),
    ] {
        let answer = gate.send(Ask::new(method, path).bearer(&token)).await;
        assert_eq!((answer.status, answer.field("allow")), (405, Some(all)), "{method} {path}");
    }
    assert_eq!(bng.seen(), []);
}

#[tokio::test]
async fn encoded_delimiters_go_on_unchanged_where_the_route_says_so_and_nowhere_else() {
    let (gate, bng) = start().await;
    let token = gate.login(&ADMIN).await;
    for target in
        ["/__echo/data/interface=Gi0%2F0", "/__echo/data/a%2fb%3Bc%3Fd%23e?x=%2F", "/__echo/data/100%25"]
    {
        assert_eq!(gate.send(Ask::get(target).bearer(&token)).await.status, 200, "{target}");
        assert_eq!(bng.seen().last().unwrap().1, target);
    }
    let seen = bng.seen().len();
    for target in [
        "/__echo/anyone%2F",
        "/__echo/elsewhere/interface=Gi0%2F0",
        "/__echo/data/..%2F..%2Fconfig",
        "/__echo/data/x%2F..%2F..%2Fconfig",
        "/__echo/data%2F..%2Fconfig",
        "/__echo%2Fdata/x",
        "/__echo/data/%255C..%255C",
        "/__echo/data/x%2500",
    ] {
        let answer = gate.send(Ask::get(target).bearer(&token)).await;
        assert_eq!(refusal(&answer), Some((400, "Ambiguous request path".to_owned())), "{target}");
    }
    assert_eq!(bng.seen().len(), seen);
}
