//! Requests to a fresh router over given state, for the tests of every area.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{Sim, router};

/// Sends one request and gives the whole response.
pub(crate) async fn send(sim: &Sim, method: &str, target: &str, body: Option<Value>) -> Response {
    let request = Request::builder().method(method).uri(target);
    let request = match body {
        Some(json) => {
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(json.to_string()))
        }
        None => request.body(Body::empty()),
    };
    router(sim.clone()).oneshot(request.unwrap()).await.unwrap()
}

/// Sends one request and gives status and JSON body.
pub(crate) async fn call(sim: &Sim, method: &str, target: &str, body: Option<Value>) -> (StatusCode, Value) {
    let response = send(sim, method, target, body).await;
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}
