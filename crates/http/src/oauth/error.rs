//! What an OAuth 2.0 client reads when it is refused (RFC 6749 5.2).

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use portcullis_guard::dialect::Dialect;
use portcullis_guard::refusal::PORTCULLIS_DECISION;
use serde_json::json;

use crate::api_error::ApiError;

/// A refusal.
#[derive(Debug)]
pub(crate) enum OAuthError {
    /// A parameter is missing, there twice, or where it does not belong.
    InvalidRequest(&'static str),
    /// Nobody is a client with this id and this secret; the id is that of the decision, if it came to one.
    InvalidClient(Option<String>),
    /// The password or the refresh token is not good; the id is that of the decision.
    InvalidGrant(&'static str, String),
    /// The client may not do that with this token.
    UnauthorizedClient(&'static str),
    /// There is no such grant here.
    UnsupportedGrantType,
    /// More is asked for than is held; the id is that of the decision, if it came to one.
    InvalidScope(Option<String>),
    /// Too many failed before: when to try again, in seconds, and the id of the decision.
    TooMany(u64, String),
    /// Whatever is not the client's fault, or comes before it is looked at.
    Other(ApiError),
}

impl From<ApiError> for OAuthError {
    fn from(error: ApiError) -> Self {
        Self::Other(error)
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (status, error, description) = match &self {
            Self::InvalidRequest(what) => (StatusCode::BAD_REQUEST, "invalid_request", *what),
            Self::InvalidClient(_) => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed")
            }
            Self::InvalidGrant(what, _) => (StatusCode::BAD_REQUEST, "invalid_grant", *what),
            Self::UnauthorizedClient(what) => (StatusCode::BAD_REQUEST, "unauthorized_client", *what),
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "The grant type is not supported here")
            }
            Self::InvalidScope(_) => {
                (StatusCode::BAD_REQUEST, "invalid_scope", "More is asked for than is held")
            }
            Self::TooMany(..) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many failed attempts")
            }
            Self::Other(_) => {
                let Self::Other(error) = self else {
                    return StatusCode::INTERNAL_SERVER_ERROR.into_response();
                };
                return error.write(Dialect::Bmc);
            }
        };
        let content = json!({ "error": error, "error_description": description }).to_string();
        let no_store =
            [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
        let mut response = (status, no_store, content).into_response();
        let fields = response.headers_mut();
        let decision_id = match self {
            Self::InvalidClient(decision_id) => {
                // Every 401 has a challenge (RFC 9110 11.6.1), whichever way the client chose.
                fields.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"portcullis\""));
                decision_id
            }
            Self::InvalidScope(decision_id) => decision_id,
            Self::InvalidGrant(_, decision_id) => Some(decision_id),
            Self::TooMany(seconds, decision_id) => {
                fields.insert(RETRY_AFTER, HeaderValue::from(seconds));
                Some(decision_id)
            }
            _ => None,
        };
        if let Some(id) = decision_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            fields.insert(PORTCULLIS_DECISION, id);
        }
        response
    }
}
