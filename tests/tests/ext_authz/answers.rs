//! What Envoy is told, and what is written down about it.

use envoy_types::ext_authz::v3::pb::CheckRequest;
use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;

use crate::envoy::{Envoy, Held, Told};

fn setup() -> Setup {
    Setup::new().with("ext_authz", "127.0.0.1:0").with("trusted_proxies", "[127.0.0.1]")
}

#[tokio::test]
async fn who_may_pass_passes_with_the_identity_that_the_upstream_is_to_see() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let session = portcullis_tests::token::claims(&token)["sid"].as_str().unwrap().to_owned();
    let claims = [("x-auth-user", "admin"), ("X_Auth_Roles", "admin"), ("x-original.url", "/b")];
    let held = Held::new("GET", "/api/v1/subscribers?limit=1").bearer(&token).field("x-request-id", "asked");
    let held = claims.iter().fold(held, |held, (name, value)| held.field(name, value));
    let told = Envoy::of(&gate).await.asks(&held).await;
    assert_eq!((told.status, told.field("x-request-id")), (200, Some("asked")));
    let identity = ["x-auth-user", "x-auth-roles", "x-auth-realms", "x-auth-session"];
    let expected = ["operator", "operator", "*", session.as_str()];
    assert_eq!(identity.map(|name| told.field(name)), expected.map(Some));
    for name in ["x_auth_roles", "x.auth.user", "x-original.url", "authorization"] {
        assert!(told.removed.iter().any(|removed| removed == name), "{name}: {told:?}");
    }
    for name in identity {
        assert!(!told.removed.iter().any(|removed| removed == name), "Envoy would remove what was just set");
    }
}

#[tokio::test]
async fn the_token_goes_on_where_the_upstream_is_to_check_it_too() {
    let gate = setup().with("upstream_authorization", "keep").start().await;
    let token = gate.login(&OPERATOR).await;
    let told = Envoy::of(&gate).await.asks(&Held::new("GET", "/api/v1/subscribers").bearer(&token)).await;
    assert_eq!(told.status, 200);
    assert!(!told.removed.iter().any(|name| name == "authorization"), "{told:?}");
}

#[tokio::test]
async fn a_question_without_a_whole_request_in_it_is_refused() {
    let gate = setup().start().await;
    let mut envoy = Envoy::of(&gate).await;
    let good = Held::new("GET", "/api/v1/health").question();
    let mut no_source = good.clone();
    no_source.attributes.as_mut().unwrap().source = None;
    let mut no_request = good.clone();
    no_request.attributes.as_mut().unwrap().request = None;
    for question in [CheckRequest::default(), no_source, no_request] {
        let told = Told::of(envoy.check(question).await.unwrap());
        assert_eq!(told.status, 400);
        assert!(told.body.contains("Ambiguous forwarded request"), "{told:?}");
        assert!(told.field("portcullis-decision").is_some());
    }
    assert_eq!(Told::of(envoy.check(good).await.unwrap()).status, 200);
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_told_nothing_else() {
    for proxies in ["[]", "[192.0.2.1, 127.0.0.2]"] {
        let gate = setup().with("trusted_proxies", proxies).start().await;
        let token = gate.login(&ADMIN).await;
        let held = Held::new("GET", "/api/v1/subscribers").bearer(&token).from("127.0.0.2");
        let told = Envoy::of(&gate).await.asks(&held).await;
        assert_eq!(told.status, 403);
        assert!(told.body.contains("Not a trusted proxy"), "{told:?}");
        assert_eq!(told.field("x-auth-user"), None);
    }
}

#[tokio::test]
async fn whoever_may_open_the_socket_may_ask() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("envoy.sock");
    let gate = Setup::new().with("ext_authz", &format!("unix:{}", socket.display())).start().await;
    let token = gate.login(&OPERATOR).await;
    let mut envoy = Envoy::of(&gate).await;
    let held = |path: &str| Held::new("GET", path).bearer(&token);
    assert_eq!(envoy.asks(&held("/api/v1/subscribers")).await.status, 200);
    assert_eq!(envoy.asks(&held("/api/v1/webhooks")).await.status, 403);
}

#[tokio::test]
async fn the_decision_is_recorded_as_the_one_about_the_client_s_request() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let held = Held::new("DELETE", "/api/v1/subscribers/sub-1001?x=y").bearer(&token);
    // What the client claims counts for nothing: Envoy has seen where he is, and he is no proxy that is trusted.
    let held = held.field("x-forwarded-for", "198.51.100.1").from("192.0.2.7");
    let told = Envoy::of(&gate).await.asks(&held).await;
    let id = told.field("portcullis-decision").unwrap().to_owned();
    let event = gate.log().wait_for("the decision", |event| event["decision.id"] == id.as_str(), 0).await;
    assert_eq!(event["action"], "DELETE /api/v1/subscribers/sub-1001");
    assert_eq!(event["route"], "DELETE /api/v1/subscribers/{id}");
    assert_eq!((&event["subject"], &event["address"]), (&"operator".into(), &"192.0.2.7".into()));
}

#[tokio::test]
async fn a_client_behind_two_proxies_is_the_one_whom_the_first_has_seen() {
    let gate = setup().with("trusted_proxies", "[127.0.0.1, 192.0.2.7]").start().await;
    let held = Held::new("GET", "/api/v1/webhooks").from("192.0.2.7");
    let held = held.field("x-forwarded-for", "203.0.113.5, 198.51.100.1");
    let told = Envoy::of(&gate).await.asks(&held).await;
    let id = told.field("portcullis-decision").unwrap().to_owned();
    let event = gate.log().wait_for("the decision", |event| event["decision.id"] == id.as_str(), 0).await;
    assert_eq!(event["address"], "198.51.100.1");
}

#[tokio::test]
async fn who_guesses_tokens_is_not_listened_to_for_a_while_wherever_he_asks() {
    let gate = setup().with("throttle", "{per_address: 3}").start().await;
    let mut envoy = Envoy::of(&gate).await;
    let mut statuses = vec![];
    for number in 0..5 {
        let guess = format!("123456789{number}");
        let told = envoy.asks(&Held::new("GET", "/api/v1/subscribers").bearer(&guess)).await;
        statuses.push((told.status, told.field("retry-after").is_some()));
    }
    assert_eq!(statuses.first(), Some(&(401, false)));
    assert_eq!(statuses.last(), Some(&(403, true)), "{statuses:?}");
    let elsewhere = Held::new("GET", "/api/v1/subscribers").bearer("1234567890").from("198.51.100.1");
    assert_eq!(envoy.asks(&elsewhere).await.status, 401);
}

async fn refusals(gate: &Gate) -> u64 {
    let metrics = gate.send(Ask::get("/metrics")).await.text();
    let lines = metrics.lines().filter(|line| line.contains("reason=\"role_required\""));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn a_decision_for_envoy_is_counted_like_one_of_our_own() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let before = refusals(&gate).await;
    Envoy::of(&gate).await.asks(&Held::new("GET", "/api/v1/webhooks").bearer(&token)).await;
    assert_eq!(refusals(&gate).await, before + 1);
}
