//! `POST /oauth2/introspect`: whether a token is good now, and what for (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::standing::Subject;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::services::oauth::token_affairs::{ActiveToken, TokenAffairs};
use serde::Serialize;

use super::client::Asking;
use super::error::OAuthError;
use crate::api_error::ApiError;

/// RFC 7662 2.2. A token that is not good has `active` alone, whatever is wrong with it.
#[derive(Debug, Default, Serialize)]
struct TokenState {
    active: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    token: Option<TokenBody>,
}

#[derive(Debug, Serialize)]
struct TokenBody {
    token_type: &'static str,
    /// What the token gives now, which may be less than it says.
    scope: String,
    /// A client's token has this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// A user's token has this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    sub: String,
    iss: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

/// The state of the token in the form. A hint at its type is of no use: the token says for itself of which it is.
pub(crate) async fn post(
    State(tokens): State<Arc<TokenAffairs>>,
    asking: Asking,
) -> Result<impl IntoResponse, OAuthError> {
    let token = asking.only("token")?;
    let found = tokens.inspect(&asking.client, &token).await;
    let found = found.map_err(|error| ApiError::unavailable(&error))?;
    let issuer = &asking.client.policy().tokens.issuer;
    let token = found.map(|token| TokenBody::of(token, issuer));
    Ok(([(CACHE_CONTROL, "no-store")], Json(TokenState { active: token.is_some(), token })))
}

impl TokenBody {
    fn of(token: ActiveToken, issuer: &str) -> Self {
        let ActiveToken { principal, claims, ends_at } = token;
        let rights = principal.standing.rights();
        let (client_id, username, sub) = match &principal.standing.subject {
            Subject::User(user) => (None, Some(user.name.to_string()), user.name.to_string()),
            Subject::Client(client) => (Some(client.id.to_string()), None, client.id.to_string()),
        };
        let (aud, nbf, jti) = claims.map_or_else(Default::default, |claims| {
            (claims.audience, claims.not_before.map(Timestamp::seconds), Some(claims.id))
        });
        Self {
            token_type: "Bearer",
            scope: rights.into_iter().map(RightPattern::as_str).collect::<Vec<_>>().join(" "),
            client_id,
            username,
            sub,
            iss: issuer.to_owned(),
            aud,
            iat: principal.issued_at.seconds(),
            exp: ends_at.seconds(),
            nbf,
            jti,
        }
    }
}
