//! `/api/v1/auth/tokens`: the personal tokens of whoever asks. A token is in the answer to whoever makes it, and in no other.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::LOCATION;
use jiff::Timestamp as Instant;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::personal::TokenName;
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::services::personal_tokens::{Made, NewToken, PersonalTokenError, PersonalTokens};
use portcullis_core::services::registry::Editor;
use portcullis_guard::reply::Reply;
use serde::Serialize;

use super::me::GrantBody;
use crate::admin::editing::{Editing, told};
use crate::admin::paging::{Listing, Query, one_more};
use crate::admin::{grants, networks};
use crate::api_error::ApiError;
use crate::body::JsonBody;
use crate::envelope::{Envelope, rfc3339};
use crate::extract::{Passed, Segment};
use crate::json_object::JsonObject;
use crate::validation::Fault;

/// A personal token without its text.
#[derive(Debug, Serialize)]
pub(crate) struct TokenBody {
    id: String,
    name: String,
    /// What it was made for; what it gives is never more than its owner holds.
    grants: Vec<GrantBody>,
    created_at: Option<String>,
    last_seen_at: Option<String>,
    expires_at: Option<String>,
    /// Where it may come from; none: from anywhere.
    allow_from: Option<Vec<String>>,
}

/// One that was made, with the text that nobody reads again.
#[derive(Serialize)]
pub(crate) struct NewTokenBody {
    #[serde(flatten)]
    kept: TokenBody,
    token: String,
}

/// Those that are still good, in the order of their ids.
pub(crate) async fn list(
    State(tokens): State<Arc<PersonalTokens>>,
    Passed(principal): Passed,
    Editing(editor): Editing,
    RawQuery(query): RawQuery,
) -> Result<Envelope<Listing<TokenBody>>, ApiError> {
    let mut query = Query::new(query.as_deref());
    let limit = query.limit();
    let after = query.value("cursor", |text| SessionId::parse(text).ok_or("Not a cursor of this list"));
    let (limit, after) = query.done((limit, after))?;
    let page = Page { after: after.map(|id| id.as_str().to_owned()), limit };
    let found = tokens.list(&principal, one_more(page)).await.map_err(|error| refused(error, &editor))?;
    Ok(Envelope::ok(Listing::of(found, limit, |session| session.id.as_str().to_owned(), TokenBody::from)))
}

/// Makes one.
pub(crate) async fn add(
    State(tokens): State<Arc<PersonalTokens>>,
    Passed(principal): Passed,
    Editing(editor): Editing,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let made = tokens.add(&principal, &editor, read_new(body)?).await;
    let made = made.map_err(|error| refused(error, &editor))?;
    let place = format!("{}/{}", Endpoint::PersonalTokens.path(), made.session.id.as_str());
    Ok((StatusCode::CREATED, [(LOCATION, place)], Envelope::ok(NewTokenBody::from(made))))
}

/// One of them.
pub(crate) async fn show(
    State(tokens): State<Arc<PersonalTokens>>,
    Extension(permit): Extension<Permit>,
    Passed(principal): Passed,
    Editing(editor): Editing,
) -> Result<Envelope<TokenBody>, ApiError> {
    let found = tokens.show(&principal, &id_in(&permit)?).await;
    Ok(Envelope::ok(found.map_err(|error| refused(error, &editor))?.into()))
}

/// Ends one.
pub(crate) async fn remove(
    State(tokens): State<Arc<PersonalTokens>>,
    Extension(permit): Extension<Permit>,
    Passed(principal): Passed,
    Editing(editor): Editing,
) -> Result<StatusCode, ApiError> {
    let removed = tokens.remove(&principal, &editor, &id_in(&permit)?).await;
    removed.map_err(|error| refused(error, &editor))?;
    Ok(StatusCode::NO_CONTENT)
}

fn id_in(permit: &Permit) -> Result<SessionId, ApiError> {
    let Segment(id) = Segment::of(permit, "{id}")?;
    SessionId::parse(&id).ok_or_else(ApiError::not_found)
}

fn refused(error: PersonalTokenError, editor: &Editor) -> ApiError {
    match error {
        PersonalTokenError::Unfit(why) => {
            Reply::new(StatusCode::FORBIDDEN, "unfit_token", why.to_string()).into()
        }
        PersonalTokenError::Lifetime => {
            vec![Fault::value_error("body", "expires_at", error.to_string())].into()
        }
        PersonalTokenError::TooMany => Reply::new(StatusCode::CONFLICT, "too_many", error.to_string()).into(),
        PersonalTokenError::Admin(error) => told(&error, editor),
    }
}

fn read_new(mut body: JsonObject) -> Result<NewToken, Vec<Fault>> {
    let name = body.text("name");
    let name = body.parsed("name", name, TokenName::parse);
    let grants = body.nullable_list("grants").map(|list| grants::read(&mut body, list));
    let expires_at = body.text("expires_at");
    let expires_at = body.parsed("expires_at", expires_at, time);
    let allow_from = networks::read(&mut body, "token");
    body.finish()?;
    let (Some(name), Some(expires_at)) = (name, expires_at) else { return Err(vec![]) };
    Ok(NewToken { name, grants, expires_at, allow_from })
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    let instant = text.parse::<Instant>().map_err(|_| "Input should be an RFC 3339 time")?;
    Ok(Timestamp::from_micros(instant.as_microsecond()))
}

impl From<Session> for TokenBody {
    fn from(session: Session) -> Self {
        let personal = session.kind.personal();
        let meant = personal.map_or(&[][..], |personal| &personal.limits.meant);
        let allow_from = personal.map_or(&[][..], |personal| &personal.allow_from);
        Self {
            id: session.id.as_str().to_owned(),
            name: personal.map_or_else(String::new, |personal| personal.name.to_string()),
            grants: meant.iter().map(GrantBody::from).collect(),
            created_at: rfc3339(session.issued_at),
            last_seen_at: rfc3339(session.last_seen_at),
            expires_at: rfc3339(session.expires_at),
            allow_from: networks::written(allow_from),
        }
    }
}

impl From<Made> for NewTokenBody {
    fn from(Made { token, session }: Made) -> Self {
        Self { kept: session.into(), token: token.expose() }
    }
}

impl std::fmt::Debug for NewTokenBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kept.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Result<NewToken, Vec<String>> {
        read_new(JsonObject::read(None, body.as_bytes()).ok().unwrap()).map_err(|faults| {
            faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
        })
    }

    #[test]
    fn a_token_has_a_name_and_an_end_and_what_it_is_for_where_it_is_less() {
        let whole = of(r#"{"name":"nightly report","expires_at":"2027-01-01T01:00:00+01:00"}"#).unwrap();
        assert_eq!((whole.name.as_str(), whole.grants, whole.allow_from.len()), ("nightly report", None, 0));
        assert_eq!(whole.expires_at, Timestamp::from_seconds(1_798_761_600));
        let part = of(
            r#"{"name":"x","expires_at":"2027-01-01T00:00:00Z","grants":[],"allow_from":["10.0.0.0/8","192.0.2.7"]}"#,
        );
        let part = part.unwrap();
        assert_eq!((part.grants.unwrap().len(), part.allow_from.len()), (0, 2));
    }

    #[test]
    fn everything_that_is_wrong_with_a_token_is_told_at_once() {
        assert_eq!(
            of(r#"{"grants":[{"role":1}],"expires_at":"tomorrow","allow_from":["x"],"token":"ptc_"}"#)
                .unwrap_err(),
            [
                r#"["missing",["body","name"]]"#,
                r#"["string_type",["body","grants",0,"role"]]"#,
                r#"["value_error",["body","expires_at"]]"#,
                r#"["value_error",["body","allow_from",0]]"#,
                r#"["extra_forbidden",["body","token"]]"#,
            ]
        );
        for wrong in ["", " x", "x\\u0000", "x\\u202e", &"x".repeat(65)] {
            let body = format!(r#"{{"name":"{wrong}","expires_at":"2027-01-01T00:00:00Z"}}"#);
            assert_eq!(of(&body).unwrap_err(), [r#"["value_error",["body","name"]]"#], "{wrong}");
        }
        let nowhere = of(r#"{"name":"x","expires_at":"2027-01-01T00:00:00Z","allow_from":[]}"#);
        assert_eq!(nowhere.unwrap_err(), [r#"["value_error",["body","allow_from"]]"#]);
    }
}
