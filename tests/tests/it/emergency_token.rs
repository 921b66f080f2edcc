//! `portcullis token`: a token without a login, for whoever is on the box and can read the secret; and its record.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, CONSOLE, FORMER, OPERATOR, OTHER_PASSWORD, Person, VIEWER};
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::{OTHER_SECRET, SECRET, claims};
use serde_json::Value;

const NAME: &str = "ABNG_API_SECRET";

/// The command for this gate's configuration.
fn command(gate: &Gate, arguments: &[&str]) -> Portcullis {
    let file = gate.file().display().to_string();
    Portcullis::with(&[&["token", "--config", &file], arguments].concat())
}

fn made(gate: &Gate, arguments: &[&str]) -> Ended {
    command(gate, arguments).environment(NAME, SECRET).run()
}

fn records(gate: &Gate) -> Vec<Value> {
    let text = fs::read_to_string(gate.state_dir().join("break-glass.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn me(gate: &Gate, token: &str) -> (u16, Value) {
    let answer = gate.send(Ask::get("/api/v1/auth/me").bearer(token)).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn it_opens_the_running_gate_as_the_user_who_was_named() {
    let gate = Setup::new().start().await;
    for (name, person) in [("operator", OPERATOR), ("VERA.viewer", VIEWER), ("admin", ADMIN)] {
        let ended = made(&gate, &["--for", name]);
        assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{ended:?}");
        assert_eq!(ended.output.lines().count(), 1);
        let token = ended.output.trim_end();
        let (status, body) = me(&gate, token).await;
        assert_eq!((status, &body["data"]["username"]), (200, &person.name.into()), "{name}");
        let claims = claims(token);
        let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!((lifetime, &body["data"]["session"]["id"]), (600, &claims["sid"]));
    }
    // It is nobody else's.
    let token = made(&gate, &["--for", "operator"]).output;
    let answer = gate.send(Ask::get("/api/v1/webhooks").bearer(token.trim_end())).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn it_has_the_issuer_and_the_audience_of_the_configuration() {
    let gate = Setup::new().with("token", "{issuer: \"https://noc\", audience: bng}").start().await;
    let token = made(&gate, &["--for", "operator"]).output;
    assert_eq!(me(&gate, token.trim_end()).await.0, 200);
}

#[tokio::test]
async fn as_json_it_is_what_a_login_answers() {
    let gate = Setup::new().start().await;
    let ended = made(&gate, &["--for", "operator", "--ttl", "90s", "--json"]);
    let (body, login) = (ended.json(), gate.send(Ask::login(OPERATOR.name, OPERATOR.password)).await.json());
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&body), names(&login));
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"bearer".into(), &90.into()));
    assert_eq!(me(&gate, body["access_token"].as_str().unwrap()).await.0, 200);
}

#[tokio::test]
async fn it_lasts_as_long_as_it_was_asked_for_and_never_longer_than_a_day() {
    let gate = Setup::new().start().await;
    for (ttl, seconds) in [("1s", 1), ("10m", 600), ("24h", 86_400), ("1d", 86_400), ("1000ms", 1)] {
        let token = made(&gate, &["--for", "operator", "--ttl", ttl]).output;
        let claims = claims(token.trim_end());
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), seconds, "{ttl}");
    }
    let before = records(&gate).len();
    for ttl in ["0s", "999ms", "25h", "24h1s", "86401s", "10", "-1s", "forever", ""] {
        let ended = made(&gate, &["--for", "operator", &format!("--ttl={ttl}")]);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{ttl}: {ended:?}");
    }
    assert_eq!(records(&gate).len(), before);
}

#[tokio::test]
async fn without_the_secret_there_is_none() {
    let gate = Setup::new().start().await;
    let refused = |ended: Ended, part: &str| {
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{ended:?}");
        assert!(ended.error.contains(part), "{part}: {ended:?}");
    };
    refused(command(&gate, &["--for", "admin"]).run(), "ABNG_API_SECRET is not set");
    refused(command(&gate, &["--for", "admin"]).environment(NAME, "short").run(), "at least 32");
    let previous = command(&gate, &["--for", "admin"]).environment("ABNG_API_SECRET_PREVIOUS", SECRET);
    refused(previous.run(), "ABNG_API_SECRET");
    assert_eq!(records(&gate), Vec::<Value>::new());
    // Another one makes a token that this gate does not know.
    let ended = command(&gate, &["--for", "admin"]).environment(NAME, OTHER_SECRET).run();
    assert_eq!((ended.status, me(&gate, ended.output.trim_end()).await.0), (0, 401));
    // One from a file is as good.
    let file = gate.state_dir().join("secret");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let ended =
        command(&gate, &["--for", "admin"]).environment("ABNG_API_SECRET_FILE", file.to_str().unwrap()).run();
    assert_eq!((ended.status, me(&gate, ended.output.trim_end()).await.0), (0, 200), "{}", ended.error);
}

#[tokio::test]
async fn nobody_unknown_gets_one_and_nobody_whom_the_gate_would_refuse() {
    let gate = Setup::new().start().await;
    for (name, part) in [
        ("unknown", "there is no user `unknown`"),
        (FORMER.name, "deactivated"),
        (CONSOLE.name, "may not log in"),
        ("no name at all", ""),
        ("", ""),
    ] {
        let ended = made(&gate, &["--for", name]);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{name}: {ended:?}");
        assert!(!ended.error.is_empty() && ended.error.contains(part), "{name}: {ended:?}");
    }
    assert_eq!(records(&gate), Vec::<Value>::new());
}

#[tokio::test]
async fn every_one_is_recorded_for_its_owner_s_eyes_and_without_itself() {
    let gate = Setup::new().start().await;
    let tokens: Vec<_> = ["operator", "ADMIN"]
        .iter()
        .map(|name| made(&gate, &["--for", name, "--ttl", "5m"]).output.trim_end().to_owned())
        .collect();
    let path = gate.state_dir().join("break-glass.jsonl");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let uid = fs::metadata(&path).map(|file| std::os::unix::fs::MetadataExt::uid(&file)).unwrap();
    let records = records(&gate);
    assert_eq!(records.len(), 2);
    for ((record, token), subject) in records.iter().zip(&tokens).zip(["operator", "admin"]) {
        let mut names: Vec<_> = record.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["action", "by_uid", "expires_at", "session", "subject", "time"]);
        assert_eq!((&record["action"], &record["subject"]), (&"token".into(), &subject.into()));
        assert_eq!((&record["session"], &record["by_uid"]), (&claims(token)["sid"], &uid.into()));
        let told = me(&gate, token).await.1;
        let session = &told["data"]["session"];
        // The times in a token are whole seconds.
        let second = |time: &Value| time.as_str().unwrap()[.."2026-01-01T00:00:00".len()].to_owned();
        assert_eq!(second(&session["issued_at"]), second(&record["time"]));
        assert_eq!(second(&session["expires_at"]), second(&record["expires_at"]));
    }
    let text = fs::read_to_string(&path).unwrap();
    assert!(tokens.iter().all(|token| !text.contains(token.rsplit('.').next().unwrap())), "{text}");
}

#[tokio::test]
async fn without_the_record_there_is_no_token() {
    let gate = Setup::new().start().await;
    let path = gate.state_dir().join("break-glass.jsonl");
    fs::create_dir_all(&path).unwrap();
    let ended = made(&gate, &["--for", "admin"]);
    assert_eq!((ended.status, ended.output.as_str()), (1, ""), "{ended:?}");
    assert!(
        ended.error.contains("no token without its record") && ended.error.contains("break-glass.jsonl"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn it_ends_with_its_user_and_with_his_password() {
    let gate = Setup::new().start().await;
    let token = made(&gate, &["--for", "operator"]).output.trim_end().to_owned();
    let (password, hash) = OTHER_PASSWORD;
    for users in [&[ADMIN][..], &[ADMIN, Person { password, hash, ..OPERATOR }]] {
        assert_eq!(me(&gate, &token).await.0, 200, "{users:?}");
        gate.take_over(&gate.setup().users(users)).await;
        assert_eq!(me(&gate, &token).await.0, 401, "{users:?}");
        gate.take_over(&gate.setup()).await;
    }
}
