//! Requests with a token, and without: what counts as a credential, and in which order a client learns what is wrong.

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, NOBODY, OPERATOR};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;

const SUBSCRIBERS: &str = "/api/v1/subscribers";
const INVALID: &str = "Bearer error=\"invalid_token\"";

fn assert_unknown(answer: &Answer, challenge: &str, what: &str) {
    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    assert_eq!(answer.detail(), "Could not validate credentials", "{what}");
    assert_eq!(answer.field("www-authenticate"), Some(challenge), "{what}");
    assert!(answer.is_refusal(), "{what}");
}

async fn gate_and_bng() -> (Gate, Bng) {
    let bng = Bng::start().await;
    let routes = "[{path: /__echo/public, require: public}, {path: /__echo/realm, \
                  require: {right: 'device:view', realm: {query: realm}}}]";
    (Setup::before(bng.address()).with("routes", routes).start().await, bng)
}

#[tokio::test]
async fn without_a_token_there_is_a_challenge_and_nothing_reaches_the_upstream() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    assert_unknown(&gate.send(Ask::get(SUBSCRIBERS)).await, "Bearer", "no field");
    for value in ["", "Basic YWRtaW46eA==", "Bearer", "Bearer ", "Token abc", "Negotiate abc", "\u{e9}"] {
        let answer = gate.send(Ask::get(SUBSCRIBERS).field("authorization", value)).await;
        assert_unknown(&answer, "Bearer", value);
    }
    assert_eq!(bng.seen(), []);
}

#[tokio::test]
async fn a_token_opens_and_its_scheme_is_read_in_any_case() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let token = gate.login(&OPERATOR).await;
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "] {
        let answer =
            gate.send(Ask::get(SUBSCRIBERS).field("authorization", format!("{scheme}{token}"))).await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn more_than_one_credential_is_none() {
    let (gate, bng) = gate_and_bng().await;
    let token = gate.login(&ADMIN).await;
    let bearer = format!("Bearer {token}");
    for values in [
        vec![bearer.clone(), bearer.clone()],
        vec!["Basic YTpi".to_owned(), bearer.clone()],
        vec![bearer.clone(), String::new()],
        vec![format!("{bearer}, {bearer}")],
        vec![format!("{bearer},{bearer}")],
        vec![format!("{bearer} {token}")],
        vec![format!("{bearer};x=1")],
    ] {
        let ask = values.iter().fold(Ask::get("/__echo/x"), |ask, value| ask.field("authorization", value));
        assert_unknown(&gate.send(ask).await, INVALID, &format!("{values:?}"));
    }
    assert_eq!(bng.seen(), []);
}

#[tokio::test]
async fn a_token_elsewhere_than_in_its_field_is_not_seen() {
    let (gate, bng) = gate_and_bng().await;
    let token = gate.login(&ADMIN).await;
    let form = format!("access_token={token}");
    for ask in [
        Ask::get(&format!("/__echo/x?access_token={token}")),
        Ask::get(&format!("/__echo/x?authorization=Bearer%20{token}")),
        Ask::post("/__echo/x").body("application/x-www-form-urlencoded", form),
        Ask::get("/__echo/x").field("cookie", format!("access_token={token}")),
        Ask::get("/__echo/x").field("x-access-token", &token),
        Ask::get("/__echo/x").field("proxy-authorization", format!("Bearer {token}")),
        Ask::get("/__echo/x").field("x-authorization", format!("Bearer {token}")),
    ] {
        let what = format!("{ask:?}");
        assert_unknown(&gate.send(ask).await, "Bearer", &what);
    }
    assert_eq!(bng.seen(), []);
}

#[tokio::test]
async fn a_bad_token_on_a_public_route_is_ignored() {
    let (gate, _bng) = gate_and_bng().await;
    for path in ["/__echo/public", "/api/v1/health", "/metrics"] {
        for value in ["Bearer rubbish", "Basic YTpi", "Bearer a, Bearer b"] {
            let answer = gate.send(Ask::get(path).field("authorization", value)).await;
            assert_eq!(answer.status, 200, "{path} {value}");
        }
    }
    let login = Ask::login(ADMIN.name, ADMIN.password).field("authorization", "Bearer rubbish");
    assert_eq!(gate.send(login).await.status, 200);
}

#[tokio::test]
async fn the_path_is_judged_before_the_method_the_method_before_the_token_and_the_token_before_the_right() {
    let (gate, bng) = gate_and_bng().await;
    let nobody = gate.login(&NOBODY).await;
    for (method, path, token, status) in [
        // All four are wrong, then one less each time.
        ("DELETE", "/api/v1/auth//me", Some("rubbish"), 400),
        ("PROPFIND", "/__echo/../x", None, 400),
        ("DELETE", "/api/v1/auth/me", Some("rubbish"), 405),
        ("DELETE", "/api/v1/auth/me", None, 405),
        ("GET", "/api/v1/auth/login", None, 405),
        ("PROPFIND", "/__echo/x", None, 405),
        ("TRACE", "/__echo/x", None, 405),
        ("GET", "/__echo/x", Some("rubbish"), 401),
        ("GET", "/__echo/realm?realm=a&realm=b", None, 401),
        ("GET", "/__echo/realm?realm=a&realm=b", Some(nobody.as_str()), 400),
        ("GET", "/__echo/x", Some(nobody.as_str()), 403),
        ("GET", "/__echo/realm?realm=a", Some(nobody.as_str()), 403),
    ] {
        let ask = Ask::new(method, path);
        let ask = token.into_iter().fold(ask, Ask::bearer);
        let answer = gate.send(ask).await;
        assert_eq!(answer.status, status, "{method} {path} {token:?}: {}", answer.text());
        assert!(answer.is_refusal(), "{method} {path}");
    }
    assert_eq!(bng.seen(), []);
}

#[tokio::test]
async fn a_method_of_an_endpoint_of_ours_that_is_not_served_is_told_which_are() {
    let gate = Setup::new().start().await;
    for (path, allow) in [
        ("/api/v1/auth/login", "POST"),
        ("/api/v1/auth/me", "GET, HEAD"),
        ("/api/v1/auth/explain", "GET, HEAD"),
        ("/api/v1/health", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
    ] {
        let answer = gate.send(Ask::new("PATCH", path)).await;
        assert_eq!((answer.status, answer.detail().as_str()), (405, "Method Not Allowed"), "{path}");
        assert_eq!(answer.field("allow"), Some(allow), "{path}");
    }
}

#[tokio::test]
async fn a_refusal_has_an_id_by_which_the_log_knows_it_and_a_request_another_one() {
    let gate = Setup::new().start().await;
    let answer = gate.send(Ask::get(SUBSCRIBERS).field("x-request-id", "noc-4711")).await;
    assert_eq!(answer.field("x-request-id"), Some("noc-4711"));
    let decision = answer.field("portcullis-decision").unwrap().to_owned();
    let event =
        gate.log().wait_for("the decision", |event| event["decision.id"] == decision.as_str(), 0).await;
    assert_eq!(event["request.id"], "noc-4711");
    assert_eq!(event["route"], "GET /api/v1/subscribers");
    assert_eq!(event["decision"], "refused");
    assert_eq!(event["address"], "127.0.0.1");
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let (gate, _bng) = gate_and_bng().await;
    let token = gate.login(&ADMIN).await;
    let mut client = gate.client(Protocol::Http1);
    let mut ids = std::collections::BTreeSet::new();
    for (path, status) in [
        ("/api/v1/health", 200),
        ("/__echo/x", 200),
        ("/nowhere", 404),
        ("/api/v1/auth/login", 405),
        ("/a//b", 400),
        ("/api/v1/auth/explain", 422),
    ] {
        let answer = client.send(Ask::get(path).bearer(&token)).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(ids.insert(answer.field("x-request-id").expect(path).to_owned()), "{path}");
    }
}
