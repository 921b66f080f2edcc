//! Sessions in memory: those that are open, bounded, and those that were ended, until their tokens have expired.

use std::collections::{HashMap, VecDeque};

use portcullis_core::domain::directory::Page;
use portcullis_core::domain::session::{EndedSession, Generation, Session, SessionId, Whose};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::{Changed, Ended, FeedPlace};

/// The sessions of one process.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    capacity: usize,
    open: HashMap<SessionId, Session>,
    /// In the order in which they were opened; some may have ended since.
    opened: VecDeque<SessionId>,
    ended: HashMap<SessionId, EndedSession>,
    /// Of users whose sessions were ended all at once. Never forgotten: there are as many as users at most.
    generations: HashMap<Username, u64>,
    everybody: u64,
    /// The place of the newest change.
    newest: FeedPlace,
    feed: VecDeque<Changed>,
}

impl Sessions {
    /// None yet; of the open ones and of the changes at most `capacity` are kept.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// Opens a session, unless one of this name was ended.
    pub(crate) fn open(&mut self, session: Session) {
        let id = session.id.clone();
        if self.ended.contains_key(&id) {
            return;
        }
        if self.open.insert(id.clone(), session).is_none() {
            self.opened.push_back(id);
        }
        while self.opened.len() > self.capacity {
            self.opened.pop_front().and_then(|oldest| self.open.remove(&oldest));
        }
    }

    /// Ends a session, and forgets the ended ones whose tokens have expired by now.
    pub(crate) fn end(&mut self, ended: EndedSession, now: Timestamp) {
        self.open.remove(&ended.id);
        self.ended.retain(|_, ended| ended.expires_at > now);
        let is_known_as_long = |known: &EndedSession| known.expires_at >= ended.expires_at;
        if !self.ended.get(&ended.id).is_some_and(is_known_as_long) {
            self.ended.insert(ended.id.clone(), ended.clone());
            self.tell(Changed::Session(ended));
        }
    }

    pub(crate) fn end_all(&mut self, whose: Whose) {
        match whose {
            Whose::Everybody => {
                self.everybody += 1;
                self.open.clear();
                self.tell(Changed::EveryUser);
            }
            Whose::Users(users) => {
                self.open.retain(|_, session| !users.contains(&session.user));
                for user in users {
                    *self.generations.entry(user.clone()).or_default() += 1;
                    self.tell(Changed::User(user));
                }
            }
        }
        let Self { open, opened, .. } = self;
        opened.retain(|id| open.contains_key(id));
    }

    pub(crate) fn get(&self, id: &SessionId) -> Option<Session> {
        self.open.get(id).cloned()
    }

    pub(crate) fn list(&self, of: Option<&Username>, now: Timestamp, page: Page) -> Vec<Session> {
        let is_asked_for =
            |session: &&Session| session.expires_at > now && of.is_none_or(|user| session.user == *user);
        let mut sessions: Vec<&Session> = self.open.values().filter(is_asked_for).collect();
        sessions.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
        page.of(sessions.into_iter(), |session| session.id.as_str()).into_iter().cloned().collect()
    }

    pub(crate) fn generation(&self, user: &Username) -> Generation {
        let of_user = self.generations.get(user).copied().unwrap_or_default();
        Generation { user: of_user, everybody: self.everybody }
    }

    pub(crate) fn ended(&self, now: Timestamp) -> Ended {
        let sessions = self.ended.values().filter(|ended| ended.expires_at > now).cloned().collect();
        Ended { sessions, place: self.newest }
    }

    pub(crate) fn changes(&self, after: FeedPlace, limit: usize) -> Vec<(FeedPlace, Changed)> {
        let forgotten = self.newest.0 - self.feed.len() as u64;
        if after.0 < forgotten || after > self.newest {
            return vec![(self.newest, Changed::TooMuch)];
        }
        let places = (forgotten + 1..).map(FeedPlace);
        let later = places.zip(self.feed.iter().cloned()).filter(|(place, _)| *place > after);
        later.take(limit).collect()
    }

    fn tell(&mut self, changed: Changed) {
        self.newest = FeedPlace(self.newest.0 + 1);
        self.feed.push_back(changed);
        if self.feed.len() > self.capacity {
            self.feed.pop_front();
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.opened.len()
    }
}
