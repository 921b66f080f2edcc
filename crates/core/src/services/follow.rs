//! Follows the ledger's feed, so that what is kept in memory is never older than the last change: of this process at
//! once, of another one as soon as it was asked for.

use std::sync::{Arc, Mutex, PoisonError};

use super::actor::Actor;
use super::ended_sessions::{EndedSessions, Full};
use super::policy::LivePolicy;
use crate::domain::client::SubjectId;
use crate::domain::record::Amendment;
use crate::domain::role::Role;
use crate::domain::session::{EndedSession, Whose};
use crate::ports::clock::Clock;
use crate::ports::ledger::{Change, Changed, CommitError, FeedPlace, Ledger};
use crate::ports::store_error::StoreError;

/// How many changes are asked for at a time.
const BATCH: usize = 1_000;

/// Told after something was taken over, for whoever holds what he decided earlier, such as a stream.
pub type OnChange = Box<dyn Fn() + Send + Sync>;

/// Keeps the policy in force and the ended sessions true.
pub struct Follower {
    ledger: Arc<dyn Ledger>,
    live: Arc<LivePolicy>,
    ended: Arc<EndedSessions>,
    clock: Arc<dyn Clock>,
    on_change: OnChange,
    seen: Mutex<Seen>,
}

/// What was taken over so far.
#[derive(Debug, Default)]
struct Seen {
    place: FeedPlace,
    roles: Vec<Role>,
}

impl Follower {
    /// A follower that has taken over nothing yet: [`Follower::begin`] comes first.
    pub fn new(
        ledger: Arc<dyn Ledger>,
        live: Arc<LivePolicy>,
        ended: Arc<EndedSessions>,
        clock: Arc<dyn Clock>,
        on_change: OnChange,
    ) -> Self {
        Self { ledger, live, ended, clock, on_change, seen: Mutex::default() }
    }

    /// Reads what holds now.
    pub async fn begin(&self) -> Result<(), CommitError> {
        let known = self.ledger.ended(self.clock.now()).await?;
        for ended in &known.sessions {
            self.remember(ended).await?;
        }
        self.read_roles().await?;
        self.live.current().forget_everybody();
        self.has_seen(known.place);
        Ok(())
    }

    /// Takes over what has changed since the last time. What was taken over twice, by two who ask at one moment, is as
    /// if it were once.
    pub async fn catch_up(&self) -> Result<(), CommitError> {
        let mut has_news = false;
        loop {
            let batch = self.ledger.changes(self.place(), BATCH).await?;
            let is_last = batch.len() < BATCH;
            for (place, change) in batch {
                self.take_over(change).await?;
                self.has_seen(place);
                has_news = true;
            }
            if is_last {
                break;
            }
        }
        if has_news {
            (self.on_change)();
        }
        Ok(())
    }

    /// The roles that the store keeps, for a policy that is about to come in force.
    pub fn roles(&self) -> Vec<Role> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).roles.clone()
    }

    async fn take_over(&self, change: Changed) -> Result<(), CommitError> {
        match change {
            Changed::User(name) => self.live.current().forget(&name),
            Changed::Client(id) => self.live.current().forget_client(&id),
            Changed::EveryUser => self.live.current().forget_everybody(),
            Changed::Roles => self.read_roles().await?,
            Changed::Session(ended) => self.remember(&ended).await?,
            Changed::TooMuch => Box::pin(self.begin()).await?,
        }
        Ok(())
    }

    async fn read_roles(&self) -> Result<(), StoreError> {
        let policy = self.live.current();
        let roles = policy.users.roles().await?;
        policy.set_store_roles(&roles);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).roles = roles;
        Ok(())
    }

    /// Where there is no room for one more ended session, all sessions of its user, or its client, end.
    async fn remember(&self, ended: &EndedSession) -> Result<(), CommitError> {
        let now = self.clock.now();
        let Err(Full) = self.ended.insert(ended, now) else { return Ok(()) };
        let actor = Actor { subject: "portcullis".to_owned(), address: None, request_id: String::new() };
        let amendment = Amendment {
            object: format!("sessions of {}", ended.subject),
            before: Some("one of them ended, and no room to remember it".to_owned()),
            after: Some("all ended".to_owned()),
        };
        let record = actor.record("sessions.end", now, Some(amendment));
        let whose = match ended.subject.clone() {
            SubjectId::User(name) => Whose::Users(vec![name]),
            SubjectId::Client(id) => Whose::Client(id),
        };
        self.ledger.commit(Change::EndSessions(whose), record).await?;
        let policy = self.live.current();
        match &ended.subject {
            SubjectId::User(name) => policy.forget(name),
            SubjectId::Client(id) => policy.forget_client(id),
        }
        Ok(())
    }

    fn place(&self) -> FeedPlace {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).place
    }

    fn has_seen(&self, place: FeedPlace) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.place = seen.place.max(place);
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Follower")
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
