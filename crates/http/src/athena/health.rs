//! `GET /api/v1/health`: whether the gate answers. What is behind it has a health of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use portcullis_core::ports::ledger::Ledger;
use serde_json::{Value, json};

/// Well, or well enough: while records can't be written requests are still served, so the status stays 200, and whoever
/// takes 200 for health keeps sending; whoever reads the body is told.
pub(crate) async fn get(State(ledger): State<Arc<dyn Ledger>>) -> Json<Value> {
    let condition = ledger.condition();
    if condition.is_failing {
        return Json(json!({ "status": "degraded", "audit": "failing", "lost_records": condition.lost }));
    }
    Json(json!({ "status": "ok" }))
}
