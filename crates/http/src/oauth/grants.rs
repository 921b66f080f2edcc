//! The grants: what each of them reads from the form, and what is told when nothing comes of it.

use portcullis_core::domain::secret::Password;
use portcullis_core::services::login::{Attempt, Login, LoginError};
use portcullis_core::services::oauth::client_auth::KnownClient;
use portcullis_core::services::oauth::client_tokens::{ClientTokenError, ClientTokens};
use portcullis_core::services::oauth::granted::Granted;
use portcullis_core::services::oauth::password_grant::PasswordGrantError;
use portcullis_core::services::oauth::refresh_grant::{RefreshAttempt, RefreshError, RefreshGrant};

use super::client::Asked;
use super::error::OAuthError;
use crate::api_error::{ApiError, whole_seconds};

/// For the client itself (RFC 6749 4.4).
pub(super) fn client_credentials(
    tokens: &ClientTokens,
    asked: &Asked,
    client: &KnownClient,
) -> Result<Granted, OAuthError> {
    let scope = asked.form.optional("scope")?;
    tokens.issue(client, scope.as_deref()).map(Granted::from).map_err(|error| match error {
        ClientTokenError::Scope => OAuthError::InvalidScope(None),
        ClientTokenError::Unrecordable | ClientTokenError::Entropy(_) | ClientTokenError::Sign(_) => {
            ApiError::unavailable(&error).into()
        }
    })
}

/// For a user whose password the client shows (RFC 6749 4.3).
pub(super) async fn password(
    login: &Login,
    asked: Asked,
    client: &KnownClient,
) -> Result<Granted, OAuthError> {
    let scope = asked.form.optional("scope")?;
    let attempt = Attempt {
        username: asked.form.only("username")?,
        password: Password::new(asked.form.only("password")?),
        address: asked.caller.address,
        is_local: asked.caller.is_local,
        agent: asked.agent(),
        request_id: asked.caller.request_id,
        decision_id: asked.decision_id.clone(),
    };
    let granted = login.for_client(attempt, client, scope.as_deref()).await;
    granted.map_err(|error| match error {
        PasswordGrantError::Scope => OAuthError::InvalidScope(Some(asked.decision_id)),
        PasswordGrantError::Login(LoginError::Rejected | LoginError::NoAccess) => {
            OAuthError::InvalidGrant("Incorrect username or password", asked.decision_id)
        }
        PasswordGrantError::Login(LoginError::Throttled { retry_after }) => {
            OAuthError::TooMany(whole_seconds(retry_after), asked.decision_id)
        }
        PasswordGrantError::Login(error) => ApiError::of_login(&error, asked.decision_id).into(),
    })
}

/// For whoever has a refresh token (RFC 6749 6): the client that was given it, or whoever logged in.
pub(super) async fn refresh(
    grant: &RefreshGrant,
    asked: Asked,
    client: Option<KnownClient>,
) -> Result<Granted, OAuthError> {
    let attempt = RefreshAttempt {
        token: asked.form.only("refresh_token")?,
        scope: asked.form.optional("scope")?,
        client,
        address: asked.caller.address,
        request_id: asked.caller.request_id,
        decision_id: asked.decision_id.clone(),
    };
    grant.exchange(attempt).await.map_err(|error| match error {
        RefreshError::Rejected => {
            OAuthError::InvalidGrant("The refresh token is not good", asked.decision_id)
        }
        RefreshError::OfAClient => OAuthError::InvalidClient(Some(asked.decision_id)),
        RefreshError::Scope => OAuthError::InvalidScope(Some(asked.decision_id)),
        RefreshError::Throttled { retry_after } => {
            OAuthError::TooMany(whole_seconds(retry_after), asked.decision_id)
        }
        RefreshError::Store(_)
        | RefreshError::Ledger(_)
        | RefreshError::Sessions(_)
        | RefreshError::Entropy(_)
        | RefreshError::Sign(_) => ApiError::unavailable(&error).into(),
    })
}
