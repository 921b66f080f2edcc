//! What a grant gives (RFC 6749 5.1).

use std::time::Duration;

use super::client_tokens::ClientToken;
use crate::domain::delegation::Delegation;
use crate::domain::refresh::RefreshToken;

/// An access token, and what goes with it. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Granted {
    /// The token.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
    /// What the next one is got with, if anything.
    pub refresh_token: Option<RefreshToken>,
    /// The rights that it is for, separated by spaces; a login token is for all that its user holds.
    pub scope: Option<String>,
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Granted").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Granted {
    /// A token for a user, or for a client that acts for him, and the refresh token that comes with it.
    pub(super) fn to_user(
        token: String,
        lifetime: Duration,
        refresh_token: RefreshToken,
        delegation: Option<&Delegation>,
    ) -> Self {
        let scope = delegation.map(Delegation::scope_text);
        Self { token, lifetime, refresh_token: Some(refresh_token), scope }
    }
}

impl From<ClientToken> for Granted {
    /// A client needs no refresh token: it can ask for another token whenever it likes (RFC 6749 4.4.3).
    fn from(issued: ClientToken) -> Self {
        let ClientToken { token, lifetime, scope } = issued;
        Self { token, lifetime, refresh_token: None, scope: Some(scope) }
    }
}
