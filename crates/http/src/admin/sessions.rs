//! `/api/v1/auth/sessions`: who has one open, and its end.

use axum::Extension;
use axum::extract::{RawQuery, State};
use http::StatusCode;
use portcullis_core::domain::client::ClientId;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::domain::user::Username;
use portcullis_core::services::sessions::{EndOf, Sessions, SessionsError};
use serde::Serialize;

use super::paging::{Listing, Query, one_more};
use crate::api_error::ApiError;
use crate::envelope::{Envelope, rfc3339};
use crate::extract::{Doer, Segment};
use crate::validation::Fault;

#[derive(Debug, Serialize)]
pub(crate) struct SessionBody {
    id: String,
    user: String,
    kind: &'static str,
    issued_at: Option<String>,
    last_seen_at: Option<String>,
    expires_at: Option<String>,
    address: Option<String>,
    agent: Option<String>,
}

/// The open sessions, of everybody or of one user.
pub(crate) async fn list(
    State(sessions): State<Sessions>,
    RawQuery(query): RawQuery,
) -> Result<Envelope<Listing<SessionBody>>, ApiError> {
    let mut query = Query::new(query.as_deref());
    let (user, limit) = (query.value("user", Username::parse), query.limit());
    let after = query.value("cursor", |text| SessionId::parse(text).ok_or("Not a cursor of this list"));
    let (user, limit, after) = query.done((user, limit, after))?;
    let page = Page { after: after.map(|id| id.as_str().to_owned()), limit };
    let open = sessions.open(user, one_more(page)).await.map_err(|error| ApiError::unavailable(&error))?;
    Ok(Envelope::ok(Listing::of(open, limit, |session| session.id.as_str().to_owned(), SessionBody::from)))
}

/// Ends one.
pub(crate) async fn end(
    State(sessions): State<Sessions>,
    Extension(permit): Extension<Permit>,
    Doer(actor): Doer,
) -> Result<StatusCode, ApiError> {
    let Segment(id) = Segment::of(&permit, "{id}")?;
    let id = SessionId::parse(&id).ok_or_else(ApiError::not_found)?;
    sessions.end(&id, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one user.
pub(crate) async fn end_of_user(
    State(sessions): State<Sessions>,
    Extension(permit): Extension<Permit>,
    Doer(actor): Doer,
) -> Result<StatusCode, ApiError> {
    let Segment(name) = Segment::of(&permit, "{name}")?;
    let name = Username::parse(&name).map_err(|_| ApiError::not_found())?;
    sessions.end_all(EndOf::User(name), &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of a user, a client, a role, a realm, or everybody, whichever one the query names.
pub(crate) async fn end_many(
    State(sessions): State<Sessions>,
    RawQuery(query): RawQuery,
    Doer(actor): Doer,
) -> Result<StatusCode, ApiError> {
    let of = whose(query.as_deref())?;
    sessions.end_all(of, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn whose(query: Option<&str>) -> Result<EndOf, Vec<Fault>> {
    let mut query = Query::new(query);
    let everybody = |text: &str| match text {
        "true" => Ok(EndOf::Everybody),
        _ => Err("Input should be 'true'"),
    };
    let named = [
        query.value("user", Username::parse).map(EndOf::User),
        query.value("client", ClientId::parse).map(EndOf::Client),
        query.value("role", RoleName::parse).map(EndOf::Role),
        query.value("realm", Realm::parse).map(EndOf::Realm),
        query.value("everybody", everybody),
    ];
    let mut named = named.into_iter().flatten();
    let (first, second) = (named.next(), named.next());
    match (query.done(first)?, second) {
        (Some(of), None) => Ok(of),
        _ => Err(vec![Fault::value_error(
            "query",
            "user",
            "Name one of user, client, role and realm, or say everybody=true",
        )]),
    }
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.as_str().to_owned(),
            user: session.user.to_string(),
            kind: session.kind.as_str(),
            issued_at: rfc3339(session.issued_at),
            last_seen_at: rfc3339(session.last_seen_at),
            expires_at: rfc3339(session.expires_at),
            address: session.address.map(|address| address.to_string()),
            agent: session.agent,
        }
    }
}

impl From<SessionsError> for ApiError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::NotFound => Self::not_found(),
            SessionsError::Ledger(error) => Self::unavailable(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_is_named_whose_sessions_end() {
        assert_eq!(whose(Some("user=alice")).unwrap(), EndOf::User(Username::parse("alice").unwrap()));
        assert_eq!(whose(Some("client=robot")).unwrap(), EndOf::Client(ClientId::parse("robot").unwrap()));
        assert_eq!(whose(Some("role=viewer")).unwrap(), EndOf::Role(RoleName::parse("viewer").unwrap()));
        assert_eq!(whose(Some("realm=pop%20syd")).unwrap(), EndOf::Realm(Realm::parse("pop syd").unwrap()));
        assert_eq!(whose(Some("everybody=true")).unwrap(), EndOf::Everybody);
        for wrong in [
            "",
            "everybody",
            "everybody=1",
            "user=a&role=b",
            "user=a&client=a",
            "user=a&everybody=true",
            "user=a&user=a",
            "user=a%20b",
        ] {
            assert!(whose(Some(wrong)).is_err(), "{wrong}");
        }
        assert!(whose(None).is_err());
    }
}
