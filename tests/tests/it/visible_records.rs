//! Records and log lines can be read, whatever a client sends, and however often.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

async fn audit(gate: &Gate, query: &str) -> Vec<Value> {
    let admin = gate.login(&ADMIN).await;
    let records = gate.send(Ask::get(&format!("/api/v1/auth/audit?limit=500{query}")).bearer(&admin)).await;
    records.json()["data"]["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_can_not_be_seen_in_a_path_is_written_out_in_the_log_and_in_the_record() {
    let gate = Setup::new().start().await;
    let path = "/a\u{202e}b\u{85}\u{9b}2J\u{2028}c";
    let answers = gate.exchange(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [400]);
    let written = "GET /a\\u{202e}b\\u{85}\\u{9b}2J\\u{2028}c";
    gate.log().wait_for("the record", |event| event["action"] == json!(written), 0).await;
    assert!(audit(&gate, "").await.iter().any(|record| record["action"] == json!(written)));
    let hidden = ['\u{202e}', '\u{85}', '\u{9b}', '\u{2028}'];
    assert!(!gate.log().text().contains(hidden));
}

/// Whatever is told of there, such as a path of the configuration.
#[tokio::test]
async fn what_can_not_be_seen_is_written_out_in_every_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}/x\u{202e}y\u{2069}", folder.path().display());
    let gate = Setup::new().with("listen", &json!(["127.0.0.1", socket]).to_string()).start().await;
    let told = gate.log().said("listening on unix:").await;
    assert!(told["address"].as_str().unwrap().ends_with("/x\\u{202e}y\\u{2069}"), "{told}");
    assert!(!gate.log().text().contains(['\u{202e}', '\u{2069}']));
}

#[tokio::test]
async fn somebody_who_may_little_can_not_fill_the_record() {
    let gate = Setup::new().start().await;
    let operator = gate.login(&OPERATOR).await;
    for number in 0..200 {
        let ask = Ask::new("DELETE", &format!("/api/v1/subscribers/sub-{number}")).bearer(&operator);
        assert_eq!(gate.send(ask).await.status, 403);
    }
    let records = audit(&gate, "&user=operator").await;
    let of = |action: &str| records.iter().filter(|record| record["action"] == json!(action)).count();
    assert_eq!(of("DELETE /api/v1/subscribers/sub-0"), 1, "the first is there as it was");
    let refused = records.iter().filter(|record| record["decision"] == json!("refused")).count();
    // One for each minute in which there was one, and one for those that followed in it.
    assert!((1..=4).contains(&refused), "{refused}");
    // Each has its line in the log all the same, under the id that the client was told.
    let logged = gate
        .log()
        .events(|event| event["subject"] == json!("operator") && event["decision"] == json!("refused"));
    assert_eq!(logged.len(), 200);
}
