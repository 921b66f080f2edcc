//! A user's password, shown by a client (RFC 6749 4.3): the login with its throttle, its one answer and its records, and then
//! a token for what both hold.
//!
//! RFC 9700 2.4 says that nobody should do that any more. It is for programs that can do nothing else, and off unless the
//! configuration says otherwise.

use std::sync::Arc;

use super::client_auth::KnownClient;
use super::granted::Granted;
use super::scope::granted;
use crate::domain::delegation::Delegation;
use crate::domain::record::Verdict;
use crate::domain::standing::Standing;
use crate::domain::user::User;
use crate::services::families::NewFamily;
use crate::services::issuing::claims_in;
use crate::services::login::{Attempt, Login, LoginError, WithoutAccess, record};

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum PasswordGrantError {
    /// Nobody was logged in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// More is asked for than the user and the client both hold.
    #[error("more is asked for than both hold")]
    Scope,
}

impl Login {
    /// Exchanges a user's password for tokens of a client that acts for him.
    pub async fn for_client(
        &self,
        attempt: Attempt,
        known: &KnownClient,
        scope: Option<&str>,
    ) -> Result<Granted, PasswordGrantError> {
        let KnownClient { policy, standing: of_client, client, .. } = known;
        let credentials = self.admit(policy, &attempt, WithoutAccess::IsRejected).await?;
        let user = &credentials.user;
        let standing = Standing::new(user.clone(), &policy.roles()).through(Arc::clone(of_client));
        let Some(scope) = granted(&standing.rights(), scope) else {
            let why = format!("more is asked for than he and client:{} both hold", client.id);
            self.ledger.note(record(&attempt, self.clock.now(), Some(&user.name), Verdict::Refused, &why));
            return Err(PasswordGrantError::Scope);
        };
        let delegation = Delegation { client: client.id.clone(), scope };
        let issued = self.open_through(known, &attempt, user, &standing, delegation).await?;
        self.renew(policy, &attempt, &credentials).await;
        Ok(issued)
    }

    async fn open_through(
        &self,
        known: &KnownClient,
        attempt: &Attempt,
        user: &User,
        standing: &Standing,
        delegation: Delegation,
    ) -> Result<Granted, LoginError> {
        let (policy, now, entropy) = (&known.policy, self.clock.now(), &*self.entropy);
        let lifetime = known.client.token_ttl.unwrap_or(policy.tokens.ttl);
        let (whereabouts, to) = (attempt.whereabouts(), Some(delegation.clone()));
        let family = NewFamily::of(user, standing, to.clone(), policy, whereabouts, now, entropy)?;
        let claims = claims_in(&family.session, policy, standing, to, lifetime, now, entropy)?;
        let token = self.codec.sign(&claims)?;
        let why = format!("password accepted, shown by client:{}", delegation.client);
        let record = record(attempt, now, Some(&user.name), Verdict::Allowed, &why);
        let (change, first) = family.opening();
        self.ledger.commit(change, record).await?;
        Ok(Granted::to_user(token, claims.lifetime(), first, Some(&delegation)))
    }
}

#[cfg(test)]
#[path = "password_grant_tests.rs"]
mod tests;
