//! What the gate found out, for handlers to take. A handler that takes a [`Passed`] need not ask again.

use axum::extract::FromRequestParts;
use http::request::Parts;
use portcullis_core::domain::permit::{Permit, Principal};
use portcullis_core::domain::route::Destination;
use portcullis_core::services::actor::Actor;

use crate::api_error::ApiError;
use crate::endpoints::Caller;

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

/// Whoever the gate let through, as the record will name him.
#[derive(Debug)]
pub(crate) struct Doer(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for Doer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Passed(principal) = Passed::from_request_parts(parts, state).await?;
        let caller = parts.extensions.get::<Caller>().ok_or_else(ApiError::internal)?;
        Ok(Self(Actor {
            subject: principal.standing.subject.id().to_string(),
            address: caller.address,
            request_id: caller.request_id.clone(),
        }))
    }
}

/// What stands in the path where the endpoint has a parameter.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl Segment {
    /// The value of `parameter`, written as the endpoint's path writes it: `{name}`.
    pub(crate) fn of(permit: &Permit, parameter: &str) -> Result<Self, ApiError> {
        let Destination::Own(endpoint) = permit.destination() else { return Err(ApiError::internal()) };
        let place = endpoint.path().split('/').skip(1).position(|segment| segment == parameter);
        place.and_then(|index| permit.target().segment(index)).map(Self).ok_or_else(ApiError::internal)
    }
}
