//! `/api/v1/auth/clients`: the machines that get tokens with a secret of their own. Those of the configuration are listed
//! too. A secret is in the answer to whoever makes its client, and in no other; its hash is in none.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::LOCATION;
use portcullis_core::domain::client::{ClientId, ClientSecret, TOKEN_LIFETIME};
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::span;
use portcullis_core::services::client_admin::{ClientAdmin, NewClient};
use portcullis_core::services::clients::ClientProfile;
use serde::Serialize;

use super::editing::{Editing, told};
use super::names::in_a_path;
use super::paging::{Listing, Query, one_more, read_cursor, written_cursor};
use super::{grants, networks};
use crate::account::me::GrantBody;
use crate::api_error::ApiError;
use crate::body::JsonBody;
use crate::envelope::{Envelope, rfc3339};
use crate::extract::Segment;
use crate::json_object::JsonObject;
use crate::validation::Fault;

/// A client as programs read it, here and on the command line.
#[derive(Debug, Serialize)]
pub struct ClientBody {
    client_id: String,
    grants: Vec<GrantBody>,
    /// How long its tokens last; none: as a login's.
    token_ttl: Option<String>,
    /// Where it may come from; none: from anywhere.
    allow_from: Option<Vec<String>>,
    source: &'static str,
    created_at: Option<String>,
}

/// A client that was made, with the secret that nobody reads again.
#[derive(Serialize)]
pub struct NewClientBody {
    #[serde(flatten)]
    client: ClientBody,
    client_secret: String,
}

/// All clients, in the order of their ids.
pub(crate) async fn list(
    State(clients): State<Arc<ClientAdmin>>,
    RawQuery(query): RawQuery,
) -> Result<Envelope<Listing<ClientBody>>, ApiError> {
    let mut query = Query::new(query.as_deref());
    let (limit, after) = (query.limit(), query.value("cursor", |text| read_cursor(text, ClientId::parse)));
    let (limit, after) = query.done((limit, after))?;
    let after = after.map(|id| id.key().to_owned());
    let found = clients.list(one_more(Page { after, limit })).await;
    let found = found.map_err(|error| ApiError::unavailable(&error))?;
    let cursor = |known: &ClientProfile| written_cursor(known.client.id.key());
    Ok(Envelope::ok(Listing::of(found, limit, cursor, ClientBody::from)))
}

/// One client.
pub(crate) async fn show(
    State(clients): State<Arc<ClientAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
) -> Result<Envelope<ClientBody>, ApiError> {
    let found = clients.show(&id_in(&permit)?).await.map_err(|error| told(&error, &editor))?;
    Ok(Envelope::ok(found.into()))
}

/// Adds one.
pub(crate) async fn add(
    State(clients): State<Arc<ClientAdmin>>,
    Editing(editor): Editing,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let added = clients.add(&editor, read_new(body)?).await;
    let (added, secret) = added.map_err(|error| told(&error, &editor))?;
    let place = format!("{}/{}", Endpoint::Clients.path(), added.client.id);
    Ok((StatusCode::CREATED, [(LOCATION, place)], Envelope::ok(NewClientBody::of(added, &secret))))
}

/// Removes one.
pub(crate) async fn remove(
    State(clients): State<Arc<ClientAdmin>>,
    Extension(permit): Extension<Permit>,
    Editing(editor): Editing,
) -> Result<StatusCode, ApiError> {
    clients.remove(&editor, &id_in(&permit)?).await.map_err(|error| told(&error, &editor))?;
    Ok(StatusCode::NO_CONTENT)
}

fn id_in(permit: &Permit) -> Result<ClientId, ApiError> {
    let Segment(id) = Segment::of(permit, "{id}")?;
    ClientId::parse(&id).map_err(|_| ApiError::not_found())
}

fn read_new(mut body: JsonObject) -> Result<NewClient, Vec<Fault>> {
    let id = body.text("client_id");
    let id = body.parsed("client_id", id, |text| in_a_path("a client id", text, ClientId::parse));
    let grants = body.list("grants").map(|list| grants::read(&mut body, list));
    let token_ttl = body.nullable_text("token_ttl");
    let token_ttl = body.parsed("token_ttl", token_ttl, lifetime);
    let allow_from = networks::read(&mut body, "client");
    body.finish()?;
    let (Some(id), Some(grants)) = (id, grants) else { return Err(vec![]) };
    Ok(NewClient { id, grants, token_ttl, allow_from })
}

fn lifetime(text: &str) -> Result<Duration, String> {
    TOKEN_LIFETIME.read(text).ok_or_else(|| format!("Input should be {TOKEN_LIFETIME}"))
}

impl From<ClientProfile> for ClientBody {
    fn from(ClientProfile { client, source, created_at }: ClientProfile) -> Self {
        Self {
            client_id: client.id.to_string(),
            grants: client.grants.iter().map(GrantBody::from).collect(),
            token_ttl: client.token_ttl.map(span::spelled),
            allow_from: networks::written(&client.allow_from),
            source: source.as_str(),
            created_at: created_at.and_then(rfc3339),
        }
    }
}

impl NewClientBody {
    /// The client with its secret.
    pub fn of(added: ClientProfile, secret: &ClientSecret) -> Self {
        Self { client: added.into(), client_secret: secret.expose().to_owned() }
    }
}

impl std::fmt::Debug for NewClientBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.client.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Result<NewClient, Vec<String>> {
        read_new(JsonObject::read(None, body.as_bytes()).ok().unwrap()).map_err(|faults| {
            faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
        })
    }

    #[test]
    fn a_client_has_an_id_and_grants_and_what_else_is_said() {
        let plain = of(r#"{"client_id":"Backup","grants":[]}"#).unwrap();
        assert_eq!((plain.id.as_str(), plain.grants.len()), ("Backup", 0));
        assert!(plain.token_ttl.is_none() && plain.allow_from.is_empty());
        let whole = r#"{"client_id":"b","grants":[{"role":"viewer"}],"token_ttl":"15m","allow_from":["10.0.0.0/8","::1"]}"#;
        let whole = of(whole).unwrap();
        assert_eq!(whole.token_ttl, Some(Duration::from_mins(15)));
        let networks: Vec<_> = whole.allow_from.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
        let nulls = of(r#"{"client_id":"b","grants":[],"token_ttl":null,"allow_from":null}"#).unwrap();
        assert!(nulls.token_ttl.is_none() && nulls.allow_from.is_empty());
    }

    #[test]
    fn everything_that_is_wrong_with_a_client_is_told_at_once() {
        let body = r#"{"client_id":"a b","grants":[{"role":"a b"}],"token_ttl":"25h","allow_from":["10.0.0.1/8",1,"::1"],"client_secret":"x"}"#;
        assert_eq!(
            of(body).unwrap_err(),
            [
                r#"["value_error",["body","client_id"]]"#,
                r#"["value_error",["body","grants",0,"role"]]"#,
                r#"["value_error",["body","token_ttl"]]"#,
                r#"["value_error",["body","allow_from",0]]"#,
                r#"["value_error",["body","allow_from",1]]"#,
                r#"["extra_forbidden",["body","client_secret"]]"#,
            ]
        );
        for (body, fault) in [
            (r#"{"grants":[]}"#, r#"["missing",["body","client_id"]]"#),
            (r#"{"client_id":"a"}"#, r#"["missing",["body","grants"]]"#),
            (r#"{"client_id":"a.","grants":[]}"#, r#"["value_error",["body","client_id"]]"#),
            (r#"{"client_id":"a","grants":[],"allow_from":[]}"#, r#"["value_error",["body","allow_from"]]"#),
            (r#"{"client_id":"a","grants":[],"allow_from":"::1"}"#, r#"["list_type",["body","allow_from"]]"#),
            (r#"{"client_id":"a","grants":[],"token_ttl":900}"#, r#"["string_type",["body","token_ttl"]]"#),
            (r#"{"client_id":"a","grants":[],"token_ttl":"0s"}"#, r#"["value_error",["body","token_ttl"]]"#),
        ] {
            assert_eq!(of(body).unwrap_err(), [fault], "{body}");
        }
    }
}
