//! What the gate found out, for handlers to take. A handler that takes a [`Passed`] need not ask again.

use axum::extract::FromRequestParts;
use http::request::Parts;
use portcullis_core::domain::permit::{Permit, Principal};

use crate::api_error::ApiError;

/// Whoever the gate let through, on a route that needs a token.
#[derive(Debug)]
pub(crate) struct Passed(pub(crate) Principal);

impl<S: Sync> FromRequestParts<S> for Passed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let permit = parts.extensions.get::<Permit>();
        permit.and_then(Permit::principal).cloned().map(Self).ok_or_else(ApiError::internal)
    }
}
