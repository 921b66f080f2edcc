//! Our own short answers: a status, a sentence for people and a word for programs.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::body::{self, Body};

/// An error as a client reads it: `{"detail": …, "code": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The sentence.
    pub detail: String,
    /// The stable word.
    pub code: &'static str,
    /// `WWW-Authenticate` (RFC 9110 11.6.1).
    pub challenge: Option<Challenge>,
    /// `Allow` (RFC 9110 10.2.1).
    pub allow: Option<String>,
    /// `Retry-After`, in seconds (RFC 9110 10.2.3).
    pub retry_after: Option<u64>,
    /// A second sentence, where it helps and gives nothing away.
    pub reason: Option<String>,
}

/// What a 401 asks for (RFC 6750 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// A bearer token; none was sent.
    Bearer,
    /// Another bearer token than the one that was sent.
    InvalidToken,
}

impl Reply {
    /// A status with its sentence and word.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            code,
            challenge: None,
            allow: None,
            retry_after: None,
            reason: None,
        }
    }

    /// There is nothing there.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not Found")
    }

    /// With `WWW-Authenticate`.
    #[must_use]
    pub fn with_challenge(self, challenge: Challenge) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// With `Retry-After`, in seconds.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// As an HTTP response.
    pub fn into_response(self) -> Response<Body> {
        let reason = self.reason.map(|reason| format!(r#","reason":{}"#, json!(reason))).unwrap_or_default();
        // Written out, so that the sentence comes first.
        let content = format!(r#"{{"detail":{},"code":{}{reason}}}"#, json!(self.detail), json!(self.code));
        let mut response = Response::new(body::full(content));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.challenge {
            Some(Challenge::Bearer) => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Some(Challenge::InvalidToken) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))
            }
            None => None,
        };
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
