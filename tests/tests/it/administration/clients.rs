//! Clients of the store come and go, their tokens with them; and nobody makes one that may more than he.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{ROLES, USERS, ask, data, fault, faults, get, is_alive, stored, stored_as, told};

const CLIENTS: &str = "/api/v1/auth/clients";

/// Clients of the configuration, of which the secret is `the secret: of clients`.
const CONFIGURED: &str = "\n- {client_id: Configured, grants: [{role: viewer}], \
    secret_sha256: 14fc48d621387642d90cc814ba895edba3900ab268a738e29663b3b84540c89c}";

fn client(id: &str) -> String {
    format!("{CLIENTS}/{id}")
}

/// Adds a client that holds these roles everywhere; its secret.
async fn add(gate: &Gate, token: &str, id: &str, roles: &[&str]) -> String {
    let grants: Vec<_> = roles.iter().map(|role| json!({ "role": role })).collect();
    let added = data(gate, token, "POST", CLIENTS, &json!({ "client_id": id, "grants": grants })).await;
    added["client_secret"].as_str().unwrap().to_owned()
}

/// Asks for a token.
async fn granted(gate: &Gate, id: &str, secret: &str) -> Answer {
    let pair = STANDARD.encode(format!("{}:{secret}", id.replace('+', "%2B")));
    let form = "application/x-www-form-urlencoded";
    let ask = Ask::post("/oauth2/token").field("authorization", format!("Basic {pair}"));
    gate.send(ask.body(form, "grant_type=client_credentials".to_owned())).await
}

async fn token(gate: &Gate, id: &str, secret: &str) -> String {
    let answer = granted(gate, id, secret).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn remove(gate: &Gate, token: &str, id: &str) -> u16 {
    ask(gate, token, "DELETE", &client(id), &Value::Null).await.status
}

#[tokio::test]
async fn a_new_client_is_where_location_says_and_gets_tokens_with_the_secret_that_is_told_once() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let body = json!({
        "client_id": "Inventory+1", "token_ttl": "15m", "allow_from": ["127.0.0.0/8", "::1"],
        "grants": [{ "role": "VIEWER" }, { "role": "planner", "realm": "pop-syd" }]
    });
    let added = ask(&gate, &admin, "POST", CLIENTS, &body).await;
    assert_eq!((added.status, added.field("cache-control")), (201, Some("no-store")));
    let location = added.field("location").unwrap().to_owned();
    assert_eq!(location, "/api/v1/auth/clients/Inventory+1");
    let mut made = added.json()["data"].clone();
    let secret = made["client_secret"].take();
    let secret = secret.as_str().unwrap();
    assert!(secret.starts_with("pcs_") && secret.len() == 47, "{secret}");
    made.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(get(&gate, &admin, &location).await, made);
    assert!(made["created_at"].take().as_str().unwrap().ends_with('Z'));
    let expected = json!({
        "client_id": "Inventory+1", "source": "store", "token_ttl": "15m", "created_at": null,
        "allow_from": ["127.0.0.0/8", "::1/128"],
        "grants": [{ "role": "viewer", "realm": null }, { "role": "planner", "realm": "pop-syd" }]
    });
    assert_eq!(made, expected);

    let granted = granted(&gate, "inventory+1", secret).await.json();
    assert_eq!(granted["expires_in"], 900);
    let me = get(&gate, granted["access_token"].as_str().unwrap(), "/api/v1/auth/me").await;
    assert_eq!((&me["username"], &me["grants"]), (&json!("client:Inventory+1"), &expected["grants"]));
    // Nobody reads the secret again: not in a list, not in the record, not after a restart; and it works as before.
    for place in [CLIENTS, location.as_str(), "/api/v1/auth/audit?limit=500"] {
        let shown = get(&gate, &admin, place).await.to_string();
        assert!(!shown.contains("pcs_") && !shown.contains("sha256"), "{shown}");
    }
    let gate = gate.restart().await;
    let again = token(&gate, "inventory+1", secret).await;
    assert!(is_alive(&gate, &again).await);
}

#[tokio::test]
async fn a_client_that_is_removed_is_gone_with_its_tokens_also_when_it_is_made_again() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let secret = add(&gate, &admin, "robot", &["viewer"]).await;
    let robot = token(&gate, "robot", &secret).await;
    assert!(is_alive(&gate, &robot).await);
    assert_eq!(remove(&gate, &admin, "ROBOT").await, 204);
    assert!(!is_alive(&gate, &robot).await);
    assert_eq!(granted(&gate, "robot", &secret).await.status, 401);
    assert_eq!(remove(&gate, &admin, "robot").await, 404);
    let another = add(&gate, &admin, "robot", &["viewer"]).await;
    assert!(another != secret && !is_alive(&gate, &robot).await);
    assert_eq!(granted(&gate, "robot", &secret).await.status, 401);
    let robot = token(&gate, "robot", &another).await;
    assert!(is_alive(&gate, &robot).await);

    let records = get(&gate, &admin, "/api/v1/auth/audit?user=admin&action=client.remove").await;
    let change = json!({ "object": "client robot", "before": "viewer", "after": null });
    assert_eq!(records["items"][0]["change"], change);
}

#[tokio::test]
async fn all_tokens_of_a_client_end_and_later_ones_are_good() {
    let gate = stored_as(Setup::new().with("clients", CONFIGURED)).await;
    let admin = gate.login(&ADMIN).await;
    let ours = add(&gate, &admin, "robot", &["viewer"]).await;
    for (id, secret) in [("robot", ours.as_str()), ("configured", "the+secret%3A+of+clients")] {
        let (first, second) = (token(&gate, id, secret).await, token(&gate, id, secret).await);
        let path = format!("/api/v1/auth/sessions?client={id}");
        assert_eq!(ask(&gate, &admin, "DELETE", &path, &Value::Null).await.status, 204);
        assert!(!is_alive(&gate, &first).await && !is_alive(&gate, &second).await, "{id}");
        let later = token(&gate, id, secret).await;
        assert!(is_alive(&gate, &later).await && is_alive(&gate, &admin).await, "{id}");
    }
    let nobody = "/api/v1/auth/sessions?client=nobody";
    assert_eq!(ask(&gate, &admin, "DELETE", nobody, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn clients_are_listed_part_by_part_with_those_of_the_configuration() {
    let gate = stored_as(Setup::new().with("clients", CONFIGURED)).await;
    let admin = gate.login(&ADMIN).await;
    for id in ["d", "a+b", "E"] {
        add(&gate, &admin, id, &[]).await;
    }
    let (mut all, mut query) = (vec![], "?limit=1".to_owned());
    loop {
        let part = get(&gate, &admin, &format!("{CLIENTS}{query}")).await;
        let items = part["items"].as_array().unwrap();
        all.extend(items.iter().map(|item| (item["client_id"].clone(), item["source"].clone())));
        let Some(next) = part["next"].as_str() else { break };
        query = format!("?limit=1&cursor={next}");
    }
    let expected = [("a+b", "store"), ("Configured", "configuration"), ("d", "store"), ("E", "store")];
    assert_eq!(all, expected.map(|(id, source)| (json!(id), json!(source))));
    let shown = get(&gate, &admin, &client("CONFIGURED")).await;
    let expected = json!({
        "client_id": "Configured", "source": "configuration", "token_ttl": null, "allow_from": null,
        "grants": [{ "role": "viewer", "realm": null }], "created_at": null
    });
    assert_eq!(shown, expected);
    let taken = json!({ "client_id": "CONFIGURED", "grants": [] });
    let refused = told(&gate, &admin, "POST", CLIENTS, &taken).await;
    assert_eq!(refused, (409, "Client 'Configured' exists already".to_owned()));
    let refused = told(&gate, &admin, "DELETE", &client("configured"), &Value::Null).await;
    assert_eq!(
        refused,
        (409, "Client 'Configured' is defined in the configuration; edit it there".to_owned())
    );
}

#[tokio::test]
async fn where_both_have_a_client_of_an_id_the_configurations_counts() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let secret = add(&gate, &admin, "configured", &["admin"]).await;
    let before = token(&gate, "configured", &secret).await;
    gate.take_over(&gate.setup().with("clients", CONFIGURED)).await;
    assert!(!is_alive(&gate, &before).await);
    assert_eq!(granted(&gate, "configured", &secret).await.status, 401);
    let theirs = token(&gate, "configured", "the+secret%3A+of+clients").await;
    assert_eq!(ask(&gate, &theirs, "GET", USERS, &Value::Null).await.status, 403);
    let all = get(&gate, &admin, CLIENTS).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
}

#[tokio::test]
async fn who_reads_the_metadata_learns_that_there_are_clients() {
    let gate = stored_as(Setup::new().with("token", "{issuer: https://gate.example}")).await;
    let admin = gate.login(&ADMIN).await;
    let grants = async || {
        let metadata = gate.send(Ask::get("/.well-known/oauth-authorization-server")).await.json();
        metadata["grant_types_supported"].to_string()
    };
    assert!(!grants().await.contains("client_credentials"));
    add(&gate, &admin, "robot", &[]).await;
    assert!(grants().await.contains("client_credentials"));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_client_is_told_and_none_is_made() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let body = json!({ "token_ttl": "2d", "allow_from": ["nowhere"], "secret_sha256": "00" });
    assert_eq!(
        faults(&gate, &admin, "POST", CLIENTS, &body).await,
        [
            fault("missing", json!(["body", "client_id"])),
            fault("missing", json!(["body", "grants"])),
            fault("value_error", json!(["body", "token_ttl"])),
            fault("value_error", json!(["body", "allow_from", 0])),
            fault("extra_forbidden", json!(["body", "secret_sha256"])),
        ]
    );
    let ghost = json!({ "client_id": "c", "grants": [{ "role": "viewer" }, { "role": "ghost" }] });
    let unknown = faults(&gate, &admin, "POST", CLIENTS, &ghost).await;
    assert_eq!(unknown, [fault("value_error", json!(["body", "grants", 1, "role"]))]);
    assert_eq!(get(&gate, &admin, CLIENTS).await, json!({ "items": [], "next": null }));
    for id in ["nobody-here", "a%20b", "client:x"] {
        assert_eq!(ask(&gate, &admin, "GET", &client(id), &Value::Null).await.status, 404, "{id}");
        assert_eq!(remove(&gate, &admin, id).await, 404, "{id}");
    }
}

#[tokio::test]
async fn a_client_that_may_manages_clients_and_nobody_gives_or_takes_more_than_he_holds() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let role = json!({ "name": "keeper", "rights": ["clients:*", "device:*"] });
    data(&gate, &admin, "POST", ROLES, &role).await;
    let secret = add(&gate, &admin, "keeper", &["keeper"]).await;
    let keeper = token(&gate, "keeper", &secret).await;
    add(&gate, &admin, "boss", &["admin"]).await;
    add(&gate, &keeper, "helper", &["keeper"]).await;
    let beyond = json!({ "client_id": "evil", "grants": [{ "role": "admin" }] });
    let refused = told(&gate, &keeper, "POST", CLIENTS, &beyond).await;
    assert_eq!(refused, (403, "Right '*:*' required".to_owned()));
    let refused = told(&gate, &keeper, "DELETE", &client("boss"), &Value::Null).await;
    assert_eq!(refused, (403, "Right '*:*' required".to_owned()));
    let users = json!({ "username": "x", "password": super::PHRASE, "grants": [] });
    assert_eq!(told(&gate, &keeper, "POST", USERS, &users).await.0, 403);
    // The role is held by clients alone.
    let held = told(&gate, &admin, "DELETE", &format!("{ROLES}/keeper"), &Value::Null).await;
    assert_eq!(held, (409, "Role 'keeper' is in use".to_owned()));
    // What the role loses, its clients lose at once.
    data(&gate, &admin, "PUT", &format!("{ROLES}/keeper"), &json!({ "rights": ["clients:view"] })).await;
    assert_eq!(ask(&gate, &keeper, "GET", CLIENTS, &Value::Null).await.status, 200);
    assert_eq!(remove(&gate, &keeper, "helper").await, 403);
    let records = get(&gate, &admin, "/api/v1/auth/audit?user=client:keeper&action=client.add").await;
    let decisions: Vec<_> =
        records["items"].as_array().unwrap().iter().map(|item| item["decision"].clone()).collect();
    assert_eq!(decisions, ["allowed", "refused"]);
    for id in ["helper", "keeper"] {
        assert_eq!(remove(&gate, &admin, id).await, 204);
    }
    let gone = ask(&gate, &admin, "DELETE", &format!("{ROLES}/keeper"), &Value::Null).await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn what_the_gate_would_say_to_a_client_is_explained_realm_by_realm() {
    let routes = "[{path: /devices, require: {right: 'device:view', realm: {query: realm}}}]";
    let gate = stored_as(Setup::new().with("routes", routes)).await;
    let admin = gate.login(&ADMIN).await;
    let grants = json!([{ "role": "viewer", "realm": "pop-syd" }]);
    data(&gate, &admin, "POST", CLIENTS, &json!({ "client_id": "robot", "grants": grants })).await;
    let explain = async |token: &str, user: &str, realm: &str| {
        let path = format!("/api/v1/auth/explain?user={user}&path=/devices%3Frealm={realm}");
        ask(&gate, token, "GET", &path, &Value::Null).await
    };
    for (realm, allowed) in [("pop-syd", true), ("POP-SYD", true), ("pop-mel", false)] {
        let told = explain(&admin, "client:Robot", realm).await.json()["data"].clone();
        assert_eq!((&told["allowed"], &told["grants"]), (&json!(allowed), &grants), "{realm}");
    }
    assert_eq!(explain(&admin, "robot", "pop-syd").await.status, 404);
    assert_eq!(explain(&admin, "client:nobody", "pop-syd").await.status, 404);
    // Of itself a client may ask, by its name too; of others only with the right.
    let secret = add(&gate, &admin, "plain", &[]).await;
    let plain = token(&gate, "plain", &secret).await;
    assert_eq!(explain(&plain, "client:PLAIN", "pop-syd").await.status, 200);
    for other in ["client:robot", "plain", "operator"] {
        assert_eq!(explain(&plain, other, "pop-syd").await.status, 403, "{other}");
    }
}

#[tokio::test]
async fn fifty_who_add_one_client_at_once_add_it_once() {
    let gate = Arc::new(stored().await);
    let admin = gate.login(&ADMIN).await;
    let mut adding = JoinSet::new();
    for number in 0..50 {
        let id = if number % 2 == 0 { "robot" } else { "Robot" };
        let body = json!({ "client_id": id, "grants": [{ "role": "viewer" }] });
        let (gate, ask) = (Arc::clone(&gate), Ask::post(CLIENTS).bearer(&admin).json(&body));
        adding.spawn(async move { gate.send(ask).await });
    }
    let answers = adding.join_all().await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)));
    let secret = made[0].json()["data"]["client_secret"].as_str().unwrap().to_owned();
    assert!(is_alive(&gate, &token(&gate, "robot", &secret).await).await);
}

#[tokio::test]
async fn where_the_users_are_in_a_file_clients_are_seen_and_changed_in_the_file_alone() {
    let gate = Setup::new().with("clients", CONFIGURED).start().await;
    let admin = gate.login(&ADMIN).await;
    let why = format!("Clients are defined in {}; edit it there", gate.file().display());
    let new = json!({ "client_id": "c", "grants": [] });
    assert_eq!(told(&gate, &admin, "POST", CLIENTS, &new).await, (409, why.clone()));
    for id in ["configured", "nobody"] {
        assert_eq!(told(&gate, &admin, "DELETE", &client(id), &Value::Null).await, (409, why.clone()));
    }
    assert_eq!(get(&gate, &admin, CLIENTS).await["items"].as_array().unwrap().len(), 1);
    let operator = gate.login(&OPERATOR).await;
    assert_eq!(told(&gate, &operator, "GET", CLIENTS, &Value::Null).await.0, 403);
}
