//! `POST /oauth2/token`: a token for a client (RFC 6749 3.2). Who asks and how is the same for every grant; a grant fills
//! in what is its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, PRAGMA};
use portcullis_core::services::oauth::client_tokens::{ClientToken, ClientTokenError, ClientTokens};
use serde::Serialize;

use super::client::Asking;
use super::error::OAuthError;
use crate::api_error::ApiError;

/// RFC 6749 5.1.
#[derive(Serialize)]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    scope: String,
}

/// A token, by the grant that is asked for.
pub(crate) async fn post(
    State(tokens): State<Arc<ClientTokens>>,
    asking: Asking,
) -> Result<impl IntoResponse, OAuthError> {
    let issued = match asking.only("grant_type")?.as_str() {
        "client_credentials" => client_credentials(&tokens, &asking)?,
        _ => return Err(OAuthError::UnsupportedGrantType),
    };
    let ClientToken { token, lifetime, scope } = issued;
    let expires_in = lifetime.as_secs();
    let content = TokenBody { access_token: token, token_type: "Bearer", expires_in, scope };
    Ok(([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(content)))
}

/// For the client itself (RFC 6749 4.4).
fn client_credentials(tokens: &ClientTokens, asking: &Asking) -> Result<ClientToken, OAuthError> {
    let scope = asking.form.optional("scope")?;
    tokens.issue(&asking.client, scope.as_deref()).map_err(|error| match error {
        ClientTokenError::Scope => OAuthError::InvalidScope,
        ClientTokenError::Unrecordable | ClientTokenError::Entropy(_) | ClientTokenError::Sign(_) => {
            ApiError::unavailable(&error).into()
        }
    })
}
