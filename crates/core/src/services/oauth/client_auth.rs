//! Which client this is: an id and a secret, compared in one time, and slowed down where somebody guesses.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::client::{Client, ClientId, ClientSecret, SecretHash};
use crate::domain::record::{Record, Verdict};
use crate::domain::standing::{Standing, Subject};
use crate::ports::clock::Clock;
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;
use crate::services::actor::Actor;
use crate::services::policy::{LivePolicy, Policy};
use crate::services::throttle::{Held, Throttle};

/// What the record calls it when a client is turned away.
const ACTION: &str = "client.authenticate";

/// Somebody says that he is a client.
#[derive(Debug, Clone)]
pub struct ClientAttempt {
    /// The id that he gave; perhaps nobody's.
    pub client_id: String,
    /// The secret that he gave.
    pub secret: ClientSecret,
    /// Where he is.
    pub address: Option<IpAddr>,
    /// The request that he does it with.
    pub request_id: String,
    /// The id under which he, and the record, know the refusal, if it comes to one.
    pub decision_id: String,
}

/// Why nobody was taken for a client.
#[derive(Debug, thiserror::Error)]
pub enum ClientAuthError {
    /// Unknown, another secret, or from somewhere else: nobody outside learns which.
    #[error("the client was rejected")]
    Rejected,
    /// Too many failed before: in this name, or from this address.
    #[error("too many failed attempts")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// The clients could not be read.
    #[error("the clients could not be read")]
    Store(#[from] StoreError),
}

/// A client that has shown its secret. Only [`ClientAuth`] makes one, so whoever holds one need not ask again.
#[derive(Debug)]
pub struct KnownClient {
    pub(super) policy: Arc<Policy>,
    pub(super) standing: Arc<Standing>,
    pub(super) client: Client,
    /// As the record names it.
    pub(super) actor: Actor,
}

impl KnownClient {
    /// Its id.
    pub fn id(&self) -> &ClientId {
        &self.client.id
    }

    /// The policy by which it was let in.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// Knows clients by their secrets. Failures are counted apart from those of users, so that the ones do not hold up the
/// others.
pub struct ClientAuth {
    live: Arc<LivePolicy>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    throttle: Throttle,
}

impl ClientAuth {
    /// For the clients of `live`.
    pub fn new(live: Arc<LivePolicy>, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { live, ledger, clock, throttle: Throttle::default() }
    }

    /// Which client this is.
    pub async fn admit(&self, attempt: ClientAttempt) -> Result<KnownClient, ClientAuthError> {
        let policy = self.live.current();
        // Before it begins to count: what began must end, and this may fail.
        let known = find(&policy, &attempt.client_id).await?;
        let (throttling, now) = (&policy.logins.throttle, self.clock.now());
        let suspect = self.throttle.suspect(&attempt.client_id, attempt.address, throttling, now);
        if let Err(Held(retry_after)) = self.throttle.begin(suspect, throttling, now) {
            self.refuse(&attempt, None, "too many failed attempts");
            return Err(ClientAuthError::Throttled { retry_after });
        }
        let fault = fault(known.as_ref().map(|(_, client)| client), &attempt);
        self.throttle.end(suspect, throttling, now, fault.is_none());
        match (known, fault) {
            (Some((standing, client)), None) => {
                let ClientAttempt { address, request_id, .. } = attempt;
                let actor = Actor { subject: standing.subject.id().to_string(), address, request_id };
                Ok(KnownClient { policy, standing, client, actor })
            }
            (known, fault) => {
                self.refuse(&attempt, known.map(|(standing, _)| standing), fault.unwrap_or(UNKNOWN));
                Err(ClientAuthError::Rejected)
            }
        }
    }

    fn refuse(&self, attempt: &ClientAttempt, known: Option<Arc<Standing>>, reason: &str) {
        self.ledger.note(Record {
            time: self.clock.now(),
            request_id: attempt.request_id.clone(),
            decision_id: Some(attempt.decision_id.clone()),
            // A name that nobody has is not kept: somebody may have put a secret in its place.
            subject: known.map(|standing| standing.subject.id().to_string()),
            address: attempt.address,
            action: ACTION.to_owned(),
            route: None,
            realm: None,
            verdict: Verdict::Refused,
            reason: reason.to_owned(),
            amendment: None,
        });
    }
}

impl std::fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAuth")
    }
}

const UNKNOWN: &str = "unknown client";

/// What is wrong. An unknown client's secret is compared as well, with one that nobody has.
fn fault(known: Option<&Client>, attempt: &ClientAttempt) -> Option<&'static str> {
    let matches = known.map_or(SecretHash::NOBODY, |client| client.secret).is_of(&attempt.secret);
    match known {
        None => Some(UNKNOWN),
        Some(_) if !matches => Some("wrong secret"),
        Some(client) if !client.may_come_from(attempt.address) => {
            Some("the client may not come from this address")
        }
        Some(_) => None,
    }
}

async fn find(policy: &Policy, id: &str) -> Result<Option<(Arc<Standing>, Client)>, StoreError> {
    let Ok(id) = ClientId::parse(id) else { return Ok(None) };
    let standing = policy.standing_of_client(&id).await?;
    Ok(standing.and_then(|standing| match &standing.subject {
        Subject::Client(client) => {
            let client = client.clone();
            Some((standing, client))
        }
        Subject::User(_) => None,
    }))
}

#[cfg(test)]
#[path = "client_auth_tests.rs"]
mod tests;
