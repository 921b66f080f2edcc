//! The probes show what was sent, and answer in the way they say.

use std::time::{Duration, Instant};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Request, StatusCode},
    response::Response,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Fnv1a, MOST_BYTES, capped};
use crate::{
    Sim, router,
    testing::{call, send},
};

async fn post(target: &str, body: Body) -> Value {
    let request = Request::post(target).body(body).unwrap();
    let response = router(Sim::new()).oneshot(request).await.unwrap();
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

/// The data frames of a response, as they come.
async fn frames(response: Response) -> Vec<Bytes> {
    let mut body = response.into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        frames.extend(frame.unwrap().into_data());
    }
    frames
}

#[tokio::test]
async fn the_target_is_echoed_raw() {
    for target in ["/__echo", "/__echo/", "/__echo?a=%2f&a=+", "/__echo/a%2Fb/../%zz;x=1//y?q=/../?"] {
        let (status, body) = call(&Sim::new(), "GET", target, None).await;
        assert_eq!((status, &body["target"]), (StatusCode::OK, &json!(target)));
    }
}

#[tokio::test]
async fn any_method_is_echoed() {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
        let (status, body) = call(&Sim::new(), method, "/__echo/x", None).await;
        assert_eq!((status, &body["method"]), (StatusCode::OK, &json!(method)));
    }
}

#[tokio::test]
async fn headers_are_echoed_with_duplicates_and_bytes_that_are_no_utf8() {
    let request = Request::get("/__echo")
        .header("X-B", "1")
        .header("x-a", HeaderValue::from_bytes(b"caf\xe9").unwrap())
        .header("x-b", "2")
        .body(Body::empty())
        .unwrap();
    let response = router(Sim::new()).oneshot(request).await.unwrap();
    let body: Value =
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(body["headers"], json!([["x-b", "1"], ["x-b", "2"], ["x-a", "café"]]));
}

#[tokio::test]
async fn the_length_of_the_body_is_echoed() {
    assert_eq!(post("/__echo", Body::from("seven b")).await["body_length"], 7);
}

#[tokio::test]
async fn the_stream_comes_in_five_chunks_with_a_pause_before_each() {
    let started = Instant::now();
    let chunks = frames(send(&Sim::new(), "GET", "/__stream", None).await).await;
    assert_eq!(chunks.len(), 5);
    assert_eq!(chunks[0], "chunk 1 of 5\n");
    assert!(started.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn the_slow_answer_takes_its_time() {
    let started = Instant::now();
    let (_, body) = call(&Sim::new(), "GET", "/__slow?ms=30", None).await;
    assert_eq!(body, json!({"waited_ms": 30}));
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[test]
fn the_slow_answer_takes_a_minute_at_most() {
    assert_eq!([59_999, 60_000, 60_001, u64::MAX].map(capped), [59_999, 60_000, 60_000, 60_000]);
}

#[tokio::test]
async fn bytes_are_as_many_as_asked_for_and_in_order() {
    for n in [0, 1, 26 * 630, 26 * 630 + 3, 100_000] {
        let all = frames(send(&Sim::new(), "GET", &format!("/__bytes?n={n}"), None).await).await.concat();
        assert_eq!(all.len(), n);
        assert!(all.iter().zip((b'a'..=b'z').cycle()).all(|(&byte, letter)| byte == letter), "{n}");
    }
}

#[tokio::test]
async fn bytes_end_at_the_cap() {
    let response = send(&Sim::new(), "GET", "/__bytes?n=99999999999", None).await;
    let total: usize = frames(response).await.iter().map(Bytes::len).sum();
    assert_eq!(total, MOST_BYTES);
}

#[tokio::test]
async fn a_query_that_is_no_number_is_refused() {
    for target in ["/__bytes", "/__bytes?n=-1", "/__slow?ms=soon"] {
        let (status, body) = call(&Sim::new(), "GET", target, None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{target}");
        assert!(body["detail"].is_string(), "{target}");
    }
}

#[tokio::test]
async fn the_sink_answers_length_and_checksum() {
    assert_eq!(
        post("/__sink", Body::from("foobar")).await,
        json!({"length": 6, "fnv1a": "85944171f73967e8"})
    );
}

#[tokio::test]
async fn the_sink_takes_more_than_a_json_endpoint_would() {
    let three_mebibytes = vec![b'x'; 3 << 20];
    assert_eq!(post("/__sink", Body::from(three_mebibytes)).await["length"], 3 << 20);
}

#[test]
fn the_checksum_does_not_depend_on_where_a_body_is_cut() {
    let mut whole = Fnv1a::new();
    whole.update(b"foobar");
    let mut cut = Fnv1a::new();
    cut.update(b"foo");
    cut.update(b"");
    cut.update(b"bar");
    assert_eq!(whole.hex(), cut.hex());
}
