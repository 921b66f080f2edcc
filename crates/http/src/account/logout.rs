//! `POST /api/v1/auth/logout`: the end of the caller's session.

use axum::extract::State;
use http::StatusCode;
use portcullis_core::services::sessions::Sessions;

use crate::api_error::ApiError;
use crate::extract::{Doer, Passed};

/// From the answer on, the token that was sent is dead.
pub(crate) async fn post(
    State(sessions): State<Sessions>,
    Passed(principal): Passed,
    Doer(actor): Doer,
) -> Result<StatusCode, ApiError> {
    sessions.log_out(&principal, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
