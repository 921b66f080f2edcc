//! What the gate found out, for the handlers of the service behind it.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use portcullis_core::domain::permit;

use super::passage::internal;

/// The decision that let a request through: the route that counted, the target, who asked, and how far he reaches.
///
/// There is one on every request that comes out of the layer. Where there is none, the layer does not stand before the
/// handler, and the answer is 500.
#[derive(Debug, Clone)]
pub struct Permit(pub permit::Permit);

/// Who made a request, on a route that needs a token.
///
/// A handler of a public route takes an `Option<Principal>`, which is `None` there, whatever token was sent along. Where
/// a handler wants a principal and the route is public, the answer is 500: the routes and the handler disagree.
#[derive(Debug, Clone)]
pub struct Principal(pub permit::Principal);

/// Why a handler could not be given what it takes. The client learns nothing of it; the log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unguarded {
    /// No layer stands before the handler.
    #[error("a handler takes a permit, and no GuardLayer stands before it")]
    NoLayer,
    /// The route is public.
    #[error("a handler takes a principal, and its route is public")]
    PublicRoute,
}

impl IntoResponse for Unguarded {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        internal().map(axum::body::Body::new)
    }
}

impl<S: Sync> FromRequestParts<S> for Permit {
    type Rejection = Unguarded;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Unguarded> {
        parts.extensions.get::<permit::Permit>().cloned().map(Self).ok_or(Unguarded::NoLayer)
    }
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Unguarded;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Unguarded> {
        let Permit(permit) = Permit::from_request_parts(parts, state).await?;
        permit.principal().cloned().map(Self).ok_or(Unguarded::PublicRoute)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Unguarded;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Unguarded> {
        let Permit(permit) = Permit::from_request_parts(parts, state).await?;
        Ok(permit.principal().cloned().map(Self))
    }
}
