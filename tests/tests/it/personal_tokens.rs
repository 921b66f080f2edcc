//! Personal tokens: made by a user for his own scripts, for no more than he holds, and ended by him. The users are those of
//! a file: the tokens are kept all the same.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use portcullis_core::domain::chain_text::rfc3339;
use portcullis_core::domain::time::Timestamp;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::{Bng, Reached};
use portcullis_tests::cast::{ADMIN, EVERYBODY, OPERATOR, Person, VIEWER};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

const TOKENS: &str = "/api/v1/auth/tokens";
const ME: &str = "/api/v1/auth/me";
const SUBSCRIBERS: &str = "/api/v1/subscribers";

/// So long from now, as bodies have it.
pub(crate) fn in_hours(hours: u64) -> String {
    rfc3339(Timestamp::from_seconds(since_1970(Duration::from_hours(hours)).as_secs().try_into().unwrap()))
}

/// Later than now by so much.
#[expect(clippy::disallowed_methods, reason = "the binary's clock is this one")]
fn since_1970(later: Duration) -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + later
}

/// A token that anybody would ask for.
pub(crate) fn wanted(more: &Value) -> Value {
    let mut body = json!({ "name": "nightly report", "expires_at": in_hours(24) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn ask(gate: &Gate, token: &str, body: &Value) -> Answer {
    gate.send(Ask::post(TOKENS).bearer(token).json(body)).await
}

/// A personal token, and its id.
pub(crate) async fn made(gate: &Gate, token: &str, more: &Value) -> (String, String) {
    let answer = ask(gate, token, &wanted(more)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let data = answer.json()["data"].clone();
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    (text("token"), text("id"))
}

async fn status(gate: &Gate, method: &str, path: &str, token: &str) -> u16 {
    gate.send(Ask::new(method, path).bearer(token)).await.status
}

async fn data(gate: &Gate, token: &str, path: &str) -> Value {
    let answer = gate.send(Ask::get(path).bearer(token)).await;
    assert_eq!(answer.status, 200, "{path} {}", answer.text());
    answer.json()["data"].clone()
}

/// Everybody, and of the administrator the file says this.
fn with_admin(rest: &'static str) -> Vec<Person> {
    let mut all = EVERYBODY.to_vec();
    all[0] = ADMIN.but(rest);
    all
}

#[tokio::test]
async fn a_token_is_shown_once_and_speaks_for_its_owner() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let operator = gate.login(&OPERATOR).await;
    let answer = ask(&gate, &operator, &wanted(&json!({ "allow_from": ["127.0.0.0/8"] }))).await;
    assert_eq!((answer.status, answer.field("cache-control")), (201, Some("no-store")), "{}", answer.text());
    let new = answer.json()["data"].clone();
    let (token, id) = (new["token"].as_str().unwrap(), new["id"].as_str().unwrap());
    assert_eq!(answer.field("location"), Some(format!("{TOKENS}/{id}").as_str()));
    assert!(token.starts_with("ptc_") && token.len() == 47, "{token}");
    assert_eq!(new["name"], "nightly report");
    assert_eq!(new["grants"], json!([{ "role": "operator", "realm": null }]));
    assert_eq!(new["allow_from"], json!(["127.0.0.0/8"]));
    assert!(new["created_at"].is_string() && new["expires_at"].is_string());

    let seen = Reached::of(&gate.send(Ask::get("/__echo").bearer(token)).await);
    assert_eq!((seen.only("x-auth-user"), seen.only("x-auth-roles")), ("operator", "operator"));
    assert_eq!((seen.only("x-auth-session"), seen.all("authorization").len()), (id, 0));
    assert_eq!(status(&gate, "POST", "/api/v1/webhooks", token).await, 403);
    let me = data(&gate, token, ME).await;
    assert_eq!((&me["username"], &me["roles"]), (&json!("operator"), &json!(["operator"])));
    assert_eq!(me["session"]["id"], id);

    let mut kept = new.clone();
    kept.as_object_mut().unwrap().remove("token");
    let mut shown = data(&gate, &operator, &format!("{TOKENS}/{id}")).await;
    assert!(shown.as_object_mut().unwrap().remove("last_seen_at").is_some());
    kept.as_object_mut().unwrap().remove("last_seen_at");
    assert_eq!(shown, kept);
    let list = data(&gate, &operator, TOKENS).await;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["next"]), (1, &Value::Null));
    let admin = gate.login(&ADMIN).await;
    let sessions = data(&gate, &admin, "/api/v1/auth/sessions?user=operator").await;
    let kinds: Vec<_> = sessions["items"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert!(kinds.contains(&json!("personal")), "{sessions}");
    for hidden in [shown, list, sessions, data(&gate, &admin, "/api/v1/auth/audit").await] {
        assert!(!hidden.to_string().contains(token));
    }
    assert!(gate.keeps(b"nightly report") && !gate.keeps(token.as_bytes()));
}

#[tokio::test]
async fn nobody_sees_or_ends_the_tokens_of_others() {
    let gate = Setup::new().start().await;
    let (admin, operator) = (gate.login(&ADMIN).await, gate.login(&OPERATOR).await);
    let (token, id) = made(&gate, &operator, &json!({})).await;
    let path = format!("{TOKENS}/{id}");
    for method in ["GET", "DELETE"] {
        assert_eq!(status(&gate, method, &path, &admin).await, 404);
    }
    assert_eq!(data(&gate, &admin, TOKENS).await["items"], json!([]));
    assert_eq!(status(&gate, "GET", ME, &token).await, 200);
    assert_eq!(status(&gate, "DELETE", &path, &operator).await, 204);
    for gone in
        [status(&gate, "GET", &path, &operator).await, status(&gate, "DELETE", &path, &operator).await]
    {
        assert_eq!(gone, 404);
    }
    assert_eq!(status(&gate, "GET", ME, &token).await, 401);
    let changes = data(&gate, &admin, "/api/v1/auth/audit?user=operator&limit=500").await;
    let of = |action: &str| -> Value {
        let items = changes["items"].as_array().unwrap();
        items.iter().find(|entry| entry["action"] == action).unwrap()["change"].clone()
    };
    let (added, removed) = (of("token.add"), of("token.remove"));
    assert_eq!(added["object"], "personal token 'nightly report' of operator");
    assert!(added["before"].is_null() && added["after"].as_str().unwrap().starts_with("operator; until 20"));
    assert_eq!((&removed["before"], &removed["after"]), (&added["after"], &Value::Null));
    // An administrator ends it like any session.
    let (token, id) = made(&gate, &operator, &json!({})).await;
    assert_eq!(status(&gate, "DELETE", &format!("/api/v1/auth/sessions/{id}"), &admin).await, 204);
    assert_eq!(status(&gate, "GET", ME, &token).await, 401);
}

#[tokio::test]
async fn a_personal_token_neither_makes_others_nor_changes_the_password_and_ends_itself_alone() {
    let gate = Setup::new().start().await;
    let operator = gate.login(&OPERATOR).await;
    let ((token, id), (other, other_id)) =
        (made(&gate, &operator, &json!({})).await, made(&gate, &operator, &json!({})).await);
    let refused = ask(&gate, &token, &wanted(&json!({}))).await;
    assert_eq!(
        (refused.status, refused.detail().as_str()),
        (403, "A personal token can't make personal tokens")
    );
    let password = json!({ "current": OPERATOR.password, "new": "a phrase that nobody guesses" });
    let refused = gate.send(Ask::post("/api/v1/auth/password").bearer(&token).json(&password)).await;
    assert_eq!(
        (refused.status, refused.detail().as_str()),
        (403, "A personal token can't change the password")
    );
    let listed = data(&gate, &token, TOKENS).await;
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["id"]), (1, &json!(id)));
    for method in ["GET", "DELETE"] {
        assert_eq!(status(&gate, method, &format!("{TOKENS}/{other_id}"), &token).await, 404);
    }
    assert_eq!(status(&gate, "DELETE", &format!("{TOKENS}/{id}"), &token).await, 204);
    assert_eq!(status(&gate, "GET", ME, &token).await, 401);
    assert_eq!(status(&gate, "POST", "/api/v1/auth/logout", &other).await, 204);
    assert_eq!(status(&gate, "GET", ME, &other).await, 401);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_told_and_more_than_is_held_is_refused() {
    let gate = Setup::new().start().await;
    let (viewer, operator) = (gate.login(&VIEWER).await, gate.login(&OPERATOR).await);
    for (token, grants, lack) in [
        (&viewer, json!([{ "role": "admin" }]), "Right '*:*' required"),
        (&viewer, json!([{ "role": "planner", "realm": "x" }]), "Right 'device:*' required in realm 'x'"),
        (&operator, json!([{ "role": "operator" }, { "role": "viewer" }]), "Right 'device:view' required"),
    ] {
        let answer = ask(&gate, token, &wanted(&json!({ "grants": grants }))).await;
        assert_eq!((answer.status, answer.detail().as_str()), (403, lack));
        assert!(answer.field("portcullis-decision").is_some());
    }
    for (more, place) in [
        (json!({ "grants": [{ "role": "no-such-role" }] }), json!(["body", "grants", 0, "role"])),
        (json!({ "expires_at": "2020-01-01T00:00:00Z" }), json!(["body", "expires_at"])),
        (json!({ "expires_at": in_hours(366 * 24) }), json!(["body", "expires_at"])),
        (json!({ "expires_at": "soon" }), json!(["body", "expires_at"])),
        (json!({ "allow_from": ["10.0.0.1/8"] }), json!(["body", "allow_from", 0])),
        (json!({ "name": "" }), json!(["body", "name"])),
        (json!({ "token": "ptc_" }), json!(["body", "token"])),
    ] {
        let answer = ask(&gate, &viewer, &wanted(&more)).await;
        assert_eq!((answer.status, &answer.json()["detail"][0]["loc"]), (422, &place), "{more}");
    }
    let missing = ask(&gate, &viewer, &json!({ "name": "x" })).await;
    assert_eq!(missing.json()["detail"][0]["type"], "missing");
    assert_eq!(data(&gate, &viewer, TOKENS).await["items"], json!([]));
}

#[tokio::test]
async fn what_counts_is_what_its_owner_holds_now_and_held_when_it_was_made() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).users(&with_admin("roles: [admin, operator]")).start().await;
    let admin = gate.login(&ADMIN).await;
    let (whole, _) = made(&gate, &admin, &json!({})).await;
    let (part, _) = made(&gate, &admin, &json!({ "grants": [{ "role": "operator" }] })).await;
    // The upstream answers it to whoever comes so far.
    let delete = async |token: &str| status(&gate, "DELETE", "/__echo", token).await;
    let read = async |token: &str| status(&gate, "GET", SUBSCRIBERS, token).await;
    assert_eq!((read(&whole).await, delete(&whole).await), (200, 200));
    assert_eq!((read(&part).await, delete(&part).await), (200, 403));
    assert_eq!(status(&gate, "GET", "/api/v1/auth/users", &part).await, 403);
    let me = data(&gate, &part, ME).await;
    assert_eq!((&me["roles"], &me["grants"][0]["role"]), (&json!(["operator"]), &json!("operator")));
    assert_eq!(me["grants"].as_array().unwrap().len(), 1);

    // He loses a role, and his tokens with him; he gets others, and his tokens do not.
    gate.take_over(&gate.setup().users(&with_admin("roles: [operator, viewer]"))).await;
    assert_eq!((read(&whole).await, delete(&whole).await), (200, 403));
    assert_eq!(data(&gate, &whole, ME).await["roles"], json!(["operator"]));
    gate.take_over(&gate.setup().users(&with_admin("roles: [admin]"))).await;
    assert_eq!((read(&whole).await, delete(&whole).await), (200, 200));
    // Who holds everything need not be called an operator for his token to be one.
    assert_eq!((read(&part).await, delete(&part).await), (200, 403));
    gate.take_over(&gate.setup().users(&with_admin("roles: [viewer]"))).await;
    assert_eq!((read(&part).await, data(&gate, &part, ME).await["roles"].clone()), (403, json!([])));
    gate.take_over(&gate.setup().users(&with_admin("role: admin, active: false"))).await;
    assert_eq!((read(&whole).await, read(&part).await), (401, 401));
}

#[tokio::test]
async fn a_token_comes_from_its_networks_alone() {
    let gate = Setup::new().start().await;
    let operator = gate.login(&OPERATOR).await;
    let (here, _) = made(&gate, &operator, &json!({ "allow_from": ["127.0.0.1", "::1"] })).await;
    let (elsewhere, id) = made(&gate, &operator, &json!({ "allow_from": ["192.0.2.0/24"] })).await;
    assert_eq!(status(&gate, "GET", ME, &here).await, 200);
    let answer = gate.send(Ask::get(ME).bearer(&elsewhere)).await;
    assert_eq!((answer.status, answer.detail().as_str()), (401, "Could not validate credentials"));
    let gate = gate.restart_with(Setup::new().with("trusted_proxies", "[127.0.0.1]")).await;
    let from = |address: &str, token: &str| Ask::get(ME).bearer(token).field("x-forwarded-for", address);
    assert_eq!(gate.send(from("192.0.2.9", &elsewhere)).await.status, 200);
    assert_eq!(gate.send(from("192.0.3.9", &elsewhere)).await.status, 401);
    let operator = gate.login(&OPERATOR).await;
    assert_eq!(
        data(&gate, &operator, &format!("{TOKENS}/{id}")).await["allow_from"],
        json!(["192.0.2.0/24"])
    );
}

#[tokio::test]
async fn a_token_outlives_a_restart_and_ends_with_the_sessions_and_the_password_of_its_owner() {
    let gate = Setup::new().start().await;
    let operator = gate.login(&OPERATOR).await;
    let ((kept, _), (ended, id)) =
        (made(&gate, &operator, &json!({})).await, made(&gate, &operator, &json!({})).await);
    assert_eq!(status(&gate, "DELETE", &format!("{TOKENS}/{id}"), &operator).await, 204);
    let gate = gate.restart().await;
    assert_eq!((status(&gate, "GET", ME, &kept).await, status(&gate, "GET", ME, &ended).await), (200, 401));
    let admin = gate.login(&ADMIN).await;
    assert_eq!(status(&gate, "DELETE", "/api/v1/auth/users/operator/sessions", &admin).await, 204);
    assert_eq!(status(&gate, "GET", ME, &kept).await, 401);
    let operator = gate.login(&OPERATOR).await;
    assert_eq!(data(&gate, &operator, TOKENS).await["items"], json!([]));
    let (token, _) = made(&gate, &operator, &json!({})).await;
    assert_eq!(status(&gate, "GET", ME, &token).await, 200);
    let other = Person { hash: ADMIN.hash, password: ADMIN.password, ..OPERATOR };
    gate.take_over(&gate.setup().users(&[ADMIN, other])).await;
    assert_eq!(status(&gate, "GET", ME, &token).await, 401);
    let operator = gate.login(&other).await;
    assert_eq!(data(&gate, &operator, TOKENS).await["items"], json!([]));
}

#[tokio::test]
async fn a_token_has_one_spelling_and_an_end() {
    let gate = Setup::new().start().await;
    let operator = gate.login(&OPERATOR).await;
    let (token, _) = made(&gate, &operator, &json!({})).await;
    for wrong in [
        token.replace("ptc_", "PTC_"),
        token.replace("ptc_", ""),
        format!("{token}A"),
        token[..46].to_owned(),
        format!("ptc_{}", "A".repeat(43)),
        "ptc_".to_owned(),
    ] {
        assert_eq!(status(&gate, "GET", ME, &wrong).await, 401, "{wrong}");
    }
    let soon = since_1970(Duration::from_secs(4)).as_micros();
    let soon = rfc3339(Timestamp::from_micros(soon.try_into().unwrap()));
    let (short, _) = made(&gate, &operator, &json!({ "expires_at": soon })).await;
    assert_eq!(status(&gate, "GET", ME, &short).await, 200);
    tokio::time::sleep(Duration::from_millis(4_100)).await;
    assert_eq!(status(&gate, "GET", ME, &short).await, 401);
}

#[tokio::test]
async fn what_its_owner_may_beside_it_is_not_explained_to_it() {
    let gate = Setup::new().start().await;
    let part = json!({ "grants": [{ "role": "viewer" }] });
    let (token, _) = made(&gate, &gate.login(&ADMIN).await, &part).await;
    for user in ["", "&user=admin", "&user=ADMIN"] {
        let path = format!("/api/v1/auth/explain?method=DELETE&path=/api/v1/subscribers/1{user}");
        assert_eq!(data(&gate, &token, &path).await["allowed"], false, "{user}");
    }
}

#[tokio::test]
async fn who_guesses_tokens_is_held_and_whoever_has_one_is_not() {
    let gate = Setup::new().with("throttle", "{per_address: 3, window: 1m}").start().await;
    let operator = gate.login(&OPERATOR).await;
    let (token, _) = made(&gate, &operator, &json!({})).await;
    let guess = |number: usize| format!("ptc_{}", ["A", "B", "C", "D"][number].repeat(42) + "A");
    for number in 0..3 {
        assert_eq!(status(&gate, "GET", ME, &guess(number)).await, 401);
    }
    assert_eq!(status(&gate, "GET", ME, &guess(3)).await, 429);
    assert_eq!(status(&gate, "GET", ME, &token).await, 200);
    let (another, _) = made(&gate, &operator, &json!({})).await;
    assert_eq!(status(&gate, "GET", ME, &another).await, 200);

    // Nor is one that nobody has in memory, while others guess.
    let gate = gate.restart().await;
    for number in 0..3 {
        assert_eq!(status(&gate, "GET", ME, &guess(number)).await, 401);
    }
    assert_eq!(status(&gate, "GET", ME, &guess(3)).await, 429);
    assert_eq!(status(&gate, "GET", ME, &token).await, 200);
}

#[tokio::test]
async fn nobody_has_more_than_a_hundred_however_many_are_asked_for_at_once() {
    let gate = Arc::new(Setup::new().start().await);
    let operator = gate.login(&OPERATOR).await;
    for _ in 0..98 {
        made(&gate, &operator, &json!({})).await;
    }
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let (gate, operator) = (Arc::clone(&gate), operator.clone());
            tokio::spawn(async move { ask(&gate, &operator, &wanted(&json!({}))).await })
        })
        .collect();
    let mut added = 0;
    for answer in asking {
        let answer = answer.await.unwrap();
        added += usize::from(answer.status == 201);
        let is_refused = answer.status == 409 && answer.json()["code"] == "too_many";
        assert!(answer.status == 201 || is_refused, "{}", answer.text());
    }
    assert_eq!(added, 2);
    let all = data(&gate, &operator, &format!("{TOKENS}?limit=500")).await["items"].clone();
    assert_eq!(all.as_array().unwrap().len(), 100);
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(status(&gate, "DELETE", &format!("{TOKENS}/{id}"), &operator).await, 204);
    made(&gate, &operator, &json!({})).await;
}

#[tokio::test]
async fn every_place_that_takes_a_bearer_token_takes_a_personal_one() {
    let secret = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let clients = format!("[{{client_id: backup, secret_sha256: \"{secret}\", grants: []}}]");
    let setup = Setup::new().with("trusted_proxies", "[127.0.0.1]").with("clients", &clients);
    let gate = setup.start().await;
    let (token, id) = made(&gate, &gate.login(&OPERATOR).await, &json!({})).await;
    // BMC's surface: it has no idle timeout, so the whole of it is told.
    let timeout = gate.send(Ask::get("/bca-networks/api/token").bearer(&token)).await;
    assert_eq!((timeout.status, timeout.text().parse::<u64>().unwrap() / 3_600_000), (200, 23));
    let verify = Ask::get("/api/v1/auth/verify").bearer(&token);
    let verify = verify.field("x-forwarded-method", "GET").field("x-forwarded-uri", SUBSCRIBERS);
    let verified = gate.send(verify.field("x-forwarded-host", "bng")).await;
    assert_eq!(
        (verified.status, verified.field("x-auth-user")),
        (200, Some("operator")),
        "{}",
        verified.text()
    );
    let form = "application/x-www-form-urlencoded";
    let asked = |path: &str| {
        let body = format!("client_id=backup&client_secret=secret&token={token}");
        gate.send(Ask::post(path).body(form, body))
    };
    let state = asked("/oauth2/introspect").await.json();
    assert_eq!((&state["active"], &state["username"]), (&json!(true), &json!("operator")), "{state}");
    assert_eq!(asked("/oauth2/revoke").await.status, 200);
    assert_eq!(asked("/oauth2/introspect").await.json(), json!({ "active": false }));
    assert_eq!(status(&gate, "GET", ME, &token).await, 401, "{id}");
    // A client has none.
    let grant = "grant_type=client_credentials&client_id=backup&client_secret=secret";
    let client = gate.send(Ask::post("/oauth2/token").body(form, grant)).await.json();
    let client = client["access_token"].as_str().unwrap();
    let refused = ask(&gate, client, &wanted(&json!({}))).await;
    assert_eq!((refused.status, refused.detail().as_str()), (403, "A client has no personal tokens"));
    assert_eq!(status(&gate, "GET", TOKENS, client).await, 403);
}
