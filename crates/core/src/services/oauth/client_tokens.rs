//! A token for a client itself (RFC 6749 4.4): for the rights that it asks for, or for all that it holds.

use std::sync::Arc;
use std::time::Duration;

use super::client_auth::KnownClient;
use super::scope::granted;
use crate::domain::delegation::scope_text;
use crate::domain::session::SessionId;
use crate::domain::token::{Bearer, Claims};
use crate::ports::clock::Clock;
use crate::ports::entropy::{Entropy, EntropyError};
use crate::ports::ledger::Ledger;
use crate::ports::token_codec::{SignError, TokenCodec};

/// What the record calls it.
const ACTION: &str = "client.token";

/// A token for a client. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientToken {
    /// The token.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
    /// The rights that it is for, separated by spaces (RFC 6749 3.3).
    pub scope: String,
}

impl std::fmt::Debug for ClientToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientToken").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum ClientTokenError {
    /// More is asked for than the client holds, or what is no right, or so much that no token can say it.
    #[error("more is asked for than the client holds")]
    Scope,
    /// The configuration wants everything recorded, and nothing can be just now.
    #[error("what can't be recorded is not done")]
    Unrecordable,
    /// The token could not be named.
    #[error("no token could be named")]
    Entropy(#[from] EntropyError),
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Sign(#[from] SignError),
}

/// Makes tokens for clients.
pub struct ClientTokens {
    codec: Arc<dyn TokenCodec>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl ClientTokens {
    /// Tokens signed by `codec`.
    pub fn new(
        codec: Arc<dyn TokenCodec>,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { codec, ledger, clock, entropy }
    }

    /// A token for these rights; for all that the client holds, if it does not say.
    pub fn issue(&self, known: &KnownClient, scope: Option<&str>) -> Result<ClientToken, ClientTokenError> {
        let KnownClient { policy, standing, client, actor } = known;
        let scope = granted(&standing.rights(), scope).ok_or(ClientTokenError::Scope)?;
        let text = scope_text(&scope);
        if policy.refuses_unrecorded && self.ledger.condition().is_failing {
            return Err(ClientTokenError::Unrecordable);
        }
        let (now, lifetime) = (self.clock.now(), client.token_ttl.unwrap_or(policy.tokens.ttl));
        let mut id = [0; 16];
        self.entropy.fill(&mut id)?;
        let session = SessionId::from_bytes(id);
        let token = self.codec.sign(&Claims {
            issuer: policy.tokens.issuer.clone(),
            audience: vec![policy.tokens.audience_of_clients().to_owned()],
            bearer: Bearer::Client { id: client.id.clone(), scope },
            issued_at: now,
            not_before: None,
            expires_at: now.plus(lifetime),
            id: session.as_str().to_owned(),
            session,
            stamp: standing.subject.stamp().to_string(),
        })?;
        self.ledger.note(actor.record(ACTION, now, None));
        Ok(ClientToken { token, lifetime, scope: text })
    }
}

impl std::fmt::Debug for ClientTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientTokens")
    }
}

#[cfg(test)]
#[path = "client_tokens_tests.rs"]
mod tests;
