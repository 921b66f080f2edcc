//! `GET /metrics`: how the gate is doing, for Prometheus.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

use crate::endpoints::RenderMetrics;

/// The type of the OpenMetrics text format.
pub const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics in the OpenMetrics text format.
pub(crate) async fn get(State(render): State<RenderMetrics>) -> impl IntoResponse {
    ([(CONTENT_TYPE, METRICS_TYPE)], render())
}
