//! Whether a token is good, and its end: of every kind of token.

use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::token::claims;
use serde_json::{Value, json};

use super::*;

const INTROSPECT: &str = "/oauth2/introspect";
const REVOKE: &str = "/oauth2/revoke";

async fn state(gate: &Gate, token: &str) -> Value {
    let answer = gate.send(ask(INTROSPECT, "admin", SECRET, &format!("token={token}"))).await;
    assert_eq!((answer.status, answer.field("cache-control")), (200, Some("no-store")), "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_good_token_of_every_kind_is_told_with_whose_it_is() {
    let gate = setup().start().await;
    let (robot, admin, number) =
        (token(&gate, "robot", "qos:view").await, gate.login(&ADMIN).await, gate.opaque(&OPERATOR).await);
    let said = claims(&robot);
    assert_eq!(
        state(&gate, &robot).await,
        json!({ "active": true, "token_type": "Bearer", "scope": "qos:view", "client_id": "robot", "sub": "robot",
                "iss": "portcullis", "aud": ["portcullis"], "iat": said["iat"], "exp": said["exp"], "jti": said["jti"] })
    );
    let said = claims(&admin);
    assert_eq!(
        state(&gate, &admin).await,
        json!({ "active": true, "token_type": "Bearer", "scope": "*:*", "username": "admin", "sub": "admin",
                "iss": "portcullis", "iat": said["iat"], "exp": said["exp"], "jti": said["jti"] })
    );
    let told = state(&gate, &number).await;
    assert_eq!((&told["active"], &told["username"]), (&json!(true), &json!("operator")));
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 1800);
    let hinted = format!("token={admin}&token_type_hint=refresh_token");
    assert_eq!(gate.send(ask(INTROSPECT, "robot", SECRET, &hinted)).await.json()["active"], true);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_not_active_and_no_more_is_told() {
    let gate = setup().start().await;
    let other = setup().environment("ABNG_API_SECRET", portcullis_tests::token::OTHER_SECRET).start().await;
    let of_other = token(&other, "robot", "").await;
    let ended = gate.login(&OPERATOR).await;
    gate.send(Ask::post("/api/v1/auth/logout").bearer(&ended)).await;
    for token in ["garbage", "1", "007", "a.b.c", &of_other, &ended, "%20", "%C3%A4"] {
        assert_eq!(state(&gate, token).await, json!({ "active": false }), "{token}");
    }
}

#[tokio::test]
async fn a_revoked_token_of_every_kind_is_dead_at_once_and_stays_so() {
    let gate = setup().start().await;
    let dying = [token(&gate, "robot", "").await, gate.login(&OPERATOR).await, gate.opaque(&OPERATOR).await];
    let living = [token(&gate, "robot", "").await, gate.login(&OPERATOR).await, gate.opaque(&OPERATOR).await];
    for token in &dying {
        for _ in 0..2 {
            let answer = gate.send(ask(REVOKE, "robot", SECRET, &format!("token={token}"))).await;
            assert_eq!((answer.status, answer.text().as_str()), (200, ""));
        }
        assert_eq!(status(&gate, ME, token).await, 401);
        assert_eq!(state(&gate, token).await, json!({ "active": false }));
    }
    let gate = gate.restart().await;
    for (dead, alive) in dying.iter().zip(&living) {
        assert_eq!((status(&gate, ME, dead).await, status(&gate, ME, alive).await), (401, 200));
    }
}

#[tokio::test]
async fn an_unknown_token_is_revoked_already_and_another_client_s_is_left_alone() {
    let gate = setup().start().await;
    for token in ["garbage", "42"] {
        assert_eq!(
            gate.send(ask(REVOKE, "robot", SECRET, &format!("token={token}"))).await.status,
            200,
            "{token}"
        );
    }
    let boss = token(&gate, "boss", "").await;
    let answer = gate.send(ask(REVOKE, "robot", SECRET, &format!("token={boss}"))).await;
    assert_eq!(error(&answer), failed(400, "unauthorized_client"));
    assert_eq!(status(&gate, ME, &boss).await, 200);
}

#[tokio::test]
async fn both_want_a_client_and_one_token_in_a_form() {
    let gate = setup().start().await;
    let admin = gate.login(&ADMIN).await;
    for path in [INTROSPECT, REVOKE] {
        for form in ["", "token=", "token=a&token=b"] {
            assert_eq!(
                error(&gate.send(ask(path, "robot", SECRET, form)).await),
                failed(400, "invalid_request"),
                "{form}"
            );
        }
        let query = gate.send(ask(&format!("{path}?token={admin}"), "robot", SECRET, "")).await;
        assert_eq!(error(&query), failed(400, "invalid_request"));
        let json = Ask::post(path).json(&json!({ "token": admin }));
        assert_eq!(error(&gate.send(json).await), failed(400, "invalid_request"));
        for nobody in [
            Ask::post(path).body(FORM, format!("token={admin}")),
            Ask::post(path).body(FORM, format!("token={admin}")).bearer(&admin),
            ask(path, "robot", "guess", &format!("token={admin}")),
        ] {
            assert_eq!(error(&gate.send(nobody).await), failed(401, "invalid_client"), "{path}");
        }
    }
    assert_eq!(status(&gate, ME, &admin).await, 200);
}
