//! The sessions of opaque tokens, kept ready in memory: who shows the token, and until when it is good.
//!
//! A token is good until it was not used for its idle timeout, and in no case longer than its session. That it is used
//! is noted in memory at once, and in the ledger once a minute at the most.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;

use crate::domain::opaque::{OpaqueToken, TokenHash};
use crate::domain::session::{Session, SessionKind};
use crate::domain::time::Timestamp;
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;

/// How many sessions are kept ready.
const READY: usize = 10_000;

/// How long a use may go unwritten.
const UNWRITTEN: Duration = Duration::from_mins(1);

/// A session in use.
#[derive(Debug)]
pub struct InUse {
    session: Session,
    /// Microseconds.
    last_seen_at: AtomicI64,
    written_at: AtomicI64,
}

impl InUse {
    /// How long its use may go unwritten: never so long that it seems to have ended.
    fn unwritten(&self) -> Duration {
        match self.session.kind {
            SessionKind::Opaque { idle_timeout, .. } => UNWRITTEN.min(idle_timeout / 4),
            SessionKind::Jwt => UNWRITTEN,
        }
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// When it ends if it is not used any more.
    pub fn ends_at(&self) -> Timestamp {
        let last = Timestamp::from_micros(self.last_seen_at.load(Ordering::Acquire));
        self.session.ends_at_if_seen(last)
    }
}

/// The sessions of opaque tokens.
pub struct OpaqueSessions {
    ready: Cache<TokenHash, Arc<InUse>>,
}

impl Default for OpaqueSessions {
    fn default() -> Self {
        Self { ready: Cache::new(READY) }
    }
}

impl OpaqueSessions {
    /// The session of a token, if it has not ended by itself. What else may have ended it is for others to know.
    pub async fn find(
        &self,
        token: OpaqueToken,
        ledger: &dyn Ledger,
        now: Timestamp,
    ) -> Result<Option<Arc<InUse>>, StoreError> {
        if let Some(known) = self.ready(token, now) {
            return Ok(Some(known));
        }
        // Where it seems to have ended here, another process may know that it was used.
        let hash = token.hash();
        let Some(session) = ledger.session_of(&hash).await? else { return Ok(None) };
        if session.ends_at() <= now {
            self.ready.remove(&hash);
            return Ok(None);
        }
        Ok(Some(self.keep(hash, session)))
    }

    /// The same as far as it is in memory.
    pub fn ready(&self, token: OpaqueToken, now: Timestamp) -> Option<Arc<InUse>> {
        self.ready.get(&token.hash()).filter(|known| known.ends_at() > now)
    }

    /// Begins the idle timeout again.
    pub fn used(&self, known: &InUse, ledger: &dyn Ledger, now: Timestamp) {
        known.last_seen_at.fetch_max(now.micros(), Ordering::AcqRel);
        let written = known.written_at.load(Ordering::Acquire);
        if now < Timestamp::from_micros(written).plus(known.unwritten()) {
            return;
        }
        let is_ours =
            known.written_at.compare_exchange(written, now.micros(), Ordering::AcqRel, Ordering::Acquire);
        if is_ours.is_ok() {
            ledger.seen(&known.session.id, now);
        }
    }

    fn keep(&self, hash: TokenHash, session: Session) -> Arc<InUse> {
        let seen = session.last_seen_at.micros();
        let known = InUse { session, last_seen_at: AtomicI64::new(seen), written_at: AtomicI64::new(seen) };
        let known = Arc::new(known);
        self.ready.insert(hash, Arc::clone(&known));
        known
    }
}

impl std::fmt::Debug for OpaqueSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpaqueSessions")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::testing::*;
    use super::*;
    use crate::domain::session::SessionId;
    use crate::ports::ledger::MockLedger;

    const IDLE: Duration = Duration::from_mins(30);

    fn token() -> OpaqueToken {
        OpaqueToken::parse("42").unwrap()
    }

    fn session() -> Session {
        Session {
            id: SessionId::from_bytes([1; 16]),
            user: name("admin"),
            kind: SessionKind::Opaque {
                token: token().hash(),
                idle_timeout: IDLE,
                stamp: user("admin", &[]).user.stamp,
            },
            issued_at: NOW,
            last_seen_at: NOW,
            expires_at: NOW.plus(Duration::from_hours(2)),
            address: None,
            agent: None,
        }
    }

    /// A ledger that knows the session, and is asked for it so often.
    fn asked(times: usize) -> MockLedger {
        let mut ledger = MockLedger::new();
        ledger.expect_session_of().times(times).returning(|_| Ok(Some(session())));
        ledger
    }

    #[tokio::test]
    async fn a_token_that_is_used_stays_good_until_its_session_is_too_old() {
        let (sessions, mut ledger) = (OpaqueSessions::default(), asked(1));
        ledger.expect_seen().return_const(());
        let mut now = NOW;
        for _ in 0..4 {
            now = now.plus(Duration::from_mins(29));
            let known = sessions.find(token(), &ledger, now).await.unwrap().unwrap();
            sessions.used(&known, &ledger, now);
        }
        let known = sessions.find(token(), &ledger, now).await.unwrap().unwrap();
        assert_eq!(known.ends_at(), session().expires_at);
        ledger.expect_session_of().returning(|_| Ok(Some(session())));
        let late = session().expires_at;
        assert!(sessions.find(token(), &ledger, late).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_token_that_is_not_used_is_dead_after_its_idle_timeout() {
        let (sessions, ledger) = (OpaqueSessions::default(), asked(3));
        let just_before = NOW.plus(IDLE.saturating_sub(Duration::from_micros(1)));
        assert!(sessions.find(token(), &ledger, just_before).await.unwrap().is_some());
        assert!(sessions.find(token(), &ledger, NOW.plus(IDLE)).await.unwrap().is_none());
        assert!(sessions.find(token(), &ledger, NOW.plus(IDLE)).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_use_is_written_once_a_minute() {
        let written: Arc<Mutex<Vec<Timestamp>>> = Arc::default();
        let (sessions, mut ledger) = (OpaqueSessions::default(), asked(1));
        let log = Arc::clone(&written);
        ledger.expect_seen().returning(move |_, at| log.lock().unwrap().push(at));
        for second in [1, 59, 60, 61, 119, 120] {
            let now = NOW.plus(Duration::from_secs(second));
            let known = sessions.find(token(), &ledger, now).await.unwrap().unwrap();
            sessions.used(&known, &ledger, now);
        }
        let minutes = [60, 120].map(|second| NOW.plus(Duration::from_secs(second)));
        assert_eq!(*written.lock().unwrap(), minutes);
    }

    #[tokio::test]
    async fn a_token_that_nobody_has_is_no_error_and_not_remembered() {
        let (sessions, mut ledger) = (OpaqueSessions::default(), MockLedger::new());
        ledger.expect_session_of().times(2).returning(|_| Ok(None));
        for _ in 0..2 {
            assert!(sessions.find(token(), &ledger, NOW).await.unwrap().is_none());
        }
        let mut ledger = MockLedger::new();
        ledger.expect_session_of().returning(|_| Err(unavailable()));
        assert!(sessions.find(token(), &ledger, NOW).await.is_err());
    }
}
