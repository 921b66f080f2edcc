//! `POST /oauth2/revoke`: the end of a token (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use portcullis_core::domain::refresh::RefreshToken;
use portcullis_core::services::oauth::token_affairs::{RevokeError, TokenAffairs};

use super::client::Asking;
use super::error::OAuthError;
use crate::api_error::ApiError;

/// From the answer on, the token in the form is dead, and with a refresh token whatever came of the login. It may have been
/// so before. A hint at its type is of no use: the token says for itself of which it is.
pub(crate) async fn post(
    State(tokens): State<Arc<TokenAffairs>>,
    asking: Asking,
) -> Result<StatusCode, OAuthError> {
    let token = asking.only("token")?;
    let revoked = if RefreshToken::is_meant(&token) {
        tokens.revoke_refresh_token(&asking.client, &token).await
    } else {
        tokens.revoke(&asking.client, &token).await
    };
    match revoked {
        Ok(()) => Ok(StatusCode::OK),
        Err(RevokeError::NotIts) => {
            Err(OAuthError::UnauthorizedClient("The token was issued to another client"))
        }
        Err(RevokeError::Store(error)) => Err(ApiError::unavailable(&error).into()),
        Err(RevokeError::Sessions(error)) => Err(ApiError::from(error).into()),
    }
}
