//! Managing users, roles and clients over HTTP, where they are kept in a store; and that nothing of it works on those of a file.

mod clients;
mod escalation;
mod file;
mod own_password;
mod personal_tokens;
mod roles;
mod users;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::command::Portcullis;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

const ME: &str = "/api/v1/auth/me";
const USERS: &str = "/api/v1/auth/users";
const ROLES: &str = "/api/v1/auth/roles";
const PASSWORD: &str = "/api/v1/auth/password";

/// What a new user logs in with.
const PHRASE: &str = "a phrase that nobody guesses";

/// A gate over a store with everybody of the cast.
async fn stored() -> Gate {
    stored_as(Setup::new()).await
}

async fn stored_as(setup: Setup) -> Gate {
    let gate = setup.with("user_store", "sqlite:users.db").start().await;
    let folder = gate.file().parent().unwrap().to_owned();
    let people = folder.join("people.yaml");
    std::fs::write(&people, Setup::new().text(&folder)).unwrap();
    let (file, people) = (gate.file().display().to_string(), people.display().to_string());
    let imported = Portcullis::with(&["user", "import", "--config", &file, &people]).within(&folder).run();
    assert_eq!(imported.status, 0, "{imported:?}");
    gate
}

/// Asks for something with a token, and with a body if there is one.
async fn ask(gate: &Gate, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let ask = Ask::new(method, path).bearer(token);
    let answer = gate.send(if body.is_null() { ask } else { ask.json(body) }).await;
    assert!(!answer.text().contains("$2"), "{method} {path} answered with a hash: {}", answer.text());
    answer
}

/// The status and the sentence of a refusal.
async fn told(gate: &Gate, token: &str, method: &str, path: &str, body: &Value) -> (u16, String) {
    let answer = ask(gate, token, method, path, body).await;
    (answer.status, answer.detail())
}

/// The types and places of the faults of a 422.
async fn faults(gate: &Gate, token: &str, method: &str, path: &str, body: &Value) -> Vec<(Value, Value)> {
    let answer = ask(gate, token, method, path, body).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let faults = answer.json()["detail"].as_array().unwrap().clone();
    faults.iter().map(|fault| (fault["type"].clone(), fault["loc"].clone())).collect()
}

fn fault(kind: &str, place: Value) -> (Value, Value) {
    (json!(kind), place)
}

/// What a good answer holds.
async fn data(gate: &Gate, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let answer = ask(gate, token, method, path, body).await;
    assert!(matches!(answer.status, 200 | 201), "{method} {path}: {} {}", answer.status, answer.text());
    assert_eq!(
        (answer.json()["status"].as_str(), answer.field("cache-control")),
        (Some("ok"), Some("no-store"))
    );
    answer.json()["data"].clone()
}

async fn get(gate: &Gate, token: &str, path: &str) -> Value {
    data(gate, token, "GET", path, &Value::Null).await
}

/// Adds somebody with the usual phrase, who holds these roles.
async fn add(gate: &Gate, token: &str, name: &str, roles: &[&str]) -> Answer {
    let grants: Vec<_> = roles.iter().map(|role| json!({ "role": role })).collect();
    let body = json!({ "username": name, "password": PHRASE, "grants": grants });
    ask(gate, token, "POST", USERS, &body).await
}

/// The token of somebody who logs in, or why there is none.
async fn login(gate: &Gate, name: &str, password: &str) -> Result<String, u16> {
    let answer = gate.send(Ask::login(name, password)).await;
    match answer.status {
        200 => Ok(answer.json()["access_token"].as_str().unwrap().to_owned()),
        status => Err(status),
    }
}

async fn is_alive(gate: &Gate, token: &str) -> bool {
    gate.send(Ask::get(ME).bearer(token)).await.status == 200
}
