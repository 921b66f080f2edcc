//! Webhooks come, change and go, and what makes no sense is refused.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    Sim,
    testing::{call, send},
};

const ALL: &str = "/api/v1/webhooks";

fn body(url: &str) -> Value {
    json!({"url": url, "events": ["session.start"]})
}

#[tokio::test]
async fn a_registered_webhook_is_found_where_location_says() {
    let sim = Sim::new();
    let response = send(&sim, "POST", ALL, Some(body("https://noc.example.net/new"))).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    let (_, found) = call(&sim, "GET", location, None).await;
    let expected = json!({"id": "wh-2", "url": "https://noc.example.net/new",
        "events": ["session.start"], "active": true});
    assert_eq!(found["data"], expected);
}

#[tokio::test]
async fn a_replaced_webhook_is_what_it_was_replaced_with() {
    let sim = Sim::new();
    let new = json!({"url": "https://noc.example.net/b", "events": ["config.commit"], "active": false});
    let (status, _) = call(&sim, "PUT", "/api/v1/webhooks/wh-1", Some(new.clone())).await;
    assert_eq!(status, StatusCode::OK);
    let (_, found) = call(&sim, "GET", "/api/v1/webhooks/wh-1", None).await;
    assert_eq!((&found["data"]["url"], &found["data"]["active"]), (&new["url"], &json!(false)));
}

#[tokio::test]
async fn a_webhook_may_be_replaced_under_its_own_url() {
    let sim = Sim::new();
    let (_, found) = call(&sim, "GET", "/api/v1/webhooks/wh-1", None).await;
    let same = body(found["data"]["url"].as_str().unwrap());
    assert_eq!(call(&sim, "PUT", "/api/v1/webhooks/wh-1", Some(same)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_removed_webhook_is_gone_and_its_id_is_not_given_again() {
    let sim = Sim::new();
    assert_eq!(call(&sim, "DELETE", "/api/v1/webhooks/wh-1", None).await.0, StatusCode::OK);
    assert_eq!(call(&sim, "GET", "/api/v1/webhooks/wh-1", None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call(&sim, "GET", ALL, None).await.1["data"], json!([]));
    let (_, made) = call(&sim, "POST", ALL, Some(body("https://noc.example.net/new"))).await;
    assert_eq!(made["data"]["id"], "wh-2");
}

#[tokio::test]
async fn a_url_is_registered_once() {
    let sim = Sim::new();
    call(&sim, "POST", ALL, Some(body("https://noc.example.net/new"))).await;
    for (method, path) in [("POST", ALL), ("PUT", "/api/v1/webhooks/wh-1")] {
        let (status, _) = call(&sim, method, path, Some(body("https://noc.example.net/new"))).await;
        assert_eq!(status, StatusCode::CONFLICT, "{method}");
    }
}

#[tokio::test]
async fn a_webhook_that_is_not_there_cannot_be_read_replaced_or_removed() {
    let sim = Sim::new();
    for method in ["GET", "PUT", "DELETE"] {
        let sent = (method == "PUT").then(|| body("https://noc.example.net/new"));
        let (status, _) = call(&sim, method, "/api/v1/webhooks/wh-7", sent).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method}");
    }
}

#[tokio::test]
async fn a_webhook_without_a_usable_url_or_event_is_refused() {
    let sim = Sim::new();
    for wrong in [
        json!({"url": "ftp://x", "events": ["session.start"]}),
        json!({"url": "https://", "events": ["session.start"]}),
        json!({"url": "https://x", "events": []}),
        json!({"url": "https://x", "events": ["moon.rise"]}),
        json!({"url": "https://x"}),
        json!({"url": "https://x", "events": ["session.start"], "extra": 1}),
    ] {
        let (status, _) = call(&sim, "POST", ALL, Some(wrong.clone())).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
