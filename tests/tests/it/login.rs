//! `POST /api/v1/auth/login`: a name and a password for a token, and one answer for whatever is wrong.

use std::collections::BTreeSet;

use http::Version;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, CONSOLE, FORMER, NOBODY, OPERATOR, Person, VIEWER};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::raw::RawAnswer;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::{self, HEADER};
use serde_json::{Value, json};

async fn login(gate: &Gate, name: &str, password: &str) -> Answer {
    gate.send(Ask::login(name, password)).await
}

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_login_is_answered_with_the_three_members_and_nobody_may_keep_it() {
    let gate = Setup::new().start().await;
    let answer = login(&gate, ADMIN.name, ADMIN.password).await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(members(&body), BTreeSet::from(["access_token", "token_type", "expires_in"]));
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(3600)));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert!(answer.field("x-request-id").is_some() && !answer.is_refusal());
}

#[tokio::test]
async fn a_token_has_the_bng_s_header_byte_for_byte_and_every_claim_of_its_type() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    assert_eq!(token.split('.').next(), Some(HEADER));
    assert_eq!(token.split('.').count(), 3);
    let claims = token::claims(&token);
    let names = ["iss", "sub", "role", "roles", "iat", "exp", "jti", "sid", "ver"];
    assert_eq!(members(&claims), BTreeSet::from(names));
    assert_eq!(claims["iss"], "portcullis");
    assert_eq!(claims["sub"], "operator");
    assert_eq!((&claims["role"], &claims["roles"]), (&json!("operator"), &json!(["operator"])));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(
        ["jti", "sid", "ver"].iter().all(|name| claims[name].as_str().is_some_and(|text| text.len() >= 16))
    );
}

#[tokio::test]
async fn a_name_is_known_in_any_case_and_the_token_spells_it_as_the_file_does() {
    let gate = Setup::new().start().await;
    let answer = login(&gate, "vERA.vIEWER", VIEWER.password).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(token::claims(&token)["sub"], "Vera.Viewer");
}

#[tokio::test]
async fn somebody_without_roles_has_an_empty_one() {
    let gate = Setup::new().start().await;
    let claims = token::claims(&gate.login(&NOBODY).await);
    assert_eq!((&claims["role"], &claims["roles"]), (&json!(""), &json!([])));
}

#[tokio::test]
async fn two_logins_are_two_sessions_of_one_credential() {
    let gate = Setup::new().start().await;
    let first = token::claims(&gate.login(&ADMIN).await);
    let second = token::claims(&gate.login(&ADMIN).await);
    assert_ne!(first["jti"], second["jti"]);
    assert_ne!(first["sid"], second["sid"]);
    assert_eq!(first["ver"], second["ver"]);
}

#[tokio::test]
async fn lifetime_issuer_and_audience_are_the_configuration_s() {
    let gate = Setup::new().with("token", "{ttl: 90s, issuer: \"https://noc\", audience: bng}").start().await;
    let answer = login(&gate, ADMIN.name, ADMIN.password).await.json();
    assert_eq!(answer["expires_in"], 90);
    let claims = token::claims(answer["access_token"].as_str().unwrap());
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://noc"), &json!("bng")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 90);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_login_the_answer_is_one_and_the_same() {
    let gate = Setup::new().with("throttle", "{per_user: 1000, per_address: 1000}").start().await;
    let long = "x".repeat(73);
    let shown = |answer: &Answer| {
        let names: BTreeSet<_> = answer.fields.keys().map(|name| name.as_str().to_owned()).collect();
        (answer.status, answer.field("www-authenticate").map(str::to_owned), answer.text(), names)
    };
    let expected = shown(&login(&gate, ADMIN.name, "wrong").await);
    assert_eq!((expected.0, expected.1.as_deref()), (401, Some("Bearer")));
    for (name, password) in [
        ("unknown", "wrong"),
        (FORMER.name, FORMER.password),
        (CONSOLE.name, CONSOLE.password),
        (ADMIN.name, ""),
        (ADMIN.name, OPERATOR.password),
        (ADMIN.name, "ADMIN'S PASSWORD"),
        (ADMIN.name, "admin's password "),
        (ADMIN.name, "admin's password\0"),
        (ADMIN.name, long.as_str()),
        ("", ADMIN.password),
        (" admin", ADMIN.password),
        ("admin\0", ADMIN.password),
        ("ädmin", ADMIN.password),
        ("../admin", ADMIN.password),
    ] {
        let answer = login(&gate, name, password).await;
        assert_eq!(answer.detail(), "Incorrect username or password");
        assert_eq!(shown(&answer), expected, "{name:?} {password:?}");
    }
}

#[tokio::test]
async fn a_password_may_have_72_bytes_and_a_73rd_is_not_passed_over() {
    let longest = format!("pässwörd {}", "x".repeat(61));
    assert_eq!(longest.len(), 72);
    let hash = "$2b$04$9P0PPVls3JL60bwA3RQ0e.cGpzRGlA.G4En0Yzv291Q5Qtnk8OPtm";
    let gate = Setup::new().users(&[Person { hash, ..ADMIN }]).start().await;
    assert_eq!(login(&gate, ADMIN.name, &longest).await.status, 200);
    assert_eq!(login(&gate, ADMIN.name, &format!("{longest}x")).await.status, 401);
    assert_eq!(login(&gate, ADMIN.name, &longest[..71]).await.status, 401);
}

#[tokio::test]
async fn hashes_that_other_programs_made_are_good() {
    for hash in [
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ] {
        let gate = Setup::new().users(&[Person { hash, ..ADMIN }]).start().await;
        assert_eq!(login(&gate, ADMIN.name, "U*U").await.status, 200, "{hash}");
        assert_eq!(login(&gate, ADMIN.name, "U*V").await.status, 401, "{hash}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_body_is_told_at_once() {
    let gate = Setup::new().start().await;
    let required = |name: &str| json!({"type": "missing", "loc": ["body", name], "msg": "Field required"});
    let kinds = |answer: &Answer| -> Value {
        let faults = answer.json()["detail"].as_array().unwrap().clone();
        faults.iter().map(|fault| json!([fault["type"], fault["loc"][1]])).collect()
    };
    let empty = gate.send(Ask::post("/api/v1/auth/login").json(&json!({}))).await;
    assert_eq!(empty.status, 422);
    assert_eq!(empty.json()["detail"], json!([required("username"), required("password")]));
    let no_password = gate.send(Ask::post("/api/v1/auth/login").json(&json!({"username": "admin"}))).await;
    assert_eq!(no_password.json()["detail"], json!([required("password")]));
    for (body, expected) in [
        (
            json!({"username": 1, "password": null}),
            json!([["string_type", "username"], ["string_type", "password"]]),
        ),
        (
            json!({"username": "x".repeat(65), "otp": 1}),
            json!([["missing", "password"], ["string_too_long", "username"], ["extra_forbidden", "otp"]]),
        ),
        (
            json!({"username": ["admin"], "password": {}}),
            json!([["string_type", "username"], ["string_type", "password"]]),
        ),
    ] {
        let answer = gate.send(Ask::post("/api/v1/auth/login").json(&body)).await;
        assert_eq!((answer.status, kinds(&answer)), (422, expected), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_told_so_and_a_form_is_none() {
    let gate = Setup::new().start().await;
    let form = "username=admin&password=admin%27s+password";
    let good = json!({"username": ADMIN.name, "password": ADMIN.password}).to_string();
    for (content_type, body) in [
        ("application/x-www-form-urlencoded", form),
        ("application/json", form),
        ("application/x-www-form-urlencoded", &good),
        ("text/plain", &good),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", "{\"username\":\"admin\",\"username\":\"operator\",\"password\":\"x\"}"),
    ] {
        let answer = gate.send(Ask::post("/api/v1/auth/login").body(content_type, body.to_owned())).await;
        assert_eq!(answer.status, 422, "{content_type} {body}");
        assert_eq!(answer.json()["detail"][0]["type"], "json_invalid", "{content_type} {body}");
    }
    let typed = Ask::post("/api/v1/auth/login?x=1").body("Application/JSON; charset=utf-8", good);
    assert_eq!(gate.send(typed).await.status, 200);
}

#[tokio::test]
async fn a_body_of_more_than_16_kib_is_too_large_with_a_length_or_in_chunks() {
    let gate = Setup::new().start().await;
    let sized = |size: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(size - 8));
    let most = gate.send(Ask::post("/api/v1/auth/login").body("application/json", sized(16 * 1024))).await;
    assert_eq!(most.status, 422);
    let over =
        gate.send(Ask::post("/api/v1/auth/login").body("application/json", sized(16 * 1024 + 1))).await;
    assert_eq!((over.status, over.detail().as_str()), (413, "Payload Too Large"));

    let mut wire = gate.wire().await;
    wire.write("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    wire.write(format!("4001\r\n{}\r\n0\r\n\r\n", "x".repeat(0x4001))).await;
    assert_eq!(wire.answer().await.map(|answer: RawAnswer| answer.status), Some(413));
}

#[tokio::test]
async fn a_login_is_the_same_over_http_1_and_http_2() {
    let gate = Setup::new().tls().start().await;
    for (protocol, version) in [(Protocol::Http1, Version::HTTP_11), (Protocol::Http2, Version::HTTP_2)] {
        let mut client = gate.client(protocol);
        let good = client.send(Ask::login(ADMIN.name, ADMIN.password)).await;
        assert_eq!((good.status, good.version), (200, version));
        assert_eq!(good.field("cache-control"), Some("no-store"));
        let bad = client.send(Ask::login(ADMIN.name, "wrong")).await;
        assert_eq!((bad.status, bad.field("www-authenticate")), (401, Some("Bearer")));
        let token = good.json()["access_token"].as_str().unwrap().to_owned();
        let me = client.send(Ask::get("/api/v1/auth/me").bearer(&token)).await;
        assert_eq!((me.status, &me.json()["data"]["username"]), (200, &json!("admin")));
    }
}

#[tokio::test]
async fn a_failed_login_is_logged_with_its_reason_and_without_what_was_typed() {
    let gate = Setup::new().start().await;
    for (name, password, reason) in [
        ("my-mistyped-secret", "x", "unknown user"),
        (OPERATOR.name, "my-other-mistyped-secret", "wrong password"),
        (FORMER.name, FORMER.password, "deactivated user"),
        (CONSOLE.name, CONSOLE.password, "user without the right to log in to the API"),
    ] {
        login(&gate, name, password).await;
        let event = gate.log().wait_for(reason, |event| event["reason"] == reason, 0).await;
        assert_eq!((&event["action"], &event["decision"]), (&json!("login"), &json!("refused")));
    }
    let token = gate.login(&ADMIN).await;
    gate.log().wait_for("a login", |event| event["reason"] == "password accepted", 0).await;
    let log = gate.log().text();
    for secret in
        ["mistyped", FORMER.password, ADMIN.password, ADMIN.hash, &token, token.rsplit('.').next().unwrap()]
    {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
