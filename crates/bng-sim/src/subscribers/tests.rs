//! What a caller sees of subscribers, and that what he changes stays changed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{Sim, testing::call};

const ONE: &str = "/api/v1/subscribers/sub-1001";

async fn get(sim: &Sim, path: &str) -> Value {
    call(sim, "GET", path, None).await.1["data"].take()
}

async fn ids(sim: &Sim) -> Vec<String> {
    let list = get(sim, "/api/v1/subscribers").await;
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_disconnected_subscriber_is_gone_from_list_summary_and_lookup() {
    let sim = Sim::new();
    let (status, body) = call(&sim, "DELETE", ONE, None).await;
    assert_eq!((status, &body["data"]), (StatusCode::OK, &json!({"id": "sub-1001", "disconnected": true})));

    assert_eq!(call(&sim, "GET", ONE, None).await.0, StatusCode::NOT_FOUND);
    assert!(!ids(&sim).await.contains(&"sub-1001".to_owned()));
    assert_eq!(get(&sim, "/api/v1/subscribers/summary").await["total"], 5);
}

#[tokio::test]
async fn who_is_not_connected_cannot_be_disconnected() {
    let (status, body) = call(&Sim::new(), "DELETE", "/api/v1/subscribers/sub-9", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body, json!({"detail": "Subscriber 'sub-9' not found"}));
}

#[tokio::test]
async fn the_summary_adds_up_to_the_list() {
    let sim = Sim::new();
    let summary = get(&sim, "/api/v1/subscribers/summary").await;
    assert_eq!(summary["total"], ids(&sim).await.len());
    for counts in ["by_type", "by_interface", "by_profile"] {
        let sum: u64 = summary[counts].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(sum, summary["total"].as_u64().unwrap(), "{counts}");
    }
}

#[tokio::test]
async fn a_rate_taken_from_a_profile_is_seen_in_the_next_read() {
    let sim = Sim::new();
    let (status, _) = call(&sim, "PUT", &format!("{ONE}/rate"), Some(json!({"profile": "bronze"}))).await;
    assert_eq!(status, StatusCode::OK);
    let rate = json!({"profile": "bronze", "download_kbps": 25_000, "upload_kbps": 5_000});
    assert_eq!(get(&sim, ONE).await["rate"], rate);
}

#[tokio::test]
async fn a_rate_set_by_hand_has_no_profile() {
    let sim = Sim::new();
    let body = json!({"download_kbps": 7, "upload_kbps": 3});
    call(&sim, "PUT", &format!("{ONE}/rate"), Some(body)).await;
    assert_eq!(get(&sim, ONE).await["rate"], json!({"profile": null, "download_kbps": 7, "upload_kbps": 3}));
    assert_eq!(get(&sim, "/api/v1/subscribers/summary").await["by_profile"]["custom"], 1);
}

#[tokio::test]
async fn a_rate_that_says_nothing_or_too_much_is_refused() {
    let sim = Sim::new();
    for body in [
        json!({}),
        json!({"profile": "no-such-profile"}),
        json!({"profile": "gold", "download_kbps": 1, "upload_kbps": 1}),
        json!({"download_kbps": 1}),
        json!({"download_kbps": 0, "upload_kbps": 1}),
        json!({"download_kbps": -1, "upload_kbps": 1}),
        json!({"profile": "gold", "burst": true}),
    ] {
        let (status, answer) = call(&sim, "PUT", &format!("{ONE}/rate"), Some(body.clone())).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(answer["detail"].is_string(), "{body}");
    }
    assert_eq!(get(&sim, ONE).await["rate"]["profile"], "gold", "nothing was changed");
}

#[tokio::test]
async fn the_rate_of_nobody_cannot_be_set() {
    let body = json!({"profile": "gold"});
    let (status, _) = call(&Sim::new(), "PUT", "/api/v1/subscribers/sub-9/rate", Some(body)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn disconnecting_by_interface_removes_those_there_and_nobody_else() {
    let sim = Sim::new();
    let path = "/api/v1/subscribers/disconnect-by-interface";
    let (status, body) = call(&sim, "POST", path, Some(json!({"interface": "eth1"}))).await;
    assert_eq!((status, &body["data"]), (StatusCode::OK, &json!({"interface": "eth1", "disconnected": 4})));
    assert_eq!(ids(&sim).await, ["sub-2001", "sub-2002"]);

    let (_, again) = call(&sim, "POST", path, Some(json!({"interface": "eth1"}))).await;
    assert_eq!(again["data"]["disconnected"], 0);
}

#[tokio::test]
async fn disconnecting_by_an_unknown_interface_is_404() {
    let path = "/api/v1/subscribers/disconnect-by-interface";
    let (status, _) = call(&Sim::new(), "POST", path, Some(json!({"interface": "eth99"}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_clone_of_the_handle_sees_the_same_subscribers() {
    let sim = Sim::new();
    call(&sim.clone(), "DELETE", ONE, None).await;
    assert_eq!(ids(&sim).await.len(), 5);
}
