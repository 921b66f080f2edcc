//! `GET /api/v1/auth/me`: who the caller is, and what he may do.

use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::permit::Principal;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::RoleName;
use serde::Serialize;

use crate::envelope::{Envelope, rfc3339};
use crate::extract::Passed;

#[derive(Debug, Serialize)]
pub(crate) struct Me {
    /// A client's is `client:` and its id.
    username: String,
    /// Those held everywhere.
    roles: Vec<String>,
    grants: Vec<GrantBody>,
    /// Those held anywhere.
    rights: Vec<String>,
    session: SessionBody,
}

/// A role and where it is held; no realm: everywhere.
#[derive(Debug, Serialize)]
pub(crate) struct GrantBody {
    pub(crate) role: String,
    pub(crate) realm: Option<String>,
}

#[derive(Debug, Serialize)]
struct SessionBody {
    id: String,
    issued_at: Option<String>,
    expires_at: Option<String>,
}

/// Who the caller is.
pub(crate) async fn get(Passed(principal): Passed) -> Envelope<Me> {
    Envelope::ok(Me::from(&principal))
}

impl From<&Grant> for GrantBody {
    fn from(grant: &Grant) -> Self {
        Self { role: grant.role.to_string(), realm: grant.scope.realm().map(ToString::to_string) }
    }
}

impl From<&Principal> for Me {
    fn from(principal: &Principal) -> Self {
        let standing = &principal.standing;
        Self {
            username: standing.subject.id().to_string(),
            roles: standing.roles_everywhere().map(RoleName::to_string).collect(),
            grants: standing.grants().iter().map(GrantBody::from).collect(),
            rights: standing.rights().into_iter().map(RightPattern::as_str).map(str::to_owned).collect(),
            session: SessionBody {
                id: principal.session.as_str().to_owned(),
                issued_at: rfc3339(principal.issued_at),
                expires_at: rfc3339(principal.expires_at),
            },
        }
    }
}
