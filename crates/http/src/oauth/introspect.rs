//! `POST /oauth2/introspect`: whether a token is good now, and what for (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use portcullis_core::domain::delegation::Delegation;
use portcullis_core::domain::refresh::RefreshToken;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::standing::Subject;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::services::oauth::refresh_affairs::ActiveRefreshToken;
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
    /// Of a token that opens something: a refresh token has none (RFC 7662 2.2, RFC 6749 7.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// What the token gives now, which may be less than it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// A client's token has this one, and one of a user that a client shows.
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
    let issuer = &asking.client.policy().tokens.issuer;
    let found = if RefreshToken::is_meant(&token) {
        let found = tokens.inspect_refresh_token(&asking.client, &token).await;
        found.map(|found| found.map(|token| TokenBody::of_refresh(&token, issuer)))
    } else {
        let found = tokens.inspect(&asking.client, &token).await;
        found.map(|found| found.map(|token| TokenBody::of(token, issuer)))
    };
    let token = found.map_err(|error| ApiError::unavailable(&error))?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(TokenState { active: token.is_some(), token })))
}

impl TokenBody {
    fn of(token: ActiveToken, issuer: &str) -> Self {
        let ActiveToken { principal, claims, ends_at } = token;
        let rights = principal.standing.rights();
        let client_id = principal.standing.client().map(|client| client.id.to_string());
        let (username, sub) = match &principal.standing.subject {
            Subject::User(user) => (Some(user.name.to_string()), user.name.to_string()),
            Subject::Client(client) => (None, client.id.to_string()),
        };
        let (aud, nbf, jti) = claims.map_or_else(Default::default, |claims| {
            (claims.audience.clone(), claims.not_before.map(Timestamp::seconds), Some(claims.id.clone()))
        });
        Self {
            token_type: Some("Bearer"),
            scope: Some(rights.into_iter().map(RightPattern::as_str).collect::<Vec<_>>().join(" ")),
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

    /// A refresh token opens nothing itself; its scope is what the next token is for.
    fn of_refresh(token: &ActiveRefreshToken, issuer: &str) -> Self {
        let ActiveRefreshToken { user, delegation, issued_at, ends_at } = token;
        Self {
            token_type: None,
            scope: delegation.as_ref().map(Delegation::scope_text),
            client_id: delegation.as_ref().map(|delegation| delegation.client.to_string()),
            username: Some(user.to_string()),
            sub: user.to_string(),
            iss: issuer.to_owned(),
            aud: vec![],
            iat: issued_at.seconds(),
            exp: ends_at.seconds(),
            nbf: None,
            jti: None,
        }
    }
}
