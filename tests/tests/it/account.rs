//! One's own account, and what the gate would say to whom.

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, NOBODY, OPERATOR, Person, VIEWER};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::claims;
use serde_json::{Value, json};

async fn as_person(gate: &Gate, person: &Person, path: &str) -> Answer {
    gate.send(Ask::get(path).bearer(&gate.login(person).await)).await
}

async fn explained(gate: &Gate, person: &Person, query: &str) -> Value {
    let answer = as_person(gate, person, &format!("/api/v1/auth/explain?{query}")).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("ok")), "{query}: {}", answer.text());
    answer.json()["data"].clone()
}

#[tokio::test]
async fn one_s_own_account_tells_who_one_is_and_what_one_may_do() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    let answer = gate.send(Ask::get("/api/v1/auth/me").bearer(&token)).await;
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let (body, claims) = (answer.json(), claims(&token));
    assert_eq!(body["status"], "ok");
    let me = &body["data"];
    assert_eq!((&me["username"], &me["roles"]), (&json!("operator"), &json!(["operator"])));
    assert_eq!(me["grants"], json!([{"role": "operator", "realm": null}]));
    let mut rights: Vec<_> =
        me["rights"].as_array().unwrap().iter().map(|right| right.as_str().unwrap()).collect();
    rights.sort_unstable();
    assert_eq!(rights, ["interfaces:view", "qos:view", "routing:view", "subscribers:view", "system:view"]);
    assert_eq!(me["session"]["id"], claims["sid"]);
    let times = (me["session"]["issued_at"].as_str().unwrap(), me["session"]["expires_at"].as_str().unwrap());
    for time in [times.0, times.1] {
        assert!(
            time.len() == "2026-01-01T00:00:00Z".len() && time.ends_with('Z') && time[10..].starts_with('T'),
            "{time}"
        );
    }
    assert!(times.0 < times.1);
}

#[tokio::test]
async fn an_admin_holds_every_right_and_somebody_without_roles_none() {
    let gate = Setup::new().start().await;
    let admin = as_person(&gate, &ADMIN, "/api/v1/auth/me").await.json();
    assert_eq!(admin["data"]["rights"], json!(["*:*"]));
    let nobody = as_person(&gate, &NOBODY, "/api/v1/auth/me").await.json();
    assert_eq!((&nobody["data"]["roles"], &nobody["data"]["rights"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn anybody_may_ask_about_himself() {
    let gate = Setup::new().start().await;
    let refused = explained(&gate, &OPERATOR, "method=DELETE&path=/api/v1/subscribers/sub-1001").await;
    assert_eq!(refused["allowed"], false);
    assert_eq!(refused["route"], "DELETE /api/v1/subscribers/{id}");
    assert_eq!(refused["requires"], "role admin");
    assert_eq!(refused["reason"], "Admin role required");
    assert_eq!(refused["missing"], json!({"role": "admin"}));
    let allowed = explained(&gate, &OPERATOR, "user=OPERATOR&path=/api/v1/subscribers/sub-1001").await;
    assert_eq!((&allowed["allowed"], &allowed["missing"]), (&json!(true), &json!({})));
    assert_eq!(allowed["route"], "GET /api/v1/subscribers/{id}");
    assert_eq!(explained(&gate, &NOBODY, "user=nobody&path=/api/v1/health").await["allowed"], true);
}

#[tokio::test]
async fn who_asks_about_somebody_else_needs_the_right_to() {
    let gate = Setup::new().start().await;
    let path = "/api/v1/auth/explain?user=admin&method=GET&path=/api/v1/webhooks";
    for person in [OPERATOR, VIEWER, NOBODY] {
        let answer = as_person(&gate, &person, path).await;
        assert_eq!(
            (answer.status, answer.detail().as_str()),
            (403, "Right 'access:explain' required"),
            "{}",
            person.name
        );
    }
    // Whose account it is must be said in one way.
    for query in [
        "user=operator&user=admin",
        "user=operator&User=admin",
        "user=operator;user=admin",
        "user=operator&us%65r=admin",
    ] {
        let answer =
            as_person(&gate, &OPERATOR, &format!("/api/v1/auth/explain?{query}&path=/api/v1/webhooks")).await;
        assert!([400, 403, 422].contains(&answer.status), "{query}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_admin_asks_about_anybody_and_gets_what_the_gate_would_say() {
    let gate = Setup::new().start().await;
    let operator = gate.login(&OPERATOR).await;
    for (method, path) in [
        ("GET", "/api/v1/subscribers"),
        ("DELETE", "/api/v1/subscribers/sub-1001"),
        ("GET", "/api/v1/webhooks/wh-1"),
        ("GET", "/anything/else"),
        ("POST", "/anything/else"),
        ("GET", "/a//b"),
        ("GET", "/api/v1/auth/login"),
        ("PROPFIND", "/x"),
        ("TRACE", "/x"),
        ("GET", "/API/v1/webhooks"),
    ] {
        let encoded = path.replace('/', "%2F");
        let told = explained(&gate, &ADMIN, &format!("user=operator&method={method}&path={encoded}")).await;
        let answer = gate.send(Ask::new(method, path).bearer(&operator)).await;
        // Nobody is behind this gate: what passes is 404.
        assert_eq!(
            told["allowed"],
            json!(answer.status == 404),
            "{method} {path}: {told} and {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_question_must_name_a_path_and_a_user_who_is_there() {
    let gate = Setup::new().start().await;
    let no_path = as_person(&gate, &ADMIN, "/api/v1/auth/explain?user=operator").await;
    assert_eq!(no_path.status, 422);
    assert_eq!(no_path.json()["detail"][0]["type"], "missing");
    assert_eq!(no_path.json()["detail"][0]["loc"], json!(["query", "path"]));
    for name in ["nobody-of-this-name", "", "a%20b"] {
        let answer = as_person(&gate, &ADMIN, &format!("/api/v1/auth/explain?user={name}&path=/x")).await;
        assert_eq!((answer.status, answer.detail().as_str()), (404, "Not Found"), "{name}");
    }
}

#[tokio::test]
async fn a_realm_may_be_asked_about() {
    let routes = "[{path: /devices, require: {right: 'device:view', realm: {query: realm}}}]";
    let field = VIEWER.but("grants: [{role: viewer, realm: pop-syd}]");
    let gate = Setup::new().with("routes", routes).users(&[ADMIN, field]).start().await;
    for (query, allowed) in [
        ("path=/devices&realm=pop-syd", true),
        ("path=/devices%3Frealm=pop-syd", true),
        ("path=/devices&realm=pop-mel", false),
        ("path=/devices", false),
    ] {
        let told = explained(&gate, &ADMIN, &format!("user=vera.viewer&{query}")).await;
        assert_eq!(told["allowed"], allowed, "{query}: {told}");
    }
    let told = explained(&gate, &field, "path=/devices&realm=pop-mel").await;
    assert_eq!(told["missing"], json!({"right": "device:view", "realm": "pop-mel"}));
}

#[tokio::test]
async fn health_is_told_to_anybody() {
    let gate = Setup::new().start().await;
    let answer = gate.send(Ask::get("/api/v1/health")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok"})));
    let head = gate.send(Ask::new("HEAD", "/api/v1/health")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}
