//! `POST /oauth2/token`: a token (RFC 6749 3.2). Whatever the grant, it goes like this: a form with each parameter once, a
//! client that shows its secret, and then the grant, which fills in what is its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, PRAGMA};
use portcullis_core::domain::refresh::RefreshPolicy;
use portcullis_core::services::login::Login;
use portcullis_core::services::oauth::client_auth::ClientAuth;
use portcullis_core::services::oauth::client_tokens::ClientTokens;
use portcullis_core::services::oauth::granted::Granted;
use portcullis_core::services::oauth::refresh_grant::RefreshGrant;
use portcullis_core::services::policy::LivePolicy;
use serde::Serialize;

use super::client::Asked;
use super::error::OAuthError;
use super::grants::{client_credentials, password, refresh};
use crate::endpoints::Endpoints;
use crate::form::Malformed;

/// RFC 6749 5.1.
#[derive(Serialize)]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// Who knows clients, and whoever gives tokens.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    auth: Arc<ClientAuth>,
    live: Arc<LivePolicy>,
    login: Arc<Login>,
    client_tokens: Arc<ClientTokens>,
    refresh_grant: Arc<RefreshGrant>,
}

impl FromRef<Endpoints> for TokenEndpoint {
    fn from_ref(endpoints: &Endpoints) -> Self {
        Self {
            auth: FromRef::from_ref(endpoints),
            live: FromRef::from_ref(endpoints),
            login: FromRef::from_ref(endpoints),
            client_tokens: FromRef::from_ref(endpoints),
            refresh_grant: FromRef::from_ref(endpoints),
        }
    }
}

/// A token, by the grant that is asked for.
pub(crate) async fn post(
    State(endpoint): State<TokenEndpoint>,
    asked: Asked,
) -> Result<impl IntoResponse, OAuthError> {
    let Granted { token, lifetime, refresh_token, scope } = endpoint.grant(asked).await?;
    let content = TokenBody {
        access_token: token,
        token_type: "Bearer",
        expires_in: lifetime.as_secs(),
        refresh_token: refresh_token.map(|token| token.expose()),
        scope,
    };
    Ok(([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(content)))
}

impl TokenEndpoint {
    async fn grant(&self, asked: Asked) -> Result<Granted, OAuthError> {
        let RefreshPolicy { password_grant, after_login } = self.live.current().logins.refresh;
        let needs_none = after_login && is_of_a_login(&asked)?;
        let client = if needs_none { None } else { Some(asked.client(&self.auth).await?) };
        match (asked.form.only("grant_type")?.as_str(), client) {
            ("client_credentials", Some(client)) => client_credentials(&self.client_tokens, &asked, &client),
            ("password", Some(client)) if password_grant => password(&self.login, asked, &client).await,
            ("refresh_token", client) if password_grant || after_login => {
                refresh(&self.refresh_grant, asked, client).await
            }
            _ => Err(OAuthError::UnsupportedGrantType),
        }
    }
}

/// Whether somebody exchanges the refresh token of a login, which is no client's, and so needs none to be shown.
fn is_of_a_login(asked: &Asked) -> Result<bool, Malformed> {
    let grant_type = asked.form.optional("grant_type")?;
    Ok(grant_type.as_deref() == Some("refresh_token") && asked.is_of_nobody()?)
}
