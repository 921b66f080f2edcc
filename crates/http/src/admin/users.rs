//! `/api/v1/auth/users`: who there is, and what is changed about him. A hash is never in an answer.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::LOCATION;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::secret::Password;
use portcullis_core::domain::user::Username;
use portcullis_core::services::user_admin::{Changes, Credential, NewUser, Regrant, UserAdmin};
use serde::Serialize;

use super::editing::{Editing, told};
use super::grants;
use super::names::in_a_path;
use super::paging::{Listing, Query, one_more, read_cursor, written_cursor};
use crate::account::me::GrantBody;
use crate::api_error::ApiError;
use crate::body::JsonBody;
use crate::envelope::{Envelope, rfc3339};
use crate::extract::Segment;
use crate::json_object::JsonObject;
use crate::validation::Fault;

#[derive(Debug, Serialize)]
pub(crate) struct UserBody {
    username: String,
    active: bool,
    api_login: bool,
    grants: Vec<GrantBody>,
    created_at: Option<String>,
    last_login_at: Option<String>,
}

/// The users, in the order of their names.
pub(crate) async fn list(
    State(users): State<Arc<UserAdmin>>,
    RawQuery(query): RawQuery,
) -> Result<Envelope<Listing<UserBody>>, ApiError> {
    let mut query = Query::new(query.as_deref());
    let (limit, after) = (query.limit(), query.value("cursor", |text| read_cursor(text, Username::parse)));
    let (limit, after) = query.done((limit, after))?;
    let after = after.map(|name| name.key().to_owned());
    let found = users.list(one_more(Page { after, limit })).await;
    let found = found.map_err(|error| ApiError::unavailable(&error))?;
    let cursor = |profile: &Profile| written_cursor(profile.user.name.key());
    Ok(Envelope::ok(Listing::of(found, limit, cursor, UserBody::from)))
}

/// One user.
pub(crate) async fn show(
    State(users): State<Arc<UserAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
) -> Result<Envelope<UserBody>, ApiError> {
    let found = users.show(&name_in(&permit)?).await.map_err(|error| told(&error, &editor))?;
    Ok(Envelope::ok(found.into()))
}

/// Adds one.
pub(crate) async fn add(
    State(users): State<Arc<UserAdmin>>,
    Editing(editor): Editing,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let added = users.add(&editor, read_new(body)?).await.map_err(|error| told(&error, &editor))?;
    let place = format!("{}/{}", Endpoint::Users.path(), added.user.name);
    Ok((StatusCode::CREATED, [(LOCATION, place)], Envelope::ok(UserBody::from(added))))
}

/// Changes one.
pub(crate) async fn change(
    State(users): State<Arc<UserAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
    JsonBody(body): JsonBody,
) -> Result<Envelope<UserBody>, ApiError> {
    let (name, changes) = (name_in(&permit)?, read_changes(body)?);
    let user = users.change(&editor, &name, &changes).await.map_err(|error| told(&error, &editor))?;
    Ok(Envelope::ok(user.into()))
}

/// Removes one.
pub(crate) async fn remove(
    State(users): State<Arc<UserAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
) -> Result<StatusCode, ApiError> {
    users.remove(&editor, &name_in(&permit)?).await.map_err(|error| told(&error, &editor))?;
    Ok(StatusCode::NO_CONTENT)
}

fn name_in(permit: &Permit) -> Result<Username, ApiError> {
    let Segment(name) = Segment::of(permit, "{name}")?;
    Username::parse(&name).map_err(|_| ApiError::not_found())
}

fn read_new(mut body: JsonObject) -> Result<NewUser, Vec<Fault>> {
    let (name, password) = (body.text("username"), body.text("password"));
    let name = body.parsed("username", name, |text| in_a_path("a user name", text, Username::parse));
    let grants = body.list("grants").map(|list| grants::read(&mut body, list));
    let active = body.optional_flag("active").unwrap_or(true);
    let api_login = body.optional_flag("api_login").unwrap_or(true);
    body.finish()?;
    let (Some(name), Some(password), Some(grants)) = (name, password, grants) else { return Err(vec![]) };
    let credential = Credential::Password(Password::new(password));
    Ok(NewUser { name, credential, active, api_login, grants })
}

fn read_changes(mut body: JsonObject) -> Result<Changes, Vec<Fault>> {
    let password = body.optional_text("password");
    let grants = body.optional_list("grants").map(|list| grants::read(&mut body, list));
    let (active, api_login) = (body.optional_flag("active"), body.optional_flag("api_login"));
    body.finish()?;
    let credential = password.map(|password| Credential::Password(Password::new(password)));
    Ok(Changes { credential, active, api_login, grants: grants.map(Regrant::These) })
}

impl From<Profile> for UserBody {
    fn from(Profile { user, created_at, last_login_at }: Profile) -> Self {
        Self {
            username: user.name.to_string(),
            active: user.active,
            api_login: user.api_login,
            grants: user.grants.iter().map(GrantBody::from).collect(),
            created_at: created_at.and_then(rfc3339),
            last_login_at: last_login_at.and_then(rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(body: &str) -> JsonObject {
        JsonObject::read(None, body.as_bytes()).ok().unwrap()
    }

    fn places(faults: &[Fault]) -> Vec<String> {
        faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
    }

    #[test]
    fn a_new_user_may_log_in_unless_it_is_said_otherwise() {
        let new = read_new(object(r#"{"username":"Alice","password":"x","grants":[]}"#)).unwrap();
        assert!(new.active && new.api_login && new.grants.is_empty() && new.name.as_str() == "Alice");
        let body = r#"{"username":"a","password":"x","grants":[{"role":"viewer"}],"active":false,"api_login":false}"#;
        let new = read_new(object(body)).unwrap();
        assert!(!new.active && !new.api_login && new.grants.len() == 1);
    }

    #[test]
    fn everything_that_is_wrong_with_a_new_user_is_told_at_once() {
        let body =
            r#"{"username":"a b","grants":[{"realm":"x"},{"role":"a b"}],"active":"yes","hash":"$2b$"}"#;
        assert_eq!(
            places(&read_new(object(body)).unwrap_err()),
            [
                r#"["missing",["body","password"]]"#,
                r#"["value_error",["body","username"]]"#,
                r#"["missing",["body","grants",0,"role"]]"#,
                r#"["value_error",["body","grants",1,"role"]]"#,
                r#"["bool_type",["body","active"]]"#,
                r#"["extra_forbidden",["body","hash"]]"#,
            ]
        );
        assert_eq!(
            places(&read_new(object(r#"{"username":"a.","password":"x","grants":[]}"#)).unwrap_err()),
            [r#"["value_error",["body","username"]]"#]
        );
    }

    #[test]
    fn what_a_change_does_not_name_stays() {
        let changes = read_changes(object("{}")).unwrap();
        assert!(changes.credential.is_none() && changes.active.is_none());
        assert!(changes.api_login.is_none() && changes.grants.is_none());
        let changes = read_changes(object(r#"{"active":false,"grants":[]}"#)).unwrap();
        assert!(
            changes.active == Some(false)
                && matches!(changes.grants, Some(Regrant::These(all)) if all.is_empty())
        );
    }

    #[test]
    fn a_change_names_nothing_that_can_not_be_changed() {
        for body in [
            r#"{"username":"b"}"#,
            r#"{"created_at":null}"#,
            r#"{"stamp":"0"}"#,
            r#"{"active":null}"#,
            r#"{"password":null}"#,
        ] {
            assert_eq!(read_changes(object(body)).unwrap_err().len(), 1, "{body}");
        }
    }
}
