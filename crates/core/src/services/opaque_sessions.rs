//! The sessions of opaque and of personal tokens, kept ready in memory: who shows the token, and until when it is good.
//!
//! An opaque token is good until it was not used for its idle timeout, and no token longer than its session. That it is
//! used is noted in memory at once, and in the ledger once a minute at the most.
//!
//! A token that was ended is found nowhere: not in the ledger, and here it is forgotten. So that nobody brings it back who
//! read it just before, nothing is kept that was read before the last one was forgotten.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use quick_cache::sync::Cache;

use crate::domain::opaque::TokenHash;
use crate::domain::session::Session;
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;

/// How many sessions are kept ready.
const READY: usize = 10_000;

/// How often a token is read anew because others were forgotten meanwhile, which hardly ever happens twice. Without an end
/// to it, many who log out could keep one who comes from ever being answered.
const TRIES: usize = 16;

/// How long a use may go unwritten.
const UNWRITTEN: Duration = Duration::from_mins(1);

/// A session in use.
#[derive(Debug)]
pub struct InUse {
    session: Session,
    /// What its token gives of what its user holds, if it is for less.
    limited: ArcSwapOption<Limited>,
    /// Microseconds.
    last_seen_at: AtomicI64,
    written_at: AtomicI64,
}

/// What a personal token gives of what its owner holds.
#[derive(Debug)]
struct Limited {
    owner: Arc<Standing>,
    token: Arc<Standing>,
}

impl InUse {
    fn new(session: Session) -> Self {
        let seen = session.last_seen_at.micros();
        let (last_seen_at, written_at) = (AtomicI64::new(seen), AtomicI64::new(seen));
        Self { session, limited: ArcSwapOption::empty(), last_seen_at, written_at }
    }

    /// What its token gives of what its user holds now. Found out once for as long as he is not read anew.
    pub fn limit(&self, owner: Arc<Standing>) -> Arc<Standing> {
        let Some(personal) = self.session.kind.personal() else { return owner };
        let known = self.limited.load_full().filter(|known| Arc::ptr_eq(&known.owner, &owner));
        if let Some(known) = known {
            return Arc::clone(&known.token);
        }
        let token = Arc::new(owner.limited_to(&personal.limits));
        self.limited.store(Some(Arc::new(Limited { owner, token: Arc::clone(&token) })));
        token
    }

    /// How long its use may go unwritten: never so long that it seems to have ended.
    fn unwritten(&self) -> Duration {
        let timeout = self.session.kind.idle_timeout();
        timeout.map_or(UNWRITTEN, |idle_timeout| UNWRITTEN.min(idle_timeout / 4))
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

/// The sessions of tokens that say nothing.
pub struct OpaqueSessions {
    ready: Cache<TokenHash, Arc<InUse>>,
    /// Counts how often any was forgotten. Held while one is kept or forgotten, never while a request is decided on.
    forgotten: Mutex<u64>,
}

impl Default for OpaqueSessions {
    fn default() -> Self {
        Self { ready: Cache::new(READY), forgotten: Mutex::default() }
    }
}

impl OpaqueSessions {
    /// The session of a token, if it has not ended by itself. What else may have ended it is for others to know.
    pub async fn find(
        &self,
        token: TokenHash,
        ledger: &dyn Ledger,
        now: Timestamp,
    ) -> Result<Option<Arc<InUse>>, StoreError> {
        if let Some(known) = self.ready(token, now) {
            return Ok(Some(known));
        }
        for _ in 0..TRIES {
            let before = *self.forgotten();
            // Where it seems to have ended here, another process may know that it was used.
            let session = ledger.session_of(&token).await?.filter(|session| session.ends_at() > now);
            let Some(session) = session else {
                self.ready.remove(&token);
                return Ok(None);
            };
            // If any was forgotten meanwhile, it may be this one: what was read is not to be believed then.
            if let Some(known) = self.keep(token, session, before) {
                return Ok(Some(known));
            }
        }
        Err(StoreError::Unavailable("sessions end faster than this one can be read".into()))
    }

    /// The same as far as it is in memory.
    pub fn ready(&self, token: TokenHash, now: Timestamp) -> Option<Arc<InUse>> {
        self.ready.get(&token).filter(|known| known.ends_at() > now)
    }

    /// Reads a token anew when it is shown the next time.
    pub fn forget(&self, token: TokenHash) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.ready.remove(&token);
    }

    /// Reads every token anew.
    pub fn forget_all(&self) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.ready.clear();
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

    /// Keeps what was read, unless any was forgotten since then.
    fn keep(&self, token: TokenHash, session: Session, read_at: u64) -> Option<Arc<InUse>> {
        let known = Arc::new(InUse::new(session));
        let forgotten = self.forgotten();
        if *forgotten != read_at {
            return None;
        }
        self.ready.insert(token, Arc::clone(&known));
        Some(known)
    }

    /// A count is whole, whatever a panic elsewhere left behind.
    fn forgotten(&self) -> MutexGuard<'_, u64> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
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
    use crate::domain::limits::Limits;
    use crate::domain::personal::{Personal, TokenName};
    use crate::domain::role::RoleBook;
    use crate::domain::session::{SessionId, SessionKind};
    use crate::ports::ledger::MockLedger;

    const IDLE: Duration = Duration::from_mins(30);

    fn token() -> TokenHash {
        TokenHash::of_sent("42").unwrap()
    }

    fn session() -> Session {
        Session {
            id: SessionId::from_bytes([1; 16]),
            user: name("admin"),
            kind: SessionKind::Opaque {
                token: token(),
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

    #[test]
    fn a_use_of_one_that_would_end_within_minutes_is_written_sooner() {
        let SessionKind::Opaque { token, stamp, .. } = session().kind else { unreachable!("it is one") };
        let kind = SessionKind::Opaque { token, stamp, idle_timeout: Duration::from_secs(40) };
        let (known, mut ledger) = (InUse::new(Session { kind, ..session() }), MockLedger::new());
        let at = |second| NOW.plus(Duration::from_secs(second));
        ledger.expect_seen().withf(move |_, seen| *seen == at(10)).times(1).return_const(());
        for second in [9, 10, 19] {
            OpaqueSessions::default().used(&known, &ledger, at(second));
        }
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

    #[tokio::test]
    async fn a_token_that_was_ended_while_it_was_read_is_not_brought_back() {
        let sessions = Arc::new(OpaqueSessions::default());
        let (mut ledger, reads) = (MockLedger::new(), Mutex::new(0));
        let ending = Arc::clone(&sessions);
        ledger.expect_session_of().times(2).returning(move |_| {
            let mut reads = reads.lock().unwrap();
            *reads += 1;
            // The first read is of before the end.
            ending.forget(token());
            Ok((*reads == 1).then(session))
        });
        assert!(sessions.find(token(), &ledger, NOW).await.unwrap().is_none());
        assert!(sessions.ready(token(), NOW).is_none());
    }

    #[tokio::test]
    async fn whoever_is_read_while_others_end_again_and_again_is_not_read_for_ever() {
        let sessions = Arc::new(OpaqueSessions::default());
        let (mut ledger, ending) = (MockLedger::new(), Arc::clone(&sessions));
        ledger.expect_session_of().returning(move |_| {
            ending.forget(TokenHash::from_bytes([9; 32]));
            Ok(Some(session()))
        });
        assert!(sessions.find(token(), &ledger, NOW).await.is_err());
    }

    #[test]
    fn a_personal_token_gives_what_it_is_for_of_what_its_owner_holds_now() {
        let owner =
            |roles: &[&str]| Arc::new(Standing::new(user("admin", roles).user, &RoleBook::built_in()));
        let (viewer, admin) = (owner(&["viewer"]), owner(&["admin"]));
        let personal = Personal {
            token: token(),
            stamp: admin.subject.stamp(),
            name: TokenName::parse("nightly").unwrap(),
            limits: Arc::new(Limits::of(&viewer.held)),
            allow_from: Box::default(),
        };
        let known = InUse::new(Session { kind: SessionKind::Personal(Arc::new(personal)), ..session() });
        let given = known.limit(Arc::clone(&admin));
        assert_eq!(given.rights(), viewer.rights());
        assert!(Arc::ptr_eq(&given, &known.limit(admin)), "it was found out twice");
        assert!(known.limit(owner(&[])).rights().is_empty());
    }

    #[tokio::test]
    async fn what_is_forgotten_is_read_anew() {
        let sessions = OpaqueSessions::default();
        let ledger = asked(3);
        for forget in [|of: &OpaqueSessions| of.forget(token()), OpaqueSessions::forget_all] {
            assert!(sessions.find(token(), &ledger, NOW).await.unwrap().is_some());
            assert!(sessions.ready(token(), NOW).is_some());
            forget(&sessions);
            assert!(sessions.ready(token(), NOW).is_none());
        }
        assert!(sessions.find(token(), &ledger, NOW).await.unwrap().is_some());
    }
}
