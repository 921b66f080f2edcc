//! A refresh token for the next access token and the next refresh token (RFC 6749 6): once. One that was used before ends
//! whatever came of it, since then two have it, and nobody knows which of them is the thief (RFC 9700 4.14.2).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::client_auth::KnownClient;
use super::granted::Granted;
use super::scope::granted;
use crate::domain::delegation::Delegation;
use crate::domain::record::{Record, Verdict};
use crate::domain::refresh::{Family, RefreshPolicy, RefreshToken, Rotation};
use crate::domain::refusal::{Refusal, Unauthenticated};
use crate::domain::session::Session;
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::token::Claims;
use crate::domain::user::Username;
use crate::ports::clock::Clock;
use crate::ports::entropy::{Entropy, EntropyError};
use crate::ports::ledger::{Change, CommitError};
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::SignError;
use crate::services::issuing::{claims_in, random};
use crate::services::policy::{LivePolicy, Policy};
use crate::services::sessions::{Sessions, SessionsError};
use crate::services::throttle::Held;
use crate::services::token_reader::{TokenReader, delegated, welcome};

/// What the record calls it.
const REFRESH: &str = "token.refresh";
/// What the record calls it when a token is used twice.
const REUSE: &str = "token.reuse";

/// Somebody shows a refresh token. Never printed.
pub struct RefreshAttempt {
    /// What he shows; perhaps no token at all.
    pub token: String,
    /// The rights that he wants; all that the token is for, if he does not say.
    pub scope: Option<String>,
    /// The client that he is, if he is one.
    pub client: Option<KnownClient>,
    /// Where he is.
    pub address: Option<IpAddr>,
    /// The request that he does it with.
    pub request_id: String,
    /// The id under which he, and the record, know the refusal, if it comes to one.
    pub decision_id: String,
}

impl std::fmt::Debug for RefreshAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshAttempt").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

/// Why there is no next token.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Unknown, used before, ended, or another client's: nobody outside learns which.
    #[error("the refresh token is not good")]
    Rejected,
    /// It is a client's, and nobody said that he is one.
    #[error("the refresh token is a client's")]
    OfAClient,
    /// More is asked for than it is for.
    #[error("more is asked for than the refresh token is for")]
    Scope,
    /// Too many were shown that nobody has.
    #[error("too many failed attempts")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// What is known of it could not be read.
    #[error("the refresh token could not be looked up")]
    Store(#[from] StoreError),
    /// It could not be recorded, so nothing was done.
    #[error("the exchange could not be recorded")]
    Ledger(#[from] CommitError),
    /// The session could not be ended.
    #[error("the session could not be ended")]
    Sessions(#[from] SessionsError),
    /// No next token could be drawn.
    #[error("no token could be drawn")]
    Entropy(#[from] EntropyError),
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Sign(#[from] SignError),
}

/// Exchanges refresh tokens.
pub struct RefreshGrant {
    live: Arc<LivePolicy>,
    reader: TokenReader,
    sessions: Sessions,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl RefreshGrant {
    /// An exchange of the tokens whose families the ledger of `reader` keeps, under the policies of `live`.
    pub fn new(
        live: Arc<LivePolicy>,
        reader: TokenReader,
        sessions: Sessions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { live, reader, sessions, clock, entropy }
    }

    /// Exchanges a refresh token.
    pub async fn exchange(&self, attempt: RefreshAttempt) -> Result<Granted, RefreshError> {
        let policy =
            attempt.client.as_ref().map_or_else(|| self.live.current(), |known| known.policy.clone());
        let now = self.clock.now();
        let Some((shown, session, family)) = self.find(&attempt.token).await? else {
            return Err(self.count_guess(&attempt, &policy, now));
        };
        self.check_its(&attempt, &family, &session, policy.logins.refresh)?;
        if self.reader.known().ended.contains(&session.id) || session.expires_at <= now {
            return Err(self.rejected(&attempt, &session.user, "its session has ended"));
        }
        if family.present != shown.hash() {
            return Err(self.end_family(&attempt, &session).await);
        }
        let standing = self.standing(&attempt, &policy, &session, &family).await?;
        let delegation = narrowed(&attempt, &family, &standing);
        let delegation = delegation.map_err(|Beyond| self.beyond(&attempt, &session.user))?;
        let claims = self.claims(&attempt, &policy, &session, &standing, delegation.clone(), now)?;
        let token = self.reader.codec().sign(&claims)?;
        let next = shown.next(random(&*self.entropy)?);
        let (family, from, to) = (shown.family(), shown.hash(), next.hash());
        self.rotate(&attempt, &session, Rotation { family, from, to, at: now }).await?;
        Ok(Granted::to_user(token, claims.lifetime(), next, delegation.as_ref()))
    }

    /// The token, with the session and the family that it is of.
    async fn find(&self, token: &str) -> Result<Option<(RefreshToken, Session, Family)>, StoreError> {
        let Some(shown) = RefreshToken::parse(token) else { return Ok(None) };
        let known = self.reader.ledger().family(&shown.family()).await?;
        Ok(known.map(|(session, family)| (shown, session, family)))
    }

    /// A token that nobody has. Whoever shows many is not listened to for a while, unless one that he shows is good. A client
    /// that has shown its secret does not guess: it has the tokens of many, and some that have ended.
    fn count_guess(&self, attempt: &RefreshAttempt, policy: &Policy, now: Timestamp) -> RefreshError {
        if attempt.client.is_some() {
            self.note(attempt, None, "unknown refresh token");
            return RefreshError::Rejected;
        }
        let (guesses, throttle) = (&self.reader.known().guesses, &policy.logins.throttle);
        if let Err(Held(retry_after)) = guesses.check_guesser(attempt.address, throttle, now) {
            self.note(attempt, None, "too many failed attempts");
            return RefreshError::Throttled { retry_after };
        }
        guesses.count_guess(attempt.address, throttle, now);
        self.note(attempt, None, "unknown refresh token");
        RefreshError::Rejected
    }

    /// Whether the token was given to whoever shows it, and such tokens are still good for anything. Whose it is not can
    /// neither use it nor end it.
    fn check_its(
        &self,
        attempt: &RefreshAttempt,
        family: &Family,
        session: &Session,
        given: RefreshPolicy,
    ) -> Result<(), RefreshError> {
        let why = match (&family.delegation, &attempt.client) {
            (Some(Delegation { client, .. }), Some(known)) if client == known.id() => {
                if given.password_grant {
                    return Ok(());
                }
                "such refresh tokens are not given any more"
            }
            (None, None) if given.after_login => return Ok(()),
            (None, None) => "such refresh tokens are not given any more",
            (Some(_), None) => {
                self.note(attempt, Some(&session.user), "a client's refresh token, without the client");
                return Err(RefreshError::OfAClient);
            }
            (Some(_), Some(_)) => "a refresh token of another client",
            (None, Some(_)) => "a refresh token of no client",
        };
        Err(self.rejected(attempt, &session.user, why))
    }

    /// How the user, and the client that he logged in through, stand now, if they are still who they were then.
    async fn standing(
        &self,
        attempt: &RefreshAttempt,
        policy: &Policy,
        session: &Session,
        family: &Family,
    ) -> Result<Arc<Standing>, RefreshError> {
        let found = match &family.delegation {
            None => welcome(policy, &session.user).await,
            Some(delegation) => delegated(policy, &session.user, &delegation.client).await,
        };
        let standing = match found {
            Ok(standing) if standing.stamp() == family.stamp => return Ok(standing),
            Ok(_) => Unauthenticated::Superseded.to_string(),
            Err(Refusal::Unavailable(error)) => return Err(error.into()),
            Err(refusal) => refusal.to_string(),
        };
        Err(self.rejected(attempt, &session.user, &standing))
    }

    fn claims(
        &self,
        attempt: &RefreshAttempt,
        policy: &Policy,
        session: &Session,
        standing: &Standing,
        delegation: Option<Delegation>,
        now: Timestamp,
    ) -> Result<Claims, EntropyError> {
        let own = attempt.client.as_ref().and_then(|known| known.client.token_ttl);
        let lifetime = own.unwrap_or(policy.tokens.ttl);
        claims_in(session, policy, standing, delegation, lifetime, now, &*self.entropy)
    }

    /// Puts the next token in the place of the one that was shown. Of many who do so at once one is first; the others have
    /// used it after him. It is of the time at which the session was looked at, so that a session that expires in between is
    /// not taken for a token that was used twice.
    async fn rotate(
        &self,
        attempt: &RefreshAttempt,
        session: &Session,
        rotation: Rotation,
    ) -> Result<(), RefreshError> {
        let record = self.record(attempt, Some(&session.user), REFRESH, Verdict::Allowed, "done");
        match self.reader.ledger().commit(Change::Rotate(rotation), record).await {
            Ok(_) => Ok(()),
            Err(CommitError::Stale) if self.reader.ledger().family(&rotation.family).await?.is_some() => {
                Err(self.end_family(attempt, session).await)
            }
            Err(CommitError::Stale) => Err(self.rejected(attempt, &session.user, "its session has ended")),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends all that came of the login, since somebody showed a token that was used before.
    async fn end_family(&self, attempt: &RefreshAttempt, session: &Session) -> RefreshError {
        let why = "a refresh token was used twice: its session was ended";
        let record = self.record(attempt, Some(&session.user), REUSE, Verdict::Refused, why);
        match self.sessions.end_misused(session, record).await {
            Ok(()) => RefreshError::Rejected,
            Err(error) => error.into(),
        }
    }

    fn beyond(&self, attempt: &RefreshAttempt, user: &Username) -> RefreshError {
        self.note(attempt, Some(user), "more is asked for than the refresh token is for");
        RefreshError::Scope
    }

    fn rejected(&self, attempt: &RefreshAttempt, user: &Username, why: &str) -> RefreshError {
        self.note(attempt, Some(user), why);
        RefreshError::Rejected
    }

    fn note(&self, attempt: &RefreshAttempt, user: Option<&Username>, why: &str) {
        self.reader.ledger().note(self.record(attempt, user, REFRESH, Verdict::Refused, why));
    }

    fn record(
        &self,
        attempt: &RefreshAttempt,
        user: Option<&Username>,
        action: &str,
        verdict: Verdict,
        reason: &str,
    ) -> Record {
        let by = attempt.client.as_ref().map(|known| format!(", shown by client:{}", known.id()));
        Record {
            time: self.clock.now(),
            request_id: attempt.request_id.clone(),
            decision_id: (verdict == Verdict::Refused).then(|| attempt.decision_id.clone()),
            subject: user.map(ToString::to_string),
            address: attempt.address,
            action: action.to_owned(),
            route: None,
            realm: None,
            verdict,
            reason: format!("{reason}{}", by.unwrap_or_default()),
            amendment: None,
        }
    }
}

impl std::fmt::Debug for RefreshGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshGrant")
    }
}

/// More is asked for than there is.
struct Beyond;

/// What the next access token is for: what is asked for of what the login was for, as far as it is still held. A login
/// token is for all that its user holds, and can't be for less.
fn narrowed(
    attempt: &RefreshAttempt,
    family: &Family,
    standing: &Standing,
) -> Result<Option<Delegation>, Beyond> {
    let Some(Delegation { client, scope }) = &family.delegation else {
        return if attempt.scope.is_none() { Ok(None) } else { Err(Beyond) };
    };
    let left = standing.narrowed_to(scope);
    let held = left.as_ref().unwrap_or(standing).rights();
    let scope = granted(&held, attempt.scope.as_deref()).ok_or(Beyond)?;
    Ok(Some(Delegation { client: client.clone(), scope }))
}

#[cfg(test)]
#[path = "refresh_grant_tests.rs"]
mod tests;
