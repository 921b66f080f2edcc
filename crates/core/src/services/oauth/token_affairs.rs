//! What becomes of tokens: whether one is good (RFC 7662), and its end (RFC 7009). Both for clients that have shown their
//! secret, and for every kind of token.

use std::sync::Arc;

use super::client_auth::KnownClient;
use crate::domain::opaque::TokenHash;
use crate::domain::permit::Principal;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::token::Claims;
use crate::ports::clock::Clock;
use crate::ports::store_error::StoreError;
use crate::services::sessions::{Sessions, SessionsError};
use crate::services::token_reader::TokenReader;

/// A token that is good.
#[derive(Debug, Clone)]
pub struct ActiveToken {
    /// Whose it is, and what it gives now.
    pub principal: Principal,
    /// What it says; an opaque token says nothing.
    pub claims: Option<Arc<Claims>>,
    /// When it ends if it is not used any more.
    pub ends_at: Timestamp,
}

/// Why a token was not ended.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// It is another client's.
    #[error("the token was issued to another client")]
    NotIts,
    /// Whether it is good can't be read now.
    #[error("the token could not be looked up")]
    Store(#[from] StoreError),
    /// Its session could not be ended.
    #[error("the session could not be ended")]
    Sessions(#[from] SessionsError),
}

/// Knows of tokens, and ends them.
pub struct TokenAffairs {
    pub(super) reader: TokenReader,
    pub(super) sessions: Sessions,
    pub(super) clock: Arc<dyn Clock>,
}

impl TokenAffairs {
    /// The tokens that `reader` reads, of the sessions that `sessions` ends.
    pub fn new(reader: TokenReader, sessions: Sessions, clock: Arc<dyn Clock>) -> Self {
        Self { reader, sessions, clock }
    }

    /// What a token is good for now; none if it is not good, or was never ours. That it was asked about is no use of it.
    pub async fn inspect(&self, known: &KnownClient, token: &str) -> Result<Option<ActiveToken>, StoreError> {
        let (policy, now) = (&known.policy, self.clock.now());
        let found = if TokenHash::is_meant(token) {
            let found = self.reader.opaque(policy, token, now).await;
            found.map(|found| found.map(|(principal, session)| (principal, None, session.ends_at())))
        } else {
            let read = self.reader.signed(policy, token, now).await;
            read.map(|(principal, claims)| {
                let ends_at = claims.expires_at;
                Some((principal, Some(claims), ends_at))
            })
        };
        match found {
            Ok(found) => {
                Ok(found.map(|(principal, claims, ends_at)| ActiveToken { principal, claims, ends_at }))
            }
            Err(Refusal::Unavailable(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Ends a token at once. One that is not good is ended already (RFC 7009 2.2).
    pub async fn revoke(&self, known: &KnownClient, token: &str) -> Result<(), RevokeError> {
        self.sessions.settle().await?;
        let Some(ActiveToken { principal, .. }) = self.inspect(known, token).await? else { return Ok(()) };
        match principal.standing.client() {
            Some(client) if client.id != known.client.id => Err(RevokeError::NotIts),
            // Whoever has a user's token could log him out with it as well.
            Some(_) | None => Ok(self.sessions.revoke(&principal, &known.actor).await?),
        }
    }
}

impl std::fmt::Debug for TokenAffairs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenAffairs")
    }
}

#[cfg(test)]
#[path = "token_affairs_tests.rs"]
mod tests;
