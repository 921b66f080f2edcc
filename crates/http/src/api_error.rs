//! What a client reads when an endpoint of ours can't do what it was asked.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use portcullis_core::services::login::LoginError;
use portcullis_guard::cause::with_causes;
use portcullis_guard::dialect::Dialect;
use portcullis_guard::refusal::{PORTCULLIS_DECISION, unavailable};
use portcullis_guard::reply::{Challenge, Reply};

use crate::validation::Fault;

/// An answer that is no success.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// A status with its sentence.
    Reply(Reply),
    /// The same, under the id by which the record knows it.
    Refused(Box<Reply>, String),
    /// 422: everything that is wrong with what was sent.
    Invalid(Vec<Fault>),
}

impl ApiError {
    /// 404.
    pub(crate) fn not_found() -> Self {
        Reply::not_found().into()
    }

    /// What was refused, under the id by which the record knows it.
    pub(crate) fn refused(reply: Reply, decision_id: String) -> Self {
        Self::Refused(Box::new(reply), decision_id)
    }

    /// Whatever became of a login; what was refused is known by an id.
    pub(crate) fn of_login(error: &LoginError, decision_id: String) -> Self {
        match error {
            LoginError::Rejected => {
                let reply =
                    Reply::new(StatusCode::UNAUTHORIZED, "bad_credentials", "Incorrect username or password");
                Self::refused(reply.with_challenge(Challenge::Bearer), decision_id)
            }
            LoginError::Throttled { retry_after } => {
                let reply =
                    Reply::new(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", "Too many failed logins");
                Self::refused(reply.with_retry_after(whole_seconds(*retry_after)), decision_id)
            }
            LoginError::NoAccess => {
                let detail = "Not allowed to access web services";
                Self::refused(Reply::new(StatusCode::FORBIDDEN, "no_access", detail), decision_id)
            }
            LoginError::Busy { retry_after } => Reply::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy")
                .with_retry_after(whole_seconds(*retry_after))
                .into(),
            LoginError::Store(_)
            | LoginError::Ledger(_)
            | LoginError::Hasher(_)
            | LoginError::Entropy(_)
            | LoginError::Sign(_) => Self::unavailable(error),
        }
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

/// Rounded up: who comes back when he was told to is not told again.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

impl ApiError {
    /// As the clients of this dialect read it.
    pub(crate) fn write(self, dialect: Dialect) -> Response {
        match self {
            Self::Reply(reply) => dialect.write(reply).map(axum::body::Body::new),
            Self::Refused(reply, decision_id) => {
                let mut response = Self::Reply(*reply).write(dialect);
                if let Ok(id) = HeaderValue::from_str(&decision_id) {
                    response.headers_mut().insert(PORTCULLIS_DECISION, id);
                }
                response
            }
            Self::Invalid(faults) => {
                let content = serde_json::json!({ "detail": faults, "code": "invalid" });
                let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
                (StatusCode::UNPROCESSABLE_ENTITY, headers, content.to_string()).into_response()
            }
        }
    }
}

impl IntoResponse for ApiError {
    /// Most of our endpoints are the BNG's.
    fn into_response(self) -> Response {
        self.write(Dialect::Athena)
    }
}
