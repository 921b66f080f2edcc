//! A service with the gate inside, as its clients see it: like one behind the gate.

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::embedded::Embedded;
use portcullis_tests::patience::until_told;
use portcullis_tests::setup::Setup;
use serde_json::json;

const ROUTES: &str = "[
  {path: /welcome, require: public},
  {path: /hello, require: authenticated},
  {path: /fields, require: authenticated},
  {path: '/devices/{id}', require: {role: admin}},
  {path: /devices/summary, require: public},
  {path: /reboot, methods: [POST], require: {role: admin}},
  {path: /status, require: {role: admin}, enforce: false}]";

fn setup() -> Setup {
    Setup::new().with("routes", ROUTES)
}

fn seen(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text())
}

#[tokio::test]
async fn a_service_with_the_gate_inside_lets_in_whom_the_routes_let_in() {
    let service = Embedded::start(&setup());
    let answer = service.send(Ask::get("/hello")).await;
    assert_eq!((answer.status, answer.field("www-authenticate")), (401, Some("Bearer")));
    assert!(answer.is_refusal() && answer.field("x-request-id").is_some());
    assert_eq!(answer.json(), json!({ "detail": "Could not validate credentials", "code": "no_token" }));
    let answer = service.send(Ask::get("/bca-networks/hello")).await;
    assert_eq!(answer.json()["error"], "invalid_token", "the dialect is that of the path");
    assert_eq!(seen(&service.send(Ask::get("/welcome")).await), (200, "Welcome, whoever you are".into()));

    let operator = service.login(&OPERATOR).await;
    let by = |ask: Ask, token: &str| service.send(ask.bearer(token));
    assert_eq!(seen(&by(Ask::get("/hello"), &operator).await), (200, "Hello, operator".into()));
    let answer = by(Ask::post("/reboot"), &operator).await;
    assert_eq!((answer.status, answer.detail()), (403, "Admin role required".to_owned()));
    assert_eq!(by(Ask::get("/elsewhere"), &operator).await.status, 403, "what no route names needs admin");
    let shadowed = "/status?x by /status, missing: Admin role required";
    assert_eq!(seen(&by(Ask::get("/status?x"), &operator).await), (200, shadowed.into()));
    assert_eq!(by(Ask::get("/api/v1/auth/me"), &operator).await.json()["data"]["username"], "operator");

    let admin = service.login(&ADMIN).await;
    assert_eq!(seen(&by(Ask::post("/reboot"), &admin).await), (200, "rebooting".into()));
    assert_eq!(by(Ask::get("/elsewhere"), &admin).await.status, 404);
    assert_eq!(by(Ask::get("/hello"), "garbage").await.status, 401);
}

#[tokio::test]
async fn the_service_reads_who_asks_from_the_gate_alone() {
    let service = Embedded::start(&setup());
    let token = service.login(&OPERATOR).await;
    let host = service.address();
    let mut wire = service.wire().await;
    for name in
        ["X-Auth-User", "x_auth_user", "X.Auth.User", "x-auth_roles", "X-AUTH-REALMS", "X-Auth-Session"]
    {
        for connection in ["", "Connection: X-Auth-User, x-auth-roles\r\n"] {
            let head = format!("GET /fields HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n");
            wire.write(format!("{head}{name}: evil\r\n{connection}\r\n")).await;
            let answer = wire.answer().await.unwrap();
            let fields = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 200, "{fields}");
            assert!(fields.contains("x-auth-user: operator\nx-auth-roles: operator\n"), "{fields}");
            assert!(!fields.contains("evil") && !fields.contains(&token), "{name}: {fields}");
        }
    }
}

#[tokio::test]
async fn a_crooked_path_is_straightened_before_it_is_routed_or_refused() {
    let service = Embedded::start(&setup());
    let host = service.address();
    let mut wire = service.wire().await;
    for (target, status, said) in [
        ("/devices/summary", 200, "a summary of all devices"),
        // Were the router to see it as it came, this would be a device that only an admin may look at.
        ("/devices/%73ummary", 200, "a summary of all devices"),
        ("/devices/summary#/../7", 200, "a summary of all devices"),
        ("/devices/7", 401, "Could not validate credentials"),
        ("/devices/summar%79/", 400, "Ambiguous request path"),
        ("/devices/summary/../7", 400, "Ambiguous request path"),
        ("/devices/%2e%2e/reboot", 400, "Ambiguous request path"),
        ("//welcome", 400, "Ambiguous request path"),
        ("/Welcome", 400, "Ambiguous request path"),
        ("/welcome;x", 400, "Ambiguous request path"),
        ("/welcome%2f", 400, "Ambiguous request path"),
    ] {
        wire.write(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        let answer = wire.answer().await.unwrap();
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.status == status && body.contains(said), "{target}: {} {body}", answer.status);
    }
    wire.write(format!("GET /welcome HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
        .await;
    assert_eq!(wire.answer().await.unwrap().status, 400);
}

#[tokio::test]
async fn a_session_that_ends_is_over_with_the_very_next_request() {
    let service = Embedded::start(&setup());
    let hello = |token: &str| service.send(Ask::get("/hello").bearer(token));
    let operator = service.login(&OPERATOR).await;
    assert_eq!(hello(&operator).await.status, 200);
    assert_eq!(service.send(Ask::post("/api/v1/auth/logout").bearer(&operator)).await.status, 204);
    assert_eq!(hello(&operator).await.status, 401);

    let (operator, admin) = (service.login(&OPERATOR).await, service.login(&ADMIN).await);
    assert_eq!(hello(&operator).await.status, 200);
    let end = Ask::new("DELETE", "/api/v1/auth/users/operator/sessions").bearer(&admin);
    assert!(service.send(end).await.status < 300);
    assert_eq!(hello(&operator).await.status, 401);
    assert_eq!(hello(&admin).await.status, 200);
}

#[tokio::test]
async fn a_changed_file_comes_in_force_without_a_restart() {
    let service = Embedded::start(&setup());
    let token = service.login(&OPERATOR).await;
    assert_eq!(service.send(Ask::post("/reboot").bearer(&token)).await.status, 403);
    service.write(&Setup::new().with("routes", "[{path: /reboot, methods: [POST], require: authenticated}]"));
    let is_open = async || service.send(Ask::post("/reboot").bearer(&token)).await.status == 200;
    until_told("the changed file", is_open).await;
}
