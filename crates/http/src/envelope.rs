//! The envelope of our own answers: `{"status":"ok","data":…}`.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use jiff::Timestamp as Instant;
use portcullis_core::domain::time::Timestamp;
use serde::Serialize;

use crate::api_error::ApiError;

/// What most answers fit in, in bytes.
const USUAL: usize = 512;

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
        // By hand, since axum's `Json` writes piece by piece into a buffer that is slow with small ones.
        let mut text = Vec::with_capacity(USUAL);
        if serde_json::to_writer(&mut text, &self).is_err() {
            return ApiError::internal().into_response();
        }
        ([(CACHE_CONTROL, "no-store"), (CONTENT_TYPE, "application/json")], text).into_response()
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
