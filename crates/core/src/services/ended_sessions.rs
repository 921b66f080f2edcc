//! The sessions that were ended before their time, in memory: looked at by every request, so it is small and quick.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::domain::session::{EndedSession, SessionId};
use crate::domain::time::Timestamp;

/// How many are remembered: some twenty megabytes at most.
const MOST: usize = 100_000;

/// There is no room: the session's user has to be told apart by his generation instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// Sessions whose tokens would be good, but for their end.
#[derive(Debug)]
pub struct EndedSessions {
    most: usize,
    /// How many there are, so that most requests need no lock.
    count: AtomicUsize,
    sessions: RwLock<HashMap<SessionId, Timestamp>>,
}

impl Default for EndedSessions {
    fn default() -> Self {
        Self::with_room_for(MOST)
    }
}

impl EndedSessions {
    /// None yet, and room for so many.
    pub fn with_room_for(most: usize) -> Self {
        Self { most, count: AtomicUsize::new(0), sessions: RwLock::default() }
    }

    /// Whether a session was ended.
    pub fn contains(&self, id: &SessionId) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.read().contains_key(id)
    }

    /// Remembers that a session was ended, until its token has expired; what has expired by `now` makes room.
    pub fn insert(&self, ended: &EndedSession, now: Timestamp) -> Result<(), Full> {
        let mut sessions = self.write();
        if sessions.len() >= self.most && !sessions.contains_key(&ended.id) {
            sessions.retain(|_, expires_at| *expires_at > now);
        }
        let has_room = sessions.len() < self.most || sessions.contains_key(&ended.id);
        if has_room {
            // Whoever logs out shows one token of perhaps several, and not always the one that lasts longest.
            let until = sessions.entry(ended.id.clone()).or_insert(ended.expires_at);
            *until = ended.expires_at.max(*until);
        }
        self.count.store(sessions.len(), Ordering::Release);
        if has_room { Ok(()) } else { Err(Full) }
    }

    /// Forgets one that nobody can show a token of any more.
    pub fn remove(&self, id: &SessionId) {
        let mut sessions = self.write();
        sessions.remove(id);
        self.count.store(sessions.len(), Ordering::Release);
    }

    /// Forgets those whose tokens have expired by `now`.
    pub fn sweep(&self, now: Timestamp) {
        let mut sessions = self.write();
        sessions.retain(|_, expires_at| *expires_at > now);
        self.count.store(sessions.len(), Ordering::Release);
    }

    /// What a panic elsewhere left behind is whole: each change is one call of the map.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<SessionId, Timestamp>> {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<SessionId, Timestamp>> {
        self.sessions.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::Username;

    fn ended(number: u8, expires_at: i64) -> EndedSession {
        EndedSession {
            id: SessionId::from_bytes([number; 16]),
            subject: Username::parse("admin").unwrap().into(),
            expires_at: Timestamp::from_seconds(expires_at),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_session_stays_ended_until_its_token_has_expired() {
        let sessions = EndedSessions::default();
        assert!(!sessions.contains(&ended(1, 0).id));
        sessions.insert(&ended(1, 10), at(0)).unwrap();
        assert!(sessions.contains(&ended(1, 0).id) && !sessions.contains(&ended(2, 0).id));
        sessions.insert(&ended(3, 10), at(0)).unwrap();
        sessions.remove(&ended(3, 0).id);
        assert!(!sessions.contains(&ended(3, 0).id));
        sessions.sweep(at(9));
        assert!(sessions.contains(&ended(1, 0).id));
        sessions.sweep(at(10));
        assert!(!sessions.contains(&ended(1, 0).id));
    }

    #[test]
    fn a_session_is_known_to_be_ended_for_the_longest_time_that_was_said() {
        let sessions = EndedSessions::default();
        sessions.insert(&ended(1, 20), at(0)).unwrap();
        sessions.insert(&ended(1, 10), at(0)).unwrap();
        sessions.sweep(at(19));
        assert!(sessions.contains(&ended(1, 0).id));
    }

    #[test]
    fn a_full_set_says_so_and_forgets_nobody_whose_token_is_still_good() {
        let sessions = EndedSessions::with_room_for(2);
        sessions.insert(&ended(1, 10), at(0)).unwrap();
        sessions.insert(&ended(2, 20), at(0)).unwrap();
        assert_eq!(sessions.insert(&ended(3, 30), at(9)), Err(Full));
        sessions.insert(&ended(2, 20), at(9)).unwrap();
        assert!(sessions.contains(&ended(1, 0).id) && sessions.contains(&ended(2, 0).id));
        sessions.insert(&ended(3, 30), at(10)).unwrap();
        assert!(!sessions.contains(&ended(1, 0).id) && sessions.contains(&ended(3, 0).id));
    }
}
