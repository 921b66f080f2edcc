//! When what still streams on a permit is to be cut off: at the end of its session, and as soon as its user is no longer
//! who he was.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::permit::{Permit, Principal};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_core::services::ended_sessions::EndedSessions;
use portcullis_core::services::policy::LivePolicy;
use portcullis_gateway::SessionEnd;
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
    /// The end of whatever streams on this permit. A tunnel has no end of its own, so the closing of the door is one.
    pub(crate) fn end_of(&self, permit: &Permit, is_tunnel: bool) -> Option<SessionEnd> {
        let session = permit.principal().cloned().map(|principal| self.end_of_session(principal));
        let mut closing = self.closing.clone();
        match (session, is_tunnel) {
            (None, false) => None,
            (Some(session), false) => Some(SessionEnd::when(session)),
            (None, true) => {
                Some(SessionEnd::when(async move { drop(closing.wait_for(|closing| *closing).await) }))
            }
            (Some(session), true) => Some(SessionEnd::when(async move {
                tokio::select! {
                    () = session => {}
                    _ = closing.wait_for(|closing| *closing) => {}
                }
            })),
        }
    }

    fn end_of_session(&self, principal: Principal) -> impl Future<Output = ()> + Send + 'static {
        let (live, ended) = (Arc::clone(&self.live), Arc::clone(&self.ended));
        let mut changes = self.changes.clone();
        let expiry = self.instant_of(principal.expires_at);
        async move {
            let replaced = async {
                while changes.changed().await.is_ok() {
                    if ended.contains(&principal.session) || !is_still_welcome(&live, &principal).await {
                        return;
                    }
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = sleep_until(expiry) => {}
                () = replaced => {}
            }
        }
    }

    fn instant_of(&self, time: Timestamp) -> Instant {
        let left = time.micros().saturating_sub(self.clock.now().micros());
        Instant::now() + Duration::from_micros(left.try_into().unwrap_or_default())
    }
}

/// What can't be read is no welcome.
async fn is_still_welcome(live: &LivePolicy, principal: &Principal) -> bool {
    let before = &principal.standing.user;
    let now = live.current().standing(&before.name).await;
    matches!(now, Ok(Some(now)) if now.user.is_welcome() && now.user.stamp == before.stamp)
}
