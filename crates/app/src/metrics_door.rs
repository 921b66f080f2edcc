//! The door of the metrics' own listener: `GET /metrics`, and nothing else.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use portcullis_guard::reply::Reply;
use portcullis_guard::{Body, body};
use portcullis_http::METRICS_TYPE;

use crate::listener::{Door, Peer};
use crate::telemetry::metrics::Metrics;

/// Answers with the metrics.
#[derive(Clone)]
pub(crate) struct MetricsDoor(Arc<Metrics>);

impl MetricsDoor {
    /// A door to these metrics.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self(metrics)
    }
}

impl Door for MetricsDoor {
    async fn answer(&self, request: Request<Incoming>, _: Peer) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/metrics") => {
                let mut response = Response::new(body::full(self.0.render()));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(METRICS_TYPE));
                response
            }
            (_, "/metrics") => {
                let reply =
                    Reply::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed");
                Reply { allow: Some("GET, HEAD".to_owned()), ..reply }.into_response()
            }
            _ => Reply::not_found().into_response(),
        }
    }
}
