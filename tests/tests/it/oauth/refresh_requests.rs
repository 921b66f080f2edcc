//! What is no good request with a refresh token, and what is told of one.

use portcullis_tests::cast::OPERATOR;
use serde_json::{Value, json};

use super::password_grant::{shown, with_passwords};
use super::refresh::{Pair, form, is_over, logged_in, refreshed, revoke};
use super::*;

#[tokio::test]
async fn a_request_with_anything_twice_missing_or_elsewhere_uses_nothing() {
    let gate = with_passwords().with("token", "{refresh: true}").start().await;
    let pair = logged_in(&gate, "boss").await;
    let (good, refresh) = (form(&pair.refresh), &pair.refresh);
    let invalid = failed(400, "invalid_request");
    for wrong in [
        "grant_type=refresh_token".to_owned(),
        "grant_type=refresh_token&refresh_token=".to_owned(),
        format!("refresh_token={refresh}"),
        format!("{good}&refresh_token={refresh}"),
        format!("{good}&refresh%5Ftoken=x"),
        format!("{good}&grant_type=refresh_token"),
        format!("{good}&scope=qos:view&scope=qos:view"),
    ] {
        assert_eq!(error(&gate.send(ask(TOKEN, "boss", SECRET, &wrong)).await), invalid, "{wrong}");
    }
    let in_body = "client_id=boss&client_secret=the+secret%3A+of+clients";
    for twice in [
        ask(TOKEN, "boss", SECRET, &format!("{good}&{in_body}")),
        ask(&format!("{TOKEN}?refresh_token={refresh}"), "boss", SECRET, &good),
        Ask::post(&format!("{TOKEN}?{good}&{in_body}")),
        Ask::post(TOKEN).body("application/json", json!({ "grant_type": "refresh_token" }).to_string()),
        Ask::post(TOKEN).body("text/plain", format!("{good}&{in_body}")),
        Ask::post(TOKEN).body(FORM, format!("{good}&{in_body}&client_id=boss")),
    ] {
        let said = format!("{twice:?}");
        assert_eq!(error(&gate.send(twice).await), invalid, "{said}");
    }
    for part in ["client_id=boss", "client_secret=x"] {
        let answer = gate.send(Ask::post(TOKEN).body(FORM, format!("{good}&{part}"))).await;
        assert_eq!(error(&answer), failed(401, "invalid_client"), "{part}");
    }
    let bearer = Ask::post(TOKEN).body(FORM, good.clone()).bearer(&pair.access);
    assert_eq!(error(&gate.send(bearer).await), failed(401, "invalid_client"));
    for unknown in
        ["x", "ptr_", "ptr_x", &format!("{refresh}A"), &refresh[4..], &refresh.to_uppercase(), &pair.access]
    {
        assert_eq!(
            error(&refreshed(&gate, "boss", unknown).await),
            failed(400, "invalid_grant"),
            "{unknown}"
        );
    }
    // It opens nothing itself.
    assert_eq!(status(&gate, ME, refresh).await, 401);
    let answer = gate.send(Ask::post(TOKEN).body(FORM, format!("{good}&{in_body}"))).await;
    Pair::of(&answer);
}

#[tokio::test]
async fn whoever_shows_many_that_nobody_has_is_slowed_down_and_good_ones_are_not() {
    let setup = with_passwords().with("throttle", "{per_address: 3}");
    let gate = setup.with("token", "{refresh: true}").start().await;
    let pair = logged_in(&gate, "boss").await;
    let unknown = format!("ptr_{}", "A".repeat(64));
    // A client that has shown its secret does not guess.
    for _ in 0..5 {
        assert_eq!(refreshed(&gate, "boss", &unknown).await.status, 400);
    }
    let by_nobody = || gate.send(Ask::post(TOKEN).body(FORM, form(&unknown)));
    for _ in 0..3 {
        assert_eq!(by_nobody().await.status, 400);
    }
    let held = by_nobody().await;
    assert_eq!(error(&held), failed(429, "too_many_requests"));
    assert!(held.field("retry-after").is_some() && held.is_refusal());
    Pair::of(&refreshed(&gate, "boss", &pair.refresh).await);
}

async fn state(gate: &Gate, id: &str, token: &str) -> Value {
    let form = format!("token={token}&token_type_hint=access_token");
    gate.send(ask("/oauth2/introspect", id, SECRET, &form)).await.json()
}

#[tokio::test]
async fn its_own_client_can_ask_about_it_and_end_it() {
    let gate = with_passwords().with("token", "{refresh: true}").start().await;
    let first = Pair::of(&shown(&gate, "boss", &OPERATOR, "qos:view").await);
    let told = state(&gate, "boss", &first.refresh).await;
    let (iat, exp) = (told["iat"].as_i64().unwrap(), told["exp"].as_i64().unwrap());
    assert_eq!(exp - iat, 24 * 3600);
    assert_eq!(
        told,
        json!({ "active": true, "scope": "qos:view", "client_id": "boss", "username": "operator", "sub": "operator",
                "iss": "portcullis", "iat": iat, "exp": exp })
    );
    let access = state(&gate, "robot", &first.access).await;
    assert_eq!((&access["client_id"], &access["username"]), (&json!("boss"), &json!("operator")));
    assert_eq!(state(&gate, "robot", &first.refresh).await, json!({ "active": false }));
    for token in [&first.refresh, &first.access] {
        assert_eq!(error(&revoke(&gate, "robot", token).await), failed(400, "unauthorized_client"));
    }
    // Asking was no use of it.
    let second = Pair::of(&refreshed(&gate, "boss", &first.refresh).await);
    assert_eq!(state(&gate, "boss", &first.refresh).await, json!({ "active": false }));
    assert_eq!(state(&gate, "boss", &second.refresh).await["active"], true);
    // One that was used ends as much as the one that is good.
    for _ in 0..2 {
        let answer = revoke(&gate, "boss", &first.refresh).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    }
    is_over(&gate, "boss", &second).await;
    assert_eq!(state(&gate, "boss", &second.refresh).await, json!({ "active": false }));
    let login = Pair::of(&gate.send(Ask::login("operator", OPERATOR.password)).await);
    let told = state(&gate, "robot", &login.refresh).await;
    assert_eq!((&told["active"], told.get("client_id"), told.get("scope")), (&json!(true), None, None));
    assert_eq!(revoke(&gate, "robot", &login.refresh).await.status, 200);
    assert_eq!(status(&gate, ME, &login.access).await, 401);
}
