//! A user's password, shown by a client: what the token is, whose it is, and who does not get one.

use portcullis_tests::cast::{ADMIN, CONSOLE, FORMER, OPERATOR, Person};
use portcullis_tests::line::Line;
use portcullis_tests::patience::within;
use portcullis_tests::token::{claims, encoded, signed};
use serde_json::json;

use super::*;
use crate::streams;

const PASSWORD: &str = "grant_type=password&username=operator&password=operator%27s+password";

/// The clients of the other tests, which may show passwords; `operator` has the name of a user and holds everything.
pub(super) fn with_passwords() -> Setup {
    let namesake = client("operator", "grants: [{role: admin}]");
    setup().with("clients", &format!("{}{namesake}", clients())).with("oauth", "{password_grant: true}")
}

/// What a client gets for somebody's password.
pub(super) async fn shown(gate: &Gate, id: &str, person: &Person, scope: &str) -> Answer {
    let form = format!("{}&scope={}", person.form(), scope.replace(' ', "+"));
    gate.send(ask(TOKEN, id, SECRET, &form)).await
}

fn member(answer: &Answer, name: &str) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned()
}

#[tokio::test]
async fn it_is_off_unless_it_is_switched_on() {
    let gate = setup().start().await;
    assert_eq!(error(&shown(&gate, "boss", &ADMIN, "").await), failed(400, "unsupported_grant_type"));
    let gate = setup().with("token", "{refresh: true}").start().await;
    assert_eq!(error(&shown(&gate, "boss", &ADMIN, "").await), failed(400, "unsupported_grant_type"));
}

#[tokio::test]
async fn a_client_gets_a_token_of_the_user_for_what_both_hold() {
    let gate = with_passwords().start().await;
    let answer = shown(&gate, "Robot", &ADMIN, "").await;
    let body = answer.json();
    assert_eq!((answer.status, answer.field("cache-control")), (200, Some("no-store")), "{body}");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert!(body["refresh_token"].as_str().unwrap().starts_with("ptr_"));
    let token = body["access_token"].as_str().unwrap();
    assert!(token.starts_with(&format!("{}.", encoded(r#"{"alg":"HS256","typ":"at+jwt"}"#))), "{token}");
    let said = claims(token);
    let mut names: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sid", "sub", "sub_kind", "ver"]
    );
    for (claim, value) in
        [("sub", "admin"), ("sub_kind", "user"), ("client_id", "robot"), ("aud", "portcullis")]
    {
        assert_eq!(said[claim], value);
    }
    assert_eq!(said["scope"], body["scope"]);
    let scope = body["scope"].as_str().unwrap();
    assert!(scope.contains("subscribers:view") && !scope.contains('*'), "{scope}");
    let me = gate.send(Ask::get(ME).bearer(token)).await.json();
    assert_eq!((&me["data"]["username"], &me["data"]["roles"]), (&json!("admin"), &json!(["operator"])));
    assert_eq!(me["data"]["session"]["id"], said["sid"]);
    assert_eq!(status(&gate, "/api/v1/auth/users", token).await, 403);
    // Through a client that holds everything he is all that he is.
    let boss = member(&shown(&gate, "boss", &ADMIN, "").await, "access_token");
    assert_eq!(status(&gate, "/api/v1/auth/users", &boss).await, 200);
    assert_eq!(status(&gate, "/api/v1/webhooks", &boss).await, 404);
}

#[tokio::test]
async fn what_streams_to_a_client_is_cut_off_when_the_client_is_gone() {
    let switched_on =
        |setup: Setup| setup.with("clients", &clients()).with("oauth", "{password_grant: true}");
    let (gate, upstream) = streams::start(switched_on).await;
    let token = member(&shown(&gate, "robot", &OPERATOR, "").await, "access_token");
    let line = Line::tcp(gate.address()).await;
    let (mut line, mut guest) = streams::open(line, &upstream, Ask::get("/events").bearer(&token)).await;
    let without = gate.setup().with("clients", &client("boss", "grants: [{role: admin}]"));
    gate.take_over(&without).await;
    let cut = async { (line.rest().await, guest.rest().await) };
    assert_eq!(within("waiting for the stream to be cut", cut).await, (vec![], vec![]));
}

#[tokio::test]
async fn a_user_and_a_client_of_one_name_are_two() {
    let gate = with_passwords().start().await;
    let user = member(&shown(&gate, "operator", &OPERATOR, "").await, "access_token");
    let machine = token(&gate, "operator", "").await;
    let (of_user, of_machine) = (claims(&user), claims(&machine));
    assert_eq!((&of_user["sub"], &of_user["client_id"]), (&of_machine["sub"], &of_machine["client_id"]));
    for (token, name, allowed) in [(&user, "operator", 403), (&machine, "client:operator", 200)] {
        let me = gate.send(Ask::get(ME).bearer(token)).await.json();
        assert_eq!(me["data"]["username"], name);
        assert_eq!(status(&gate, "/api/v1/auth/users", token).await, allowed, "{name}");
    }
    // Whatever a token says of its subject, it is of one stamp, which is nobody else's.
    let header = encoded(r#"{"alg":"HS256","typ":"at+jwt"}"#);
    let bent = |said: &serde_json::Value, change: &dyn Fn(&mut serde_json::Value)| {
        let mut said = said.clone();
        change(&mut said);
        signed(portcullis_tests::token::SECRET, &header, &encoded(&said.to_string()))
    };
    let is_user =
        |said: &mut serde_json::Value| (said["sub_kind"], said["sid"]) = (json!("user"), json!("s"));
    assert_eq!(status(&gate, ME, &bent(&of_user, &|_| ())).await, 200);
    for forged in [
        bent(&of_user, &|said| drop(said.as_object_mut().unwrap().remove("sub_kind"))),
        bent(&of_user, &|said| said["sub_kind"] = json!("client")),
        bent(&of_user, &|said| said["sub_kind"] = json!(null)),
        bent(&of_user, &|said| drop(said.as_object_mut().unwrap().remove("sid"))),
        bent(&of_user, &|said| said["client_id"] = json!("boss")),
        bent(&of_user, &|said| said["sub"] = json!("admin")),
        bent(&of_machine, &is_user),
        bent(&of_machine, &|said| said["sub"] = json!("admin")),
    ] {
        assert_eq!(status(&gate, ME, &forged).await, 401, "{}", claims(&forged));
    }
    // Nor is it ever more than both hold, whatever its scope says.
    let wider = bent(&of_user, &|said| said["scope"] = json!("*:*"));
    assert_eq!(status(&gate, "/api/v1/auth/users", &wider).await, 403);
}

#[tokio::test]
async fn a_scope_is_never_more_than_both_hold() {
    let gate = with_passwords().start().await;
    for (id, person, beyond) in [
        ("robot", &ADMIN, "*:*"),
        ("robot", &ADMIN, "config:edit"),
        ("robot", &ADMIN, "qos:view users:edit"),
        ("boss", &OPERATOR, "*:*"),
        ("boss", &OPERATOR, "config:edit"),
        ("boss", &OPERATOR, "qos:*"),
        ("admin", &ADMIN, "qos:view"),
        ("boss", &ADMIN, "openid"),
        ("boss", &ADMIN, "qos:view,config:edit"),
    ] {
        let answer = shown(&gate, id, person, beyond).await;
        assert_eq!(error(&answer), failed(400, "invalid_scope"), "{id} {beyond}");
        assert!(answer.is_refusal());
    }
    let part = shown(&gate, "boss", &ADMIN, "users:view").await;
    assert_eq!(member(&part, "scope"), "users:view");
    let part = member(&part, "access_token");
    assert_eq!(
        (status(&gate, "/api/v1/auth/users", &part).await, status(&gate, "/api/v1/auth/roles", &part).await),
        (200, 403)
    );
    assert_eq!(status(&gate, "/api/v1/webhooks", &part).await, 403);
    // What he may do through the client is no more than that when he changes something either.
    let nothing = member(&shown(&gate, "admin", &ADMIN, "").await, "access_token");
    assert_eq!(
        (status(&gate, ME, &nothing).await, status(&gate, "/api/v1/auth/users", &nothing).await),
        (200, 403)
    );
}

#[tokio::test]
async fn whoever_is_not_let_in_reads_one_answer_whatever_is_wrong() {
    let gate = with_passwords().with("throttle", "{never_limit: [127.0.0.1]}").start().await;
    let stranger = Person { name: "stranger", ..ADMIN };
    let wrong = Person { password: "a guess", ..ADMIN };
    let of_client = Person { name: "client:boss", password: SECRET, ..ADMIN };
    let mut answers = vec![];
    for person in [&stranger, &wrong, &FORMER, &CONSOLE, &of_client] {
        let answer = shown(&gate, "boss", person, "").await;
        assert_eq!(error(&answer), failed(400, "invalid_grant"), "{}", person.name);
        assert!(answer.is_refusal() && answer.field("www-authenticate").is_none());
        answers.push(answer.text());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // First who asks, then for whom.
    let guess = gate.send(ask(TOKEN, "boss", "guess", PASSWORD)).await;
    assert_eq!(error(&guess), failed(401, "invalid_client"));
}

#[tokio::test]
async fn passwords_are_counted_with_those_of_the_login() {
    let gate = with_passwords().with("throttle", "{per_user: 3, per_address: 100}").start().await;
    let wrong = Person { password: "a guess", ..OPERATOR };
    for _ in 0..2 {
        assert_eq!(shown(&gate, "boss", &wrong, "").await.status, 400);
    }
    assert_eq!(gate.send(Ask::login("operator", "another guess")).await.status, 401);
    let held = shown(&gate, "boss", &OPERATOR, "").await;
    assert_eq!(error(&held), failed(429, "too_many_requests"));
    assert!(held.field("retry-after").is_some() && held.is_refusal());
    assert_eq!(gate.send(Ask::login("operator", OPERATOR.password)).await.status, 429);
    assert_eq!(shown(&gate, "boss", &ADMIN, "").await.status, 200);
}

#[tokio::test]
async fn every_parameter_is_there_once_and_in_a_form() {
    let gate = with_passwords().start().await;
    let (user, password) = ("username=operator", "password=operator%27s+password");
    let invalid = failed(400, "invalid_request");
    for form in [
        "grant_type=password".to_owned(),
        format!("grant_type=password&{user}"),
        format!("grant_type=password&{password}"),
        format!("grant_type=password&username=&{password}"),
        format!("grant_type=password&{user}&password="),
        format!("{PASSWORD}&{user}"),
        format!("{PASSWORD}&{password}"),
        format!("{PASSWORD}&username=admin"),
        format!("{PASSWORD}&user%6eame=operator"),
        format!("{PASSWORD}&scope=qos:view&scope=qos:view"),
        format!("{PASSWORD}&grant_type=password"),
        format!("{user}&{password}"),
    ] {
        assert_eq!(error(&gate.send(ask(TOKEN, "boss", SECRET, &form)).await), invalid, "{form}");
    }
    let in_query = gate.send(ask(&format!("{TOKEN}?{password}"), "boss", SECRET, PASSWORD)).await;
    assert_eq!(error(&in_query), invalid);
    let shown_twice = format!("{PASSWORD}&client_id=boss&client_secret=the+secret%3A+of+clients");
    assert_eq!(error(&gate.send(ask(TOKEN, "boss", SECRET, &shown_twice)).await), invalid);
    for other in ["application/json", "multipart/form-data", "text/plain", ""] {
        let asked = Ask::post(TOKEN).body(other, shown_twice.clone());
        assert_eq!(error(&gate.send(asked).await), invalid, "{other}");
    }
    let in_body = Ask::post(TOKEN).body(FORM, shown_twice.clone());
    assert_eq!(gate.send(in_body).await.status, 200);
    assert_eq!(error(&gate.send(Ask::post(TOKEN).body(FORM, PASSWORD)).await), failed(401, "invalid_client"));
}
