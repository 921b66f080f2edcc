//! `GET /api/v1/auth/me`: who the caller is, and what he may do.

use axum::response::{IntoResponse as _, Response};
use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::permit::Principal;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::RoleName;
use serde::Serialize;

use crate::envelope::{Envelope, rfc3339};
use crate::extract::Passed;

#[derive(Debug, Serialize)]
pub(crate) struct Me<'p> {
    /// A client's is `client:` and its id.
    username: String,
    /// Those held everywhere.
    roles: Vec<&'p str>,
    grants: Vec<GrantBody>,
    /// Those held anywhere.
    rights: Vec<&'p str>,
    session: SessionBody<'p>,
}

/// A role and where it is held; no realm: everywhere.
#[derive(Debug, Serialize)]
pub(crate) struct GrantBody {
    pub(crate) role: String,
    pub(crate) realm: Option<String>,
}

#[derive(Debug, Serialize)]
struct SessionBody<'p> {
    id: &'p str,
    issued_at: Option<String>,
    expires_at: Option<String>,
}

/// Who the caller is.
pub(crate) async fn get(Passed(principal): Passed) -> Response {
    Envelope::ok(Me::from(&principal)).into_response()
}

impl From<&Grant> for GrantBody {
    fn from(grant: &Grant) -> Self {
        Self { role: grant.role.to_string(), realm: grant.scope.realm().map(ToString::to_string) }
    }
}

impl<'p> From<&'p Principal> for Me<'p> {
    fn from(principal: &'p Principal) -> Self {
        let standing = &principal.standing;
        Self {
            username: standing.subject.id().to_string(),
            roles: standing.roles_everywhere().map(RoleName::as_str).collect(),
            grants: standing.grants().iter().map(GrantBody::from).collect(),
            rights: standing.rights().into_iter().map(RightPattern::as_str).collect(),
            session: SessionBody {
                id: principal.session.as_str(),
                issued_at: rfc3339(principal.issued_at),
                expires_at: rfc3339(principal.expires_at),
            },
        }
    }
}
