//! The walk of an edit: candidate, compare, commit, rollback, discard.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{Sim, testing::call};

async fn get(sim: &Sim, path: &str) -> Value {
    call(sim, "GET", &format!("/api/v1/system/{path}"), None).await.1["data"].take()
}

async fn post(sim: &Sim, action: &str, body: Option<Value>) -> (StatusCode, Value) {
    call(sim, "POST", &format!("/api/v1/system/config/{action}"), body).await
}

async fn set_mtu(sim: &Sim, mtu: u32) {
    let body = json!({"path": "interfaces/eth1/mtu", "value": mtu});
    assert_eq!(post(sim, "set", Some(body)).await.0, StatusCode::OK);
}

/// The MTU in the running and in the candidate configuration.
async fn mtus(sim: &Sim) -> (Value, Value) {
    let config = get(sim, "config").await;
    let mtu = |which: &str| config[which]["interfaces"]["eth1"]["mtu"].clone();
    (mtu("running"), mtu("candidate"))
}

#[tokio::test]
async fn a_fresh_bng_has_no_difference() {
    let comparison = get(&Sim::new(), "config/compare").await;
    assert_eq!(comparison, json!({"differs": false, "changes": []}));
}

#[tokio::test]
async fn setting_changes_the_candidate_alone() {
    let sim = Sim::new();
    set_mtu(&sim, 9000).await;
    assert_eq!(mtus(&sim).await, (json!(1508), json!(9000)));
}

#[tokio::test]
async fn comparing_shows_what_was_set() {
    let sim = Sim::new();
    set_mtu(&sim, 9000).await;
    let change =
        json!({"path": "interfaces/eth1/mtu", "change": "changed", "running": 1508, "candidate": 9000});
    assert_eq!(get(&sim, "config/compare").await, json!({"differs": true, "changes": [change]}));
}

#[tokio::test]
async fn deleting_takes_a_section_out_of_the_candidate() {
    let sim = Sim::new();
    let (status, _) = post(&sim, "delete", Some(json!({"path": "protocols/ospf"}))).await;
    assert_eq!(status, StatusCode::OK);
    let config = get(&sim, "config").await;
    assert!(config["candidate"]["protocols"]["ospf"].is_null());
    assert!(config["running"]["protocols"]["ospf"].is_object());
}

#[tokio::test]
async fn committing_makes_the_candidate_run_and_keeps_the_old_in_history() {
    let sim = Sim::new();
    set_mtu(&sim, 9000).await;
    let (status, body) = post(&sim, "commit", None).await;
    assert_eq!((status, &body["data"]["revision"]), (StatusCode::OK, &json!(2)));
    assert_eq!(mtus(&sim).await, (json!(9000), json!(9000)));
    assert_eq!(get(&sim, "config").await["history"][0]["revision"], 1);
}

#[tokio::test]
async fn committing_nothing_makes_no_revision() {
    let sim = Sim::new();
    let (status, body) = post(&sim, "commit", None).await;
    assert_eq!((status, &body["data"]["revision"]), (StatusCode::OK, &json!(1)));
    assert_eq!(get(&sim, "config").await["history"], json!([]));
}

#[tokio::test]
async fn rolling_back_restores_what_ran_before_step_by_step() {
    let sim = Sim::new();
    for mtu in [9000, 9100] {
        set_mtu(&sim, mtu).await;
        post(&sim, "commit", None).await;
    }
    post(&sim, "rollback", None).await;
    assert_eq!(mtus(&sim).await, (json!(9000), json!(9000)));
    post(&sim, "rollback", None).await;
    assert_eq!(mtus(&sim).await, (json!(1508), json!(1508)));
}

#[tokio::test]
async fn with_no_commit_there_is_nothing_to_roll_back_to() {
    let (status, body) = post(&Sim::new(), "rollback", None).await;
    assert_eq!((status, body), (StatusCode::CONFLICT, json!({"detail": "Nothing to roll back to"})));
}

#[tokio::test]
async fn discarding_makes_the_candidate_the_running_one_again() {
    let sim = Sim::new();
    set_mtu(&sim, 9000).await;
    let (_, body) = post(&sim, "discard", None).await;
    assert_eq!(body["data"]["discarded"], 1);
    assert_eq!(mtus(&sim).await, (json!(1508), json!(1508)));
}

#[tokio::test]
async fn an_edit_that_makes_no_sense_says_so() {
    let sim = Sim::new();
    for (action, body, status) in [
        ("set", json!({"path": "a//b", "value": 1}), StatusCode::UNPROCESSABLE_ENTITY),
        ("set", json!({"path": "a"}), StatusCode::UNPROCESSABLE_ENTITY),
        ("set", json!({"path": "interfaces/eth1/mtu/x", "value": 1}), StatusCode::CONFLICT),
        ("delete", json!({"path": "no/such/thing"}), StatusCode::NOT_FOUND),
        ("delete", json!({}), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (given, answer) = post(&sim, action, Some(body.clone())).await;
        assert_eq!(given, status, "{action} {body}");
        assert!(answer["detail"].is_string(), "{action} {body}");
    }
}
