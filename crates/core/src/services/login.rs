//! The login: a name and a password for a token. Forwards only, and one answer in one time for whatever is wrong.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::families::NewFamily;
use super::issuing::{Whereabouts, claims_in, new_session, session_of};
use super::known_sessions::KnownSessions;
use super::policy::{LivePolicy, Policy};
use super::throttle::watch::Watch;
use super::throttle::{Held, Throttle};
use crate::domain::opaque::{OpaquePolicy, OpaqueToken};
use crate::domain::record::{Record, Verdict};
use crate::domain::refresh::RefreshToken;
use crate::domain::secret::Password;
use crate::domain::session::SessionKind;
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User, Username};
use crate::ports::clock::Clock;
use crate::ports::entropy::{Entropy, EntropyError};
use crate::ports::ledger::{Change, CommitError, Ledger};
use crate::ports::password_hasher::{Comparison, HasherError, PasswordHasher};
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::{SignError, TokenCodec};

/// Passwords that come with a product, and that everybody knows; a user's own name is one too.
const DEFAULT_PASSWORDS: [&str; 2] = ["changeme", "sysadmin"];

/// The reason in the record of somebody who may not use the API.
const NO_ACCESS: &str = "user without the right to log in to the API";

/// The reason in the record of an attempt that was not even looked at.
pub const THROTTLED: &str = "too many failed logins";

/// What the record calls it when a hash is made anew.
const RENEWAL: &str = "user.rehash";

/// Somebody wants to log in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The name that he gave; perhaps nobody's, perhaps no possible name at all.
    pub username: String,
    /// The password that he gave.
    pub password: Password,
    /// Where he is.
    pub address: Option<IpAddr>,
    /// Whether he surely is on this machine: his request came over loopback, and nobody says that he only sent it through.
    pub is_local: bool,
    /// What he uses.
    pub agent: Option<String>,
    /// The request that he does it with.
    pub request_id: String,
    /// The id under which he, and the record, know the refusal, if it comes to one.
    pub decision_id: String,
}

impl Attempt {
    /// Where he is, for his session.
    pub(super) fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts { address: self.address, agent: self.agent.as_deref() }
    }
}

/// A token for somebody who logged in. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
    /// What the next one is got with, if the configuration wants it so.
    pub refresh_token: Option<RefreshToken>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// An opaque token for somebody who logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpaqueIssued {
    /// The token.
    pub token: OpaqueToken,
    /// How long it may be unused.
    pub idle_timeout: Duration,
}

/// Whom a surface tells that his password is right, though he may not use the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithoutAccess {
    /// Nobody.
    IsRejected,
    /// Him.
    IsTold,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong password, unknown, deactivated, or without the right to use the API: nobody outside learns which.
    #[error("the login was rejected")]
    Rejected,
    /// The password is right, but not the right to use the API; only where a surface tells that.
    #[error("without the right to use the API")]
    NoAccess,
    /// Too many failed before: in this name, or from this address.
    #[error("too many failed logins")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many are logging in just now.
    #[error("the hashing queue is full")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The users could not be read.
    #[error("the users could not be read")]
    Store(#[from] StoreError),
    /// The session could not be recorded, so there is none.
    #[error("the session could not be recorded")]
    Ledger(#[from] CommitError),
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

/// Logs people in.
pub struct Login {
    live: Arc<LivePolicy>,
    hasher: Arc<dyn PasswordHasher>,
    pub(super) codec: Arc<dyn TokenCodec>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    known: Arc<KnownSessions>,
    throttle: Arc<Throttle>,
}

impl Login {
    /// A login for the users of `live`. A session whose token says nothing is `known` from the login on.
    pub fn new(
        live: Arc<LivePolicy>,
        hasher: Arc<dyn PasswordHasher>,
        codec: Arc<dyn TokenCodec>,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        known: Arc<KnownSessions>,
    ) -> Self {
        Self { live, hasher, codec, ledger, clock, entropy, known, throttle: Arc::default() }
    }

    /// Exchanges a password for a token.
    pub async fn with_password(&self, attempt: Attempt) -> Result<Issued, LoginError> {
        let policy = self.live.current();
        let known = self.admit(&policy, &attempt, WithoutAccess::IsRejected).await?;
        let issued = self.open(&policy, &attempt, &known.user).await?;
        self.renew(&policy, &attempt, &known).await;
        Ok(issued)
    }

    /// Exchanges a password for an opaque token. Whoever has the right one, but not the right to use the API, is told so.
    pub async fn for_opaque_token(&self, attempt: Attempt) -> Result<OpaqueIssued, LoginError> {
        let policy = self.live.current();
        let known = self.admit(&policy, &attempt, WithoutAccess::IsTold).await?;
        let issued = self.open_opaque(&policy, &attempt, &known.user).await?;
        self.renew(&policy, &attempt, &known).await;
        Ok(issued)
    }

    /// Whoever this is by his password, if he may come in.
    pub(super) async fn admit(
        &self,
        policy: &Policy,
        attempt: &Attempt,
        without_access: WithoutAccess,
    ) -> Result<Credentials, LoginError> {
        let watch = Arc::new(self.watch(policy, attempt));
        watch.check().map_err(|Held(wait)| self.turned_away(attempt, wait))?;
        let known = find(policy, &attempt.username).await?;
        // Somebody who may not come in is compared with nothing, like somebody whom nobody knows: same answer, same time.
        let obstacle = obstacle(known.as_ref(), attempt, policy, without_access);
        let comparison = Comparison {
            password: attempt.password.clone(),
            hash: known.as_ref().filter(|_| obstacle.is_none()).map(|known| known.hash.clone()),
            at_least: policy.users.highest_cost().await?,
            referee: watch.clone(),
        };
        match (self.hasher.verify(comparison).await, known) {
            (Ok(true), Some(known)) if obstacle.is_none() && known.user.api_login => Ok(known),
            (Ok(true), Some(known)) if obstacle.is_none() => {
                self.ledger.note(rejection(attempt, Some(&known), Some(NO_ACCESS), self.clock.now()));
                Err(LoginError::NoAccess)
            }
            (Ok(_), known) => {
                self.ledger.note(rejection(attempt, known.as_ref(), obstacle, self.clock.now()));
                Err(LoginError::Rejected)
            }
            (Err(HasherError::Withdrawn), _) => Err(self.turned_away(attempt, watch.wait())),
            (Err(HasherError::Busy { retry_after }), _) => Err(LoginError::Busy { retry_after }),
            (Err(failed @ HasherError::Failed(_)), _) => Err(LoginError::Hasher(failed)),
        }
    }

    /// What counts failed attempts: whoever compares passwords elsewhere must count there too.
    pub fn throttle(&self) -> &Arc<Throttle> {
        &self.throttle
    }

    fn watch(&self, policy: &Policy, attempt: &Attempt) -> Watch {
        let throttling = &policy.logins.throttle;
        Watch::over(&self.throttle, &self.clock, throttling, &attempt.username, attempt.address)
    }

    /// Records that an attempt was not even looked at. A name is not kept, since nobody asked whether somebody has it.
    fn turned_away(&self, attempt: &Attempt, retry_after: Duration) -> LoginError {
        self.ledger.note(record(attempt, self.clock.now(), None, Verdict::Refused, THROTTLED));
        LoginError::Throttled { retry_after }
    }

    async fn open(&self, policy: &Policy, attempt: &Attempt, user: &User) -> Result<Issued, LoginError> {
        let (now, entropy) = (self.clock.now(), &*self.entropy);
        let (lifetime, whereabouts) = (policy.tokens.ttl, attempt.whereabouts());
        let (claims, change, refresh_token) = if policy.logins.refresh.after_login {
            let standing = Standing::new(user.clone(), &policy.roles());
            let family = NewFamily::of(user, &standing, None, policy, whereabouts, now, entropy)?;
            let claims = claims_in(&family.session, policy, &standing, None, lifetime, now, entropy)?;
            let (change, first) = family.opening();
            (claims, change, Some(first))
        } else {
            let (session, claims) = new_session(policy, user, lifetime, whereabouts, now, entropy)?;
            (claims, Change::OpenSession(session), None)
        };
        let token = self.codec.sign(&claims)?;
        let record = record(attempt, now, Some(&user.name), Verdict::Allowed, "password accepted");
        self.ledger.commit(change, record).await?;
        Ok(Issued { token, lifetime: claims.lifetime(), refresh_token })
    }

    async fn open_opaque(
        &self,
        policy: &Policy,
        attempt: &Attempt,
        user: &User,
    ) -> Result<OpaqueIssued, LoginError> {
        let now = self.clock.now();
        let OpaquePolicy { idle_timeout, max_age } = policy.logins.opaque;
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes)?;
        let token = OpaqueToken::from_bytes(bytes).ok_or(EntropyError)?;
        let kind = SessionKind::Opaque { token: token.hash(), idle_timeout, stamp: user.stamp };
        let session = session_of(user, kind, max_age, attempt.whereabouts(), now, &*self.entropy)?;
        let record = record(attempt, now, Some(&user.name), Verdict::Allowed, "password accepted");
        self.ledger.commit(Change::OpenSession(session), record).await?;
        // Once it is in memory, its use is no guess, whoever else is at its address.
        let _ = self.known.opaque.find(token.hash(), &*self.ledger, now).await;
        Ok(OpaqueIssued { token, idle_timeout })
    }

    /// Makes a hash of a lower cost anew, now that the password is known. Where that fails, the next login does it.
    pub(super) async fn renew(
        &self,
        policy: &Policy,
        attempt: &Attempt,
        Credentials { user, hash }: &Credentials,
    ) {
        let Some(cost) = policy.logins.renew_hashes_to.filter(|cost| hash.cost() < *cost) else { return };
        let Ok(renewed) = self.hasher.hash(attempt.password.clone(), cost).await else { return };
        let change = Change::RenewHash { user: user.name.clone(), from: hash.clone(), to: renewed };
        let why = format!("the hash had cost {}, and has {} now", hash.cost().get(), cost.get());
        let record = record(attempt, self.clock.now(), Some(&user.name), Verdict::Allowed, &why);
        let _ = self.ledger.commit(change, Record { action: RENEWAL.to_owned(), ..record }).await;
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

/// Why somebody may not log in, whatever his password.
fn obstacle(
    known: Option<&Credentials>,
    attempt: &Attempt,
    policy: &Policy,
    without_access: WithoutAccess,
) -> Option<&'static str> {
    match known.map(|known| &known.user) {
        None => Some("unknown user"),
        Some(user) if !user.active => Some("deactivated user"),
        Some(user) if !user.api_login && without_access == WithoutAccess::IsRejected => Some(NO_ACCESS),
        Some(user) if !policy.logins.allow_default_passwords && is_default_from_afar(user, attempt) => {
            Some("known default password from elsewhere than loopback")
        }
        Some(_) => None,
    }
}

/// Whether the password is one that everybody would try first, and may have come over the network.
fn is_default_from_afar(user: &User, attempt: &Attempt) -> bool {
    let password = attempt.password.expose();
    let is_default = DEFAULT_PASSWORDS.contains(&password) || password.to_lowercase() == user.name.key();
    is_default && !attempt.is_local
}

fn rejection(
    attempt: &Attempt,
    known: Option<&Credentials>,
    obstacle: Option<&'static str>,
    now: Timestamp,
) -> Record {
    let reason = obstacle.unwrap_or("wrong password");
    record(attempt, now, known.map(|known| &known.user.name), Verdict::Refused, reason)
}

pub(super) fn record(
    attempt: &Attempt,
    time: Timestamp,
    subject: Option<&Username>,
    verdict: Verdict,
    reason: &str,
) -> Record {
    Record {
        time,
        request_id: attempt.request_id.clone(),
        decision_id: (verdict == Verdict::Refused).then(|| attempt.decision_id.clone()),
        subject: subject.map(ToString::to_string),
        address: attempt.address,
        action: "login".to_owned(),
        route: None,
        realm: None,
        verdict,
        reason: reason.to_owned(),
        amendment: None,
    }
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
