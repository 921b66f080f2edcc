//! OAuth 2.0 for machines: clients of the configuration, their tokens, and what becomes of tokens.

mod affairs;
mod metadata;
mod password_grant;
mod refresh;
mod refresh_requests;
mod requests;
mod tokens;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;

const FORM: &str = "application/x-www-form-urlencoded";
const TOKEN: &str = "/oauth2/token";
const ME: &str = "/api/v1/auth/me";

/// The secret of every client here; `printf 'the secret: of clients' | sha256sum` made its hash.
const SECRET: &str = "the secret: of clients";
const HASH: &str = "14fc48d621387642d90cc814ba895edba3900ab268a738e29663b3b84540c89c";

/// A client with these further keys.
fn client(id: &str, rest: &str) -> String {
    format!("\n- {{client_id: {id}, secret_sha256: {HASH}, {rest}}}")
}

/// `robot` may look, `admin` has the name of a user and holds nothing, `boss` holds everything, `distant` is elsewhere.
fn setup() -> Setup {
    Setup::new().with("clients", &clients())
}

fn clients() -> String {
    [
        client("robot", "grants: [{role: operator}, {role: viewer, realm: pop-syd}], token_ttl: 5m"),
        client("admin", "grants: []"),
        client("boss", "grants: [{role: admin}]"),
        client("distant", "grants: [{role: admin}], allow_from: [192.0.2.0/24]"),
    ]
    .concat()
}

/// A form, by a client that shows its secret in the field `Authorization`.
fn ask(path: &str, id: &str, secret: &str, form: &str) -> Ask {
    let encoded = secret.replace('%', "%25").replace(' ', "+").replace(':', "%3A");
    let pair = STANDARD.encode(format!("{id}:{encoded}"));
    Ask::post(path).field("authorization", format!("Basic {pair}")).body(FORM, form.to_owned())
}

async fn granted(gate: &Gate, id: &str, scope: &str) -> Answer {
    let scope = scope.replace(' ', "+");
    gate.send(ask(TOKEN, id, SECRET, &format!("grant_type=client_credentials&scope={scope}"))).await
}

async fn token(gate: &Gate, id: &str, scope: &str) -> String {
    let answer = granted(gate, id, scope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn status(gate: &Gate, path: &str, token: &str) -> u16 {
    gate.send(Ask::get(path).bearer(token)).await.status
}

/// Status and error word of a refusal, which nobody may keep.
fn error(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert!(body["error_description"].is_string(), "{body}");
    (answer.status, body["error"].as_str().unwrap().to_owned())
}

fn failed(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}
