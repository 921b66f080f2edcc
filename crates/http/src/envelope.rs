//! The envelope of our own answers: `{"status":"ok","data":…}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use jiff::Timestamp as Instant;
use portcullis_core::domain::time::Timestamp;
use serde::Serialize;

/// A good answer.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<T> {
    status: &'static str,
    data: T,
}

impl<T> Envelope<T> {
    /// Puts `data` into an envelope.
    pub(crate) fn ok(data: T) -> Self {
        Self { status: "ok", data }
    }
}

impl<T: Serialize> IntoResponse for Envelope<T> {
    /// What we answer is about one caller at one moment: nobody may keep it.
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}

/// A point in time as RFC 3339 writes it, in UTC, to the second.
pub(crate) fn rfc3339(time: Timestamp) -> Option<String> {
    Instant::from_second(time.seconds()).ok().map(|instant| instant.to_string())
}

/// A point in time as RFC 3339 writes it, in UTC, to the microsecond.
pub(crate) fn rfc3339_micros(time: Timestamp) -> Option<String> {
    Instant::from_microsecond(time.micros()).ok().map(|instant| format!("{instant:.6}"))
}
