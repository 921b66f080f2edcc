//! When what still streams on a permit is to be cut off: at the end of its session, and as soon as its user is no longer
//! who he was.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::permit::Principal;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_core::services::ended_sessions::EndedSessions;
use portcullis_core::services::policy::LivePolicy;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Knows what may end a session.
pub(crate) struct SessionWatch {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) live: Arc<LivePolicy>,
    /// The sessions that were ended before their time.
    pub(crate) ended: Arc<EndedSessions>,
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
            () = replaced => {}
        }
    }

    fn instant_of(&self, time: Timestamp) -> Instant {
        let left = time.micros().saturating_sub(self.clock.now().micros());
        Instant::now() + Duration::from_micros(left.try_into().unwrap_or_default())
    }

    /// What can't be read is no welcome.
    async fn is_still_welcome(&self, principal: &Principal) -> bool {
        if self.ended.contains(&principal.session) {
            return false;
        }
        let before = &principal.standing.subject;
        let now = self.live.current().standing_of(&before.id()).await.ok().flatten();
        now.is_some_and(|now| now.subject.is_welcome() && now.subject.stamp() == before.stamp())
    }
}
