//! What a client reads when an endpoint of ours can't do what it was asked.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use portcullis_core::services::login::LoginError;
use portcullis_guard::cause::with_causes;
use portcullis_guard::refusal::unavailable;
use portcullis_guard::reply::{Challenge, Reply};

use crate::validation::Fault;

/// An answer that is no success.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// A status with its sentence.
    Reply(Reply),
    /// 422: everything that is wrong with what was sent.
    Invalid(Vec<Fault>),
}

impl ApiError {
    /// 404.
    pub(crate) fn not_found() -> Self {
        Reply::new(StatusCode::NOT_FOUND, "not_found", "Not Found").into()
    }

    /// 500, when something holds that never should.
    pub(crate) fn internal() -> Self {
        Reply::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal Server Error").into()
    }

    /// 503, when a store can't be used; what it said is for the log.
    pub(crate) fn unavailable(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = with_causes(error), "a request could not be served");
        unavailable().into()
    }
}

impl From<Reply> for ApiError {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<Vec<Fault>> for ApiError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        match &error {
            LoginError::Rejected => {
                Reply::new(StatusCode::UNAUTHORIZED, "bad_credentials", "Incorrect username or password")
                    .with_challenge(Challenge::Bearer)
                    .into()
            }
            LoginError::Throttled { retry_after } => {
                Reply::new(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", "Too many failed logins")
                    .with_retry_after(whole_seconds(*retry_after))
                    .into()
            }
            LoginError::Busy { retry_after } => Reply::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy")
                .with_retry_after(whole_seconds(*retry_after))
                .into(),
            LoginError::Store(_)
            | LoginError::Ledger(_)
            | LoginError::Hasher(_)
            | LoginError::Entropy(_)
            | LoginError::Sign(_) => Self::unavailable(&error),
        }
    }
}

/// Rounded up: who comes back when he was told to is not told again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            Self::Reply(reply) => reply.into_response().map(axum::body::Body::new),
            Self::Invalid(faults) => {
                let content = serde_json::json!({ "detail": faults, "code": "invalid" });
                let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
                (StatusCode::UNPROCESSABLE_ENTITY, headers, content.to_string()).into_response()
            }
        }
    }
}
