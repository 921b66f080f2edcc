//! Whether a refresh token is good (RFC 7662), and its end (RFC 7009). One that a client was given is that client's business
//! alone; one of a login is no client's, so that any may be shown it, like a login token.

use super::client_auth::KnownClient;
use super::token_affairs::{RevokeError, TokenAffairs};
use crate::domain::delegation::Delegation;
use crate::domain::refresh::{Family, RefreshToken};
use crate::domain::refusal::Refusal;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::Username;
use crate::ports::store_error::StoreError;
use crate::services::token_reader::{delegated, welcome};

/// A refresh token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveRefreshToken {
    /// Who logged in.
    pub user: Username,
    /// The client that he logged in through, and for which rights.
    pub delegation: Option<Delegation>,
    /// When he did.
    pub issued_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl TokenAffairs {
    /// What a refresh token is good for now; none if it is not good, was used, or is another client's. It may be used
    /// afterwards as well as before.
    pub async fn inspect_refresh_token(
        &self,
        known: &KnownClient,
        token: &str,
    ) -> Result<Option<ActiveRefreshToken>, StoreError> {
        let Some((shown, session, family)) = self.refresh_token(token).await? else { return Ok(None) };
        let is_good = is_its(known, &family)
            && family.present == shown.hash()
            && session.expires_at > self.clock.now()
            && self.is_as_it_was(known, &session, &family).await?;
        Ok(is_good.then_some(ActiveRefreshToken {
            user: session.user,
            delegation: family.delegation,
            issued_at: session.issued_at,
            ends_at: session.expires_at,
        }))
    }

    /// Ends a refresh token, and with it all that came of the login (RFC 7009 2.1): one that was used as well, since whoever
    /// has it wants an end of it.
    pub async fn revoke_refresh_token(&self, known: &KnownClient, token: &str) -> Result<(), RevokeError> {
        self.sessions.settle().await?;
        let Some((_, session, family)) = self.refresh_token(token).await? else { return Ok(()) };
        if !is_its(known, &family) {
            return Err(RevokeError::NotIts);
        }
        Ok(self.sessions.end_of_tokens(&session, &known.actor).await?)
    }

    async fn refresh_token(
        &self,
        token: &str,
    ) -> Result<Option<(RefreshToken, Session, Family)>, StoreError> {
        let Some(shown) = RefreshToken::parse(token) else { return Ok(None) };
        let found = self.reader.ledger().family(&shown.family()).await?;
        let found = found.filter(|(session, _)| !self.reader.known().ended.contains(&session.id));
        Ok(found.map(|(session, family)| (shown, session, family)))
    }

    /// Whether user and client are still who they were at the login, and such tokens are still good for anything.
    async fn is_as_it_was(
        &self,
        known: &KnownClient,
        session: &Session,
        family: &Family,
    ) -> Result<bool, StoreError> {
        let (policy, given) = (&known.policy, known.policy.logins.refresh);
        let (found, is_given) = match &family.delegation {
            None => (welcome(policy, &session.user).await, given.after_login),
            Some(to) => (delegated(policy, &session.user, &to.client).await, given.password_grant),
        };
        match found {
            Ok(standing) => Ok(is_given && standing.stamp() == family.stamp),
            Err(Refusal::Unavailable(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }
}

fn is_its(known: &KnownClient, family: &Family) -> bool {
    family.delegation.as_ref().is_none_or(|delegation| delegation.client == known.client.id)
}

#[cfg(test)]
#[path = "refresh_affairs_tests.rs"]
mod tests;
