//! `/api/v1/auth/roles`: what the roles hold. The built-in ones and those of the configuration are listed too.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::LOCATION;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleName};
use portcullis_core::services::role_admin::RoleAdmin;
use serde::Serialize;
use serde_json::Value;

use super::editing::{Editing, told};
use super::names::in_a_path;
use super::paging::{Listing, Query, one_more};
use crate::api_error::ApiError;
use crate::body::JsonBody;
use crate::envelope::Envelope;
use crate::extract::Segment;
use crate::json_object::JsonObject;
use crate::validation::Fault;

#[derive(Debug, Serialize)]
pub(crate) struct RoleBody {
    name: String,
    rights: Vec<String>,
}

/// The roles in force, in the order of their names.
pub(crate) async fn list(
    State(roles): State<Arc<RoleAdmin>>,
    RawQuery(query): RawQuery,
) -> Result<Envelope<Listing<RoleBody>>, ApiError> {
    let mut query = Query::new(query.as_deref());
    let (limit, after) = (query.limit(), query.value("cursor", RoleName::parse));
    let (limit, after) = query.done((limit, after))?;
    let after = after.map(|name| name.key().to_owned());
    let found = roles.list(one_more(Page { after, limit }));
    Ok(Envelope::ok(Listing::of(found, limit, |role| role.name.key().to_owned(), RoleBody::from)))
}

/// Adds one.
pub(crate) async fn add(
    State(roles): State<Arc<RoleAdmin>>,
    Editing(editor): Editing,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let role = read(body, None)?;
    roles.add(&editor, &role).await.map_err(|error| told(&error, &editor))?;
    let place = format!("{}/{}", Endpoint::Roles.path(), role.name);
    Ok((StatusCode::CREATED, [(LOCATION, place)], Envelope::ok(RoleBody::from(role))))
}

/// Replaces one.
pub(crate) async fn replace(
    State(roles): State<Arc<RoleAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
    JsonBody(body): JsonBody,
) -> Result<Envelope<RoleBody>, ApiError> {
    let role = read(body, Some(name_in(&permit)?))?;
    roles.replace(&editor, &role).await.map_err(|error| told(&error, &editor))?;
    Ok(Envelope::ok(role.into()))
}

/// Removes one.
pub(crate) async fn remove(
    State(roles): State<Arc<RoleAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
) -> Result<StatusCode, ApiError> {
    roles.remove(&editor, &name_in(&permit)?).await.map_err(|error| told(&error, &editor))?;
    Ok(StatusCode::NO_CONTENT)
}

fn name_in(permit: &Permit) -> Result<RoleName, ApiError> {
    let Segment(name) = Segment::of(permit, "{name}")?;
    RoleName::parse(&name).map_err(|_| ApiError::not_found())
}

/// Reads a role. Where the path has named it, the body may leave the name out, but can't name another one.
fn read(mut body: JsonObject, named: Option<RoleName>) -> Result<Role, Vec<Fault>> {
    let text = if named.is_some() { body.optional_text("name") } else { body.text("name") };
    let name = body.parsed("name", text, |text| in_a_path("a role name", text, RoleName::parse));
    if named.is_some() && name.is_some() && name != named {
        body.reject::<()>(Fault::value_error("body", "name", "The path names another role"));
    }
    let rights = body.list("rights").map(|list| read_rights(&mut body, &list));
    body.finish()?;
    let (Some(name), Some(rights)) = (name.or(named), rights) else { return Err(vec![]) };
    Ok(Role { name, rights })
}

/// The rights of a list, each once.
fn read_rights(body: &mut JsonObject, list: &[Value]) -> Vec<RightPattern> {
    let mut rights = vec![];
    for right in body.texts("rights", list, RightPattern::parse) {
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

impl From<Role> for RoleBody {
    fn from(Role { name, rights }: Role) -> Self {
        Self {
            name: name.to_string(),
            rights: rights.iter().map(RightPattern::as_str).map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str, named: Option<&str>) -> Result<Role, Vec<String>> {
        let named = named.map(|name| RoleName::parse(name).unwrap());
        read(JsonObject::read(None, body.as_bytes()).ok().unwrap(), named).map_err(|faults| {
            faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
        })
    }

    #[test]
    fn a_role_has_a_name_and_rights_each_once() {
        let role = of(r#"{"name":"Tech","rights":["device:*","config:view","device:*"]}"#, None).unwrap();
        let rights: Vec<_> = role.rights.iter().map(RightPattern::as_str).collect();
        assert_eq!((role.name.as_str(), rights), ("Tech", vec!["device:*", "config:view"]));
    }

    #[test]
    fn everything_that_is_wrong_with_a_role_is_told_at_once() {
        assert_eq!(
            of(r#"{"rights":["device",1,"a:b"],"x":1}"#, None).unwrap_err(),
            [
                r#"["missing",["body","name"]]"#,
                r#"["value_error",["body","rights",0]]"#,
                r#"["value_error",["body","rights",1]]"#,
                r#"["extra_forbidden",["body","x"]]"#,
            ]
        );
        assert_eq!(of(r#"{"name":"a."}"#, None).unwrap_err().len(), 2);
    }

    #[test]
    fn a_role_that_the_path_names_has_no_other_name() {
        assert_eq!(of(r#"{"rights":[]}"#, Some("tech")).unwrap().name.as_str(), "tech");
        assert_eq!(of(r#"{"name":"Tech","rights":[]}"#, Some("tech")).unwrap().name.as_str(), "Tech");
        assert_eq!(
            of(r#"{"name":"other","rights":[]}"#, Some("tech")).unwrap_err(),
            [r#"["value_error",["body","name"]]"#]
        );
    }
}
