//! The login: a name and a password for a token. Forwards only, and one answer in one time for whatever is wrong.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::policy::{LivePolicy, Policy};
use crate::domain::record::{Record, Verdict};
use crate::domain::role::RoleBook;
use crate::domain::secret::Password;
use crate::domain::session::{Session, SessionId};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::token::Claims;
use crate::domain::user::{Credentials, User, Username};
use crate::ports::clock::Clock;
use crate::ports::entropy::{Entropy, EntropyError};
use crate::ports::ledger::{Change, Ledger};
use crate::ports::password_hasher::{HasherError, PasswordHasher};
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::{SignError, TokenCodec};

/// How much of a `User-Agent` a session keeps, in characters.
const RECORDED_AGENT: usize = 200;

/// Somebody wants to log in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The name that he gave; perhaps nobody's, perhaps no possible name at all.
    pub username: String,
    /// The password that he gave.
    pub password: Password,
    /// Where he is.
    pub address: Option<IpAddr>,
    /// What he uses.
    pub agent: Option<String>,
    /// The request that he does it with.
    pub request_id: String,
}

/// A token for somebody who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong password, unknown, deactivated, or without the right to use the API: nobody outside learns which.
    #[error("the login was rejected")]
    Rejected,
    /// Too many are logging in just now.
    #[error("the hashing queue is full")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The users could not be read, or the session not be recorded.
    #[error("a store could not be used")]
    Store(#[from] StoreError),
    /// The password could not be compared.
    #[error("the password could not be compared")]
    Hasher(#[source] HasherError),
    /// The session could not be named.
    #[error("no session could be named")]
    Entropy(#[from] EntropyError),
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Sign(#[from] SignError),
}

impl From<HasherError> for LoginError {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy { retry_after } => Self::Busy { retry_after },
            failed @ HasherError::Failed(_) => Self::Hasher(failed),
        }
    }
}

/// Logs people in.
pub struct Login {
    live: Arc<LivePolicy>,
    hasher: Arc<dyn PasswordHasher>,
    codec: Arc<dyn TokenCodec>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Login {
    /// A login for the users of `live`.
    pub fn new(
        live: Arc<LivePolicy>,
        hasher: Arc<dyn PasswordHasher>,
        codec: Arc<dyn TokenCodec>,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { live, hasher, codec, ledger, clock, entropy }
    }

    /// Exchanges a password for a token.
    pub async fn with_password(&self, attempt: Attempt) -> Result<Issued, LoginError> {
        let policy = self.live.current();
        let known = find(&policy, &attempt.username).await?;
        // Somebody who may not come in is compared with nothing, like somebody whom nobody knows: same answer, same time.
        let welcome = known.as_ref().filter(|known| known.user.is_welcome());
        let hash = welcome.map(|known| known.hash.clone());
        let cost = policy.users.highest_cost().await?;
        let matches = self.hasher.verify(attempt.password.clone(), hash, cost).await?;
        match welcome {
            Some(welcome) if matches => self.open(&policy, &attempt, &welcome.user).await,
            Some(_) | None => {
                self.ledger.note(rejection(&attempt, known.as_ref(), self.clock.now()));
                Err(LoginError::Rejected)
            }
        }
    }

    async fn open(&self, policy: &Policy, attempt: &Attempt, user: &User) -> Result<Issued, LoginError> {
        let now = self.clock.now();
        let lifetime = policy.tokens.ttl;
        let session = Session {
            id: SessionId::from_bytes(self.random()?),
            user: user.name.clone(),
            issued_at: now,
            expires_at: now.plus(lifetime),
            address: attempt.address,
            agent: attempt.agent.as_ref().map(|agent| agent.chars().take(RECORDED_AGENT).collect()),
        };
        let claims = Claims {
            issuer: policy.tokens.issuer.clone(),
            audience: policy.tokens.audience.iter().cloned().collect(),
            subject: user.name.clone(),
            roles: roles_everywhere(user, &policy.roles),
            issued_at: now,
            not_before: None,
            expires_at: session.expires_at,
            id: format!("{:032x}", u128::from_be_bytes(self.random()?)),
            session: session.id.clone(),
            stamp: user.stamp.to_string(),
        };
        let token = self.codec.sign(&claims)?;
        let record = record(attempt, now, Some(&user.name), Verdict::Allowed, "password accepted");
        self.ledger.commit(Change::OpenSession(session), record).await?;
        Ok(Issued { token, lifetime })
    }

    fn random(&self) -> Result<[u8; 16], EntropyError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login")
    }
}

async fn find(policy: &Policy, name: &str) -> Result<Option<Credentials>, StoreError> {
    match Username::parse(name) {
        Ok(name) => policy.users.credentials(&name).await,
        Err(_) => Ok(None),
    }
}

fn roles_everywhere(user: &User, roles: &RoleBook) -> Vec<crate::domain::role::RoleName> {
    Standing::new(user.clone(), roles).roles_everywhere().cloned().collect()
}

fn rejection(attempt: &Attempt, known: Option<&Credentials>, now: Timestamp) -> Record {
    let reason = match known {
        None => "unknown user",
        Some(known) if !known.user.active => "deactivated user",
        Some(known) if !known.user.api_login => "user without the right to log in to the API",
        Some(_) => "wrong password",
    };
    record(attempt, now, known.map(|known| &known.user.name), Verdict::Refused, reason)
}

fn record(
    attempt: &Attempt,
    time: Timestamp,
    subject: Option<&Username>,
    verdict: Verdict,
    reason: &str,
) -> Record {
    Record {
        time,
        request_id: attempt.request_id.clone(),
        decision_id: None,
        subject: subject.map(ToString::to_string),
        address: attempt.address,
        action: "login".to_owned(),
        route: None,
        realm: None,
        verdict,
        reason: reason.to_owned(),
    }
}
