//! `POST /api/v1/auth/login`: a name and a password for a token.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use http::HeaderMap;
use http::header::{CACHE_CONTROL, USER_AGENT};
use portcullis_core::domain::secret::Password;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::login::{Attempt, Issued, Login};
use serde::Serialize;

use super::login_body::{self, LoginBody};
use crate::api_error::ApiError;
use crate::body::JsonBody;
use crate::endpoints::Caller;

/// A token as RFC 6750 names it, with the members that the BNG's clients know.
#[derive(Serialize)]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    /// Only where the configuration wants it so: a client of the BNG knows no such member.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// Logs in, or says no: in one way whatever was wrong.
pub(crate) async fn post(
    State(login): State<Arc<Login>>,
    State(ids): State<Arc<Ids>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let LoginBody { username, password } = login_body::read(body)?;
    let attempt = Attempt {
        username,
        password: Password::new(password),
        address: caller.address,
        is_local: caller.is_local,
        agent: headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned),
        request_id: caller.request_id,
        decision_id: ids.next(),
    };
    let decision_id = attempt.decision_id.clone();
    let issued = login.with_password(attempt).await;
    let issued = issued.map_err(|error| ApiError::of_login(&error, decision_id))?;
    let Issued { token, lifetime, refresh_token } = issued;
    let content = TokenBody {
        access_token: token,
        token_type: "bearer",
        expires_in: lifetime.as_secs(),
        refresh_token: refresh_token.map(|token| token.expose()),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(content)))
}
