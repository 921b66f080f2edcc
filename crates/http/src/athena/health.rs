//! `GET /api/v1/health`: whether the gate answers. What is behind it has a health of its own.

use axum::Json;
use serde_json::{Value, json};

/// Always well, if it can say so.
pub(crate) async fn get() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
