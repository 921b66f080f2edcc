//! What a client's token says, what it opens, and when it ends.

use portcullis_tests::bng::Bng;
use portcullis_tests::cast::ADMIN;
use portcullis_tests::token::{claims, encoded, signed};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_client_gets_a_token_of_rfc_9068() {
    let gate = setup().start().await;
    let answer = granted(&gate, "Robot", "").await;
    assert_eq!((answer.status, answer.field("cache-control")), (200, Some("no-store")));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
    let token = body["access_token"].as_str().unwrap();
    assert!(token.starts_with(&format!("{}.", encoded(r#"{"alg":"HS256","typ":"at+jwt"}"#))), "{token}");
    let said = claims(token);
    let mut names: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub", "ver"]);
    assert_eq!((&said["sub"], &said["client_id"]), (&json!("robot"), &json!("robot")));
    assert_eq!((&said["iss"], &said["aud"]), (&json!("portcullis"), &json!("portcullis")));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 300);
    assert_eq!(said["scope"], body["scope"]);
    let scope = body["scope"].as_str().unwrap();
    assert!(scope.contains("subscribers:view") && scope.contains("device:view"), "{scope}");
}

#[tokio::test]
async fn the_upstream_learns_that_it_is_a_client() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("clients", &clients()).start().await;
    let robot = token(&gate, "robot", "").await;
    assert_eq!(status(&gate, "/api/v1/subscribers", &robot).await, 200);
    let delete = gate.send(Ask::new("DELETE", "/api/v1/subscribers/sub-1001").bearer(&robot)).await;
    assert_eq!((delete.status, delete.detail().as_str()), (403, "Admin role required"));
    let me = gate.send(Ask::get(ME).bearer(&robot)).await.json();
    assert_eq!(
        (&me["data"]["username"], &me["data"]["roles"]),
        (&json!("client:robot"), &json!(["operator"]))
    );
    assert_eq!(me["data"]["session"]["id"], claims(&robot)["jti"]);
}

#[tokio::test]
async fn a_client_is_never_the_user_of_its_name() {
    let gate = setup().start().await;
    let (machine, user) = (token(&gate, "admin", "").await, gate.login(&ADMIN).await);
    assert_eq!(status(&gate, ME, &machine).await, 200);
    assert_eq!(status(&gate, "/api/v1/auth/users", &machine).await, 403);
    assert_eq!(status(&gate, "/api/v1/auth/users", &user).await, 200);
    // Nor the other way round, whatever a token says: the type of the token decides.
    let crossed = |token: &str, typ: &str| {
        let header = encoded(&format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#));
        signed(portcullis_tests::token::SECRET, &header, token.split('.').nth(1).unwrap())
    };
    assert_eq!(status(&gate, ME, &crossed(&machine, "at+jwt")).await, 200);
    for forged in [crossed(&machine, "JWT"), crossed(&user, "at+jwt"), crossed(&machine, "AT+JWT")] {
        assert_eq!(status(&gate, ME, &forged).await, 401);
    }
    let own = gate.send(Ask::get("/api/v1/auth/explain?path=/&user=admin").bearer(&machine)).await;
    assert_eq!((own.status, own.detail().as_str()), (403, "Right 'access:explain' required"));
    let password = json!({ "current": "admin's password", "new": "another password of his" });
    let password = gate.send(Ask::post("/api/v1/auth/password").bearer(&machine).json(&password)).await;
    assert_eq!((password.status, password.detail().as_str()), (403, "A client has no password"));
}

#[tokio::test]
async fn a_scope_narrows_and_never_widens() {
    let gate = setup().start().await;
    for beyond in
        ["*:*", "config:edit", "subscribers:*", "qos:view config:edit", "x", "openid", "qos:view,system:view"]
    {
        assert_eq!(error(&granted(&gate, "robot", beyond).await), failed(400, "invalid_scope"), "{beyond}");
    }
    assert_eq!(error(&granted(&gate, "admin", "qos:view").await), failed(400, "invalid_scope"));
    let part = granted(&gate, "boss", "users:view users:view audit:view").await.json();
    assert_eq!(part["scope"], "users:view audit:view");
    let part = part["access_token"].as_str().unwrap();
    assert_eq!(status(&gate, "/api/v1/auth/users", part).await, 200);
    assert_eq!(status(&gate, "/api/v1/auth/roles", part).await, 403);
    // Part of a role is not the role.
    assert_eq!(status(&gate, "/api/v1/webhooks", part).await, 403);
    let whole = token(&gate, "boss", "").await;
    assert_eq!(status(&gate, "/api/v1/webhooks", &whole).await, 404);
}

#[tokio::test]
async fn a_client_comes_from_where_it_may_alone() {
    let gate = setup().start().await;
    assert_eq!(error(&granted(&gate, "distant", "").await), failed(401, "invalid_client"));
    // One that was given a token before is refused with it as well.
    let whole = token(&gate, "boss", "").await;
    let restricted =
        clients().replace("grants: [{role: admin}]}", "grants: [{role: admin}], allow_from: [192.0.2.1]}");
    gate.take_over(&gate.setup().with("clients", &restricted)).await;
    assert_eq!(status(&gate, ME, &whole).await, 401);
    let there =
        clients().replace("grants: [{role: admin}]}", "grants: [{role: admin}], allow_from: [127.0.0.0/8]}");
    gate.take_over(&gate.setup().with("clients", &there)).await;
    assert_eq!(status(&gate, ME, &whole).await, 200);
}

#[tokio::test]
async fn a_token_ends_with_its_client_and_with_its_secret_and_follows_its_grants() {
    let gate = setup().start().await;
    let (robot, boss) = (token(&gate, "robot", "").await, token(&gate, "boss", "").await);
    let demoted = clients().replace("grants: [{role: admin}]}", "grants: [{role: viewer}]}");
    gate.take_over(&gate.setup().with("clients", &demoted)).await;
    assert_eq!(
        (status(&gate, ME, &boss).await, status(&gate, "/api/v1/auth/users", &boss).await),
        (200, 403)
    );
    let another = clients().replacen(HASH, &"ab".repeat(32), 1);
    gate.take_over(&gate.setup().with("clients", &another)).await;
    assert_eq!((status(&gate, ME, &robot).await, status(&gate, ME, &boss).await), (401, 200));
    gate.take_over(&gate.setup().with("clients", "[]")).await;
    assert_eq!(status(&gate, ME, &boss).await, 401);
    gate.take_over(&gate.setup().with("clients", &clients())).await;
    assert_eq!((status(&gate, ME, &robot).await, status(&gate, ME, &boss).await), (200, 200));
    let gate = gate.restart().await;
    assert_eq!(status(&gate, ME, &robot).await, 200);
}

#[tokio::test]
async fn a_token_ends_by_a_logout_and_with_the_sessions_of_everybody() {
    let gate = setup().start().await;
    let (first, second) = (token(&gate, "robot", "").await, token(&gate, "robot", "").await);
    assert_eq!(gate.send(Ask::post("/api/v1/auth/logout").bearer(&first)).await.status, 204);
    assert_eq!((status(&gate, ME, &first).await, status(&gate, ME, &second).await), (401, 200));
    let admin = gate.login(&ADMIN).await;
    let end = Ask::new("DELETE", "/api/v1/auth/sessions?everybody=true").bearer(&admin);
    assert_eq!(gate.send(end).await.status, 204);
    assert_eq!(status(&gate, ME, &second).await, 401);
    assert_eq!(status(&gate, ME, &token(&gate, "robot", "").await).await, 200);
    let gate = gate.restart().await;
    for dead in [first, second] {
        assert_eq!(status(&gate, ME, &dead).await, 401);
    }
}

#[tokio::test]
async fn every_claim_of_a_token_must_be_there_and_right() {
    let gate = setup().start().await;
    let robot = token(&gate, "robot", "").await;
    let header = encoded(r#"{"alg":"HS256","typ":"at+jwt"}"#);
    let forged = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut said = claims(&robot);
        change(&mut said);
        signed(portcullis_tests::token::SECRET, &header, &encoded(&said.to_string()))
    };
    assert_eq!(status(&gate, ME, &forged(&|_| ())).await, 200);
    for name in claims(&robot).as_object().unwrap().keys() {
        let without = forged(&|said| drop(said.as_object_mut().unwrap().remove(name)));
        assert_eq!(status(&gate, ME, &without).await, 401, "without {name}");
        for value in [json!(null), json!({}), json!("client boss"), json!(-1)] {
            // What the session is called is any text, and when the token was issued any time that is past.
            if name == "jti" && value.is_string() || name == "iat" && value.is_number() {
                continue;
            }
            let bent = forged(&|said| said[name] = value.clone());
            assert_eq!(status(&gate, ME, &bent).await, 401, "{name}: {value}");
        }
    }
    let boss = forged(&|said| (said["sub"], said["client_id"]) = (json!("boss"), json!("boss")));
    assert_eq!(status(&gate, ME, &boss).await, 401);
    // Whatever the scope says, the client holds what it holds.
    let wider = forged(&|said| said["scope"] = json!("*:*"));
    assert_eq!(
        (status(&gate, ME, &wider).await, status(&gate, "/api/v1/auth/users", &wider).await),
        (200, 403)
    );
}
