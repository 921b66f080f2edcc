//! When what still streams on a permit is to be cut off: at the end of its session, also for want of use, and as soon as its
//! user is no longer who he was.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::permit::Principal;
use portcullis_core::domain::standing::Subject;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::services::known_sessions::KnownSessions;
use portcullis_core::services::policy::LivePolicy;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Knows what may end a session.
pub(crate) struct SessionWatch {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) live: Arc<LivePolicy>,
    /// What is known of sessions.
    pub(crate) known: Arc<KnownSessions>,
    /// What else there is to know.
    pub(crate) ledger: Arc<dyn Ledger>,
    /// Changes whenever another policy is in force.
    pub(crate) changes: watch::Receiver<()>,
    /// Becomes true when the door is about to shut.
    pub(crate) closing: watch::Receiver<bool>,
}

impl SessionWatch {
    /// Comes when whatever streams on a permit is to be cut off: one of this principal, or of nobody. A tunnel has no end
    /// of its own, so the closing of the door is one.
    pub(crate) async fn end_of(&self, principal: Option<Principal>, is_tunnel: bool) {
        let mut closing = self.closing.clone();
        tokio::select! {
            () = self.session_ended(principal) => {}
            _ = closing.wait_for(|closing| *closing), if is_tunnel => {}
        }
    }

    async fn session_ended(&self, principal: Option<Principal>) {
        let Some(principal) = principal else { return pending().await };
        let mut changes = self.changes.clone();
        let replaced = async {
            // Asked at once too: something may have changed since the request was let through.
            while self.is_still_welcome(&principal).await {
                if changes.changed().await.is_err() {
                    return pending().await;
                }
            }
        };
        tokio::select! {
            () = sleep_until(self.instant_of(principal.expires_at)) => {}
            () = self.unused(&principal) => {}
            () = replaced => {}
        }
    }

    /// Comes when the principal's token was not used for its idle timeout, if it has one: each request with it puts that off,
    /// and what streams does not.
    async fn unused(&self, principal: &Principal) {
        let Some(token) = principal.kind.token().filter(|_| principal.kind.idle_timeout().is_some()) else {
            return pending().await;
        };
        // What can't be read is in use no longer.
        while let Ok(Some(known)) = self.known.opaque.find(token, &*self.ledger, self.clock.now()).await {
            sleep_until(self.instant_of(known.ends_at())).await;
        }
    }

    fn instant_of(&self, time: Timestamp) -> Instant {
        let left = time.micros().saturating_sub(self.clock.now().micros());
        Instant::now() + Duration::from_micros(left.try_into().unwrap_or_default())
    }

    /// A token that says nothing and was ended is found nowhere.
    async fn is_open(&self, principal: &Principal) -> bool {
        if self.known.ended.contains(&principal.session) {
            return false;
        }
        let Some(token) = principal.kind.token() else { return true };
        matches!(self.known.opaque.find(token, &*self.ledger, self.clock.now()).await, Ok(Some(_)))
    }

    /// What can't be read is no welcome.
    async fn is_still_welcome(&self, principal: &Principal) -> bool {
        if !self.is_open(principal).await {
            return false;
        }
        // A user may have let a client come in for him: then both must be who they were.
        let of_client = principal.standing.client().map(|client| Subject::Client(client.clone()));
        for before in of_client.iter().chain([&principal.standing.subject]) {
            let now = self.live.current().standing_of(&before.id()).await.ok().flatten();
            if !now.is_some_and(|now| now.subject.is_welcome() && now.subject.stamp() == before.stamp()) {
                return false;
            }
        }
        true
    }
}
