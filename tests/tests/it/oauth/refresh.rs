//! Refresh tokens: each is good once, for whoever was given it, and one that is shown twice ends whatever came of the login.

use portcullis_tests::cast::{ADMIN, EVERYBODY, OPERATOR, OTHER_PASSWORD, VIEWER};
use portcullis_tests::client::Protocol;
use portcullis_tests::token::claims;
use serde_json::json;
use tokio::task::JoinSet;

use super::password_grant::{shown, with_passwords};
use super::*;

/// How often fifty want the same. The suite of the ledgers does it more often.
const ROUNDS: usize = 12;

/// An access token and the refresh token that came with it.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Pair {
    pub(super) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

pub(super) async fn logged_in(gate: &Gate, id: &str) -> Pair {
    Pair::of(&shown(gate, id, &OPERATOR, "").await)
}

pub(super) fn form(refresh: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={refresh}")
}

pub(super) async fn refreshed(gate: &Gate, id: &str, refresh: &str) -> Answer {
    gate.send(ask(TOKEN, id, SECRET, &form(refresh))).await
}

pub(super) async fn is_over(gate: &Gate, id: &str, pair: &Pair) {
    assert_eq!(error(&refreshed(gate, id, &pair.refresh).await), failed(400, "invalid_grant"));
    assert_eq!(status(gate, ME, &pair.access).await, 401);
}

#[tokio::test]
async fn a_refresh_token_is_good_for_one_more_of_each() {
    let gate = with_passwords().start().await;
    let first = logged_in(&gate, "boss").await;
    let answer = refreshed(&gate, "boss", &first.refresh).await;
    assert_eq!((answer.field("cache-control"), answer.field("pragma")), (Some("no-store"), Some("no-cache")));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let second = Pair::of(&answer);
    assert_ne!(first.refresh, second.refresh);
    let (before, after) = (claims(&first.access), claims(&second.access));
    assert_eq!(before["scope"], body["scope"]);
    for same in ["sub", "sub_kind", "client_id", "scope", "sid", "ver", "aud"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_ne!(before["jti"], after["jti"]);
    for access in [&first.access, &second.access] {
        assert_eq!(status(&gate, ME, access).await, 200);
    }
    let admin = gate.login(&ADMIN).await;
    let list = gate.send(Ask::get("/api/v1/auth/sessions?user=operator").bearer(&admin)).await.json();
    assert_eq!(list["data"]["items"].as_array().map(Vec::len), Some(1), "{list}");
}

#[tokio::test]
async fn one_that_is_shown_twice_ends_all_that_came_of_the_login() {
    let gate = with_passwords().start().await;
    let (first, other) = (logged_in(&gate, "boss").await, logged_in(&gate, "boss").await);
    let second = Pair::of(&refreshed(&gate, "boss", &first.refresh).await);
    let replayed = refreshed(&gate, "boss", &first.refresh).await;
    assert_eq!(error(&replayed), failed(400, "invalid_grant"));
    assert!(replayed.is_refusal());
    is_over(&gate, "boss", &second).await;
    assert_eq!(status(&gate, ME, &first.access).await, 401);
    assert_eq!(status(&gate, ME, &other.access).await, 200);
    let admin = gate.login(&ADMIN).await;
    let records = gate.send(Ask::get("/api/v1/auth/audit?action=token.reuse").bearer(&admin)).await.json();
    let records = records["data"]["items"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["user"], "operator");
    assert_eq!(records[0]["decision_id"].as_str(), replayed.field("portcullis-decision"));
    let gate = gate.restart().await;
    is_over(&gate, "boss", &second).await;
    Pair::of(&refreshed(&gate, "boss", &other.refresh).await);
}

#[tokio::test]
async fn every_one_of_five_in_a_second_is_known_again() {
    let gate = with_passwords().with("throttle", "{never_limit: [127.0.0.1]}").start().await;
    for replayed in 0..5 {
        let mut pairs = vec![logged_in(&gate, "boss").await];
        for _ in 0..5 {
            let last = &pairs[pairs.len() - 1].refresh;
            pairs.push(Pair::of(&refreshed(&gate, "boss", last).await));
        }
        assert_eq!(
            error(&refreshed(&gate, "boss", &pairs[replayed].refresh).await),
            failed(400, "invalid_grant")
        );
        for pair in &pairs {
            is_over(&gate, "boss", pair).await;
        }
    }
}

#[tokio::test]
async fn of_fifty_at_once_with_one_token_never_more_than_one_succeeds() {
    let gate = with_passwords().with("throttle", "{never_limit: [127.0.0.1]}").start().await;
    for round in 0..ROUNDS {
        let first = logged_in(&gate, "boss").await;
        let mut asking = JoinSet::new();
        for _ in 0..50 {
            let mut client = gate.client(Protocol::Http1);
            let exchange = ask(TOKEN, "boss", SECRET, &form(&first.refresh));
            asking.spawn(async move { client.send(exchange).await });
        }
        let answers = asking.join_all().await;
        let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(good.len(), 1, "round {round}");
        for bad in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(error(bad), failed(400, "invalid_grant"));
        }
        // The other forty-nine have used it after him.
        is_over(&gate, "boss", &Pair::of(good[0])).await;
    }
}

#[tokio::test]
async fn what_was_used_before_the_gate_was_killed_is_used_afterwards() {
    let gate = with_passwords().start().await;
    let (first, kept) = (logged_in(&gate, "boss").await, logged_in(&gate, "boss").await);
    let second = Pair::of(&refreshed(&gate, "boss", &first.refresh).await);
    let gate = gate.restart().await;
    assert_eq!(status(&gate, ME, &second.access).await, 200);
    assert_eq!(error(&refreshed(&gate, "boss", &first.refresh).await), failed(400, "invalid_grant"));
    is_over(&gate, "boss", &second).await;
    Pair::of(&refreshed(&gate, "boss", &kept.refresh).await);
}

#[tokio::test]
async fn a_random_secret_ends_access_tokens_with_the_process_and_refresh_tokens_not() {
    let setup = with_passwords().without_environment("ABNG_API_SECRET");
    let gate = setup.start().await;
    let first = logged_in(&gate, "boss").await;
    let second = Pair::of(&refreshed(&gate, "boss", &first.refresh).await);
    let gate = gate.restart().await;
    assert_eq!(status(&gate, ME, &second.access).await, 401);
    let third = Pair::of(&refreshed(&gate, "boss", &second.refresh).await);
    assert_eq!(status(&gate, ME, &third.access).await, 200);
}

#[tokio::test]
async fn a_refresh_token_of_another_client_is_neither_used_nor_ended() {
    let gate = with_passwords().with("token", "{refresh: true}").start().await;
    let pair = logged_in(&gate, "boss").await;
    for other in ["robot", "operator", "admin"] {
        assert_eq!(
            error(&refreshed(&gate, other, &pair.refresh).await),
            failed(400, "invalid_grant"),
            "{other}"
        );
    }
    let nobody = gate.send(Ask::post(TOKEN).body(FORM, form(&pair.refresh))).await;
    assert_eq!(error(&nobody), failed(401, "invalid_client"));
    let guess = gate.send(ask(TOKEN, "boss", "guess", &form(&pair.refresh))).await;
    assert_eq!(error(&guess), failed(401, "invalid_client"));
    let second = Pair::of(&refreshed(&gate, "BOSS", &pair.refresh).await);
    // Not even one that was used.
    assert_eq!(error(&refreshed(&gate, "robot", &pair.refresh).await), failed(400, "invalid_grant"));
    Pair::of(&refreshed(&gate, "boss", &second.refresh).await);
}

#[tokio::test]
async fn a_scope_becomes_less_and_never_more() {
    let gate = with_passwords().start().await;
    let first = Pair::of(&shown(&gate, "boss", &ADMIN, "users:view audit:view").await);
    let mut refresh = first.refresh;
    for beyond in ["users:edit", "users:*", "users:view users:edit", "*:*", "x", "users:view "] {
        let asked = format!("{}&scope={}", form(&refresh), beyond.replace(' ', "+"));
        let answer = gate.send(ask(TOKEN, "boss", SECRET, &asked)).await;
        assert_eq!(error(&answer), failed(400, "invalid_scope"), "{beyond}");
    }
    for (scope, given) in
        [("audit:view", "audit:view"), ("users:view", "users:view"), ("", "users:view audit:view")]
    {
        let asked = format!("{}&scope={scope}", form(&refresh));
        let answer = gate.send(ask(TOKEN, "boss", SECRET, &asked)).await;
        let mut said: Vec<_> =
            answer.json()["scope"].as_str().unwrap().split(' ').map(str::to_owned).collect();
        let mut given: Vec<_> = given.split(' ').map(str::to_owned).collect();
        said.sort_unstable();
        given.sort_unstable();
        assert_eq!(said, given);
        refresh = Pair::of(&answer).refresh;
    }
}

pub(super) async fn revoke(gate: &Gate, id: &str, token: &str) -> Answer {
    gate.send(ask("/oauth2/revoke", id, SECRET, &format!("token={token}&token_type_hint=access_token"))).await
}

#[tokio::test]
async fn it_ends_with_its_session_however_that_ends() {
    let gate = with_passwords().start().await;
    let admin = gate.login(&ADMIN).await;
    let end = |path: String| Ask::new("DELETE", &path).bearer(&admin);
    let session = |pair: &Pair| claims(&pair.access)["sid"].as_str().unwrap().to_owned();
    let (out, ended, revoked) =
        (logged_in(&gate, "boss").await, logged_in(&gate, "boss").await, logged_in(&gate, "boss").await);
    let later = Pair::of(&refreshed(&gate, "boss", &out.refresh).await);
    assert_eq!(gate.send(Ask::post("/api/v1/auth/logout").bearer(&out.access)).await.status, 204);
    is_over(&gate, "boss", &later).await;
    assert_eq!(gate.send(end(format!("/api/v1/auth/sessions/{}", session(&ended)))).await.status, 204);
    is_over(&gate, "boss", &ended).await;
    assert_eq!(revoke(&gate, "boss", &revoked.access).await.status, 200);
    is_over(&gate, "boss", &revoked).await;
    let pair = logged_in(&gate, "boss").await;
    assert_eq!(gate.send(end("/api/v1/auth/users/operator/sessions".to_owned())).await.status, 204);
    is_over(&gate, "boss", &pair).await;
    let pair = logged_in(&gate, "boss").await;
    assert_eq!(gate.send(end("/api/v1/auth/sessions?everybody=true".to_owned())).await.status, 204);
    is_over(&gate, "boss", &pair).await;
}

#[tokio::test]
async fn it_ends_with_the_password_the_user_and_the_client() {
    let gate = with_passwords().start().await;
    let usual = gate.setup();
    let pair = logged_in(&gate, "boss").await;
    let but = |person| {
        let others = EVERYBODY.into_iter().filter(|known| known.name != OPERATOR.name);
        usual.clone().users(&others.chain(person).collect::<Vec<_>>())
    };
    let mut changed = OPERATOR;
    changed.hash = OTHER_PASSWORD.1;
    let another_secret = clients().replace(HASH, &"ab".repeat(32));
    for setup in [
        but(None),
        but(Some(OPERATOR.but("role: operator, active: false"))),
        but(Some(changed)),
        usual.clone().with("clients", &another_secret.replacen(&"ab".repeat(32), HASH, 1)),
        usual.clone().with("oauth", "{password_grant: false}").with("token", "{refresh: true}"),
    ] {
        gate.take_over(&setup).await;
        let refused = refreshed(&gate, "boss", &pair.refresh).await;
        assert!([400, 401].contains(&refused.status), "{}", refused.text());
    }
    gate.take_over(&usual).await;
    Pair::of(&refreshed(&gate, "boss", &pair.refresh).await);
}

#[tokio::test]
async fn a_login_gives_one_where_that_is_switched_on() {
    let gate = setup().start().await;
    let login = Ask::login("operator", OPERATOR.password);
    let plain = gate.send(login.clone()).await.json();
    let mut names: Vec<_> = plain.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "expires_in", "token_type"]);
    let gate = setup().with("token", "{refresh: true}").start().await;
    let first = Pair::of(&gate.send(login).await);
    let ask_alone = |refresh: &str| Ask::post(TOKEN).body(FORM, form(refresh));
    // It is no client's, so that no client can use it.
    for id in ["boss", "robot"] {
        assert_eq!(error(&refreshed(&gate, id, &first.refresh).await), failed(400, "invalid_grant"));
    }
    let scoped = Ask::post(TOKEN).body(FORM, format!("{}&scope=qos:view", form(&first.refresh)));
    assert_eq!(error(&gate.send(scoped).await), failed(400, "invalid_scope"));
    let answer = gate.send(ask_alone(&first.refresh)).await;
    assert_eq!(
        (&answer.json()["token_type"], &answer.json()["expires_in"]),
        (&json!("Bearer"), &json!(3600))
    );
    assert_eq!(answer.json().get("scope"), None);
    let second = Pair::of(&answer);
    assert!(second.access.starts_with(&format!("{}.", portcullis_tests::token::HEADER)));
    let (before, after) = (claims(&first.access), claims(&second.access));
    for same in ["sub", "role", "roles", "sid", "ver"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(status(&gate, "/api/v1/subscribers", &second.access).await, 404);
    let replayed = gate.send(ask_alone(&first.refresh)).await;
    assert_eq!(error(&replayed), failed(400, "invalid_grant"));
    assert_eq!(status(&gate, ME, &second.access).await, 401);
    assert_eq!(error(&gate.send(ask_alone(&second.refresh)).await), failed(400, "invalid_grant"));
}

#[tokio::test]
async fn no_token_outlives_the_session_of_the_login() {
    let gate =
        with_passwords().with("token", "{refresh: true}").with("session", "{max_age: 20m}").start().await;
    let login = gate.send(Ask::login("operator", OPERATOR.password)).await.json();
    assert_eq!(login["expires_in"], 1200);
    let first = shown(&gate, "boss", &OPERATOR, "").await;
    assert_eq!(first.json()["expires_in"], 1200);
    let end = claims(&Pair::of(&first).access)["exp"].as_i64().unwrap();
    let second = Pair::of(&refreshed(&gate, "boss", &Pair::of(&first).refresh).await);
    assert_eq!(claims(&second.access)["exp"].as_i64(), Some(end));
    let short = shown(&gate, "robot", &VIEWER, "").await;
    assert_eq!(short.json()["expires_in"], 300);
}
