//! Follows the ledger's feed, so that what is kept in memory is never older than the last change: of this process at
//! once, of another one as soon as it was asked for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::actor::Actor;
use super::ended_sessions::Full;
use super::known_sessions::KnownSessions;
use super::owed_ends::OwedEnds;
use super::policy::{LivePolicy, Policy};
use crate::domain::client::SubjectId;
use crate::domain::directory::Revision;
use crate::domain::record::{Amendment, Record};
use crate::domain::role::Role;
use crate::domain::session::{EndedSession, SessionId, Whose};
use crate::domain::time::Timestamp;
use crate::ports::clock::Clock;
use crate::ports::ledger::{Change, Changed, CommitError, FeedPlace, Ledger};
use crate::ports::store_error::StoreError;

/// How many changes are asked for at a time.
const BATCH: usize = 1_000;

/// How long what is in memory is believed while nobody can say whether it still holds. Somebody who was deactivated
/// elsewhere meanwhile is let in for so long at the most.
pub const BELIEVED: Duration = Duration::from_mins(10);

/// How often the ended sessions are forgotten whose tokens have expired.
const SWEEP: Duration = Duration::from_mins(1);

/// Told after something was taken over, for whoever holds what he decided earlier, such as a stream.
pub type OnChange = Box<dyn Fn() + Send + Sync>;

/// Keeps the policy in force, and what is known of sessions, true.
pub struct Follower {
    ledger: Arc<dyn Ledger>,
    live: Arc<LivePolicy>,
    known: Arc<KnownSessions>,
    clock: Arc<dyn Clock>,
    on_change: OnChange,
    seen: Mutex<Seen>,
    owed: OwedEnds,
}

/// What was taken over so far.
#[derive(Debug, Default)]
struct Seen {
    place: FeedPlace,
    roles: Vec<Role>,
    /// How new the roles are at least.
    as_of: Revision,
    /// When the ledger last said all that had changed.
    confirmed_at: Option<Timestamp>,
    /// Whether that is too long ago.
    is_out_of_touch: bool,
    /// When it was last looked for ended sessions whose tokens have expired.
    swept_at: Option<Timestamp>,
}

impl Follower {
    /// A follower that has taken over nothing yet: [`Follower::begin`] comes first.
    pub fn new(
        ledger: Arc<dyn Ledger>,
        live: Arc<LivePolicy>,
        known: Arc<KnownSessions>,
        clock: Arc<dyn Clock>,
        on_change: OnChange,
    ) -> Self {
        let (seen, owed) = (Mutex::default(), OwedEnds::default());
        Self { ledger, live, known, clock, on_change, seen, owed }
    }

    /// Reads what holds now.
    pub async fn begin(&self) -> Result<(), CommitError> {
        self.seen().as_of = Revision::default();
        let now = self.clock.now();
        let known = self.ledger.ended(now).await?;
        for ended in &known.sessions {
            self.remember(ended).await?;
        }
        self.read_roles().await?;
        self.known.opaque.forget_all();
        self.in_force(Policy::forget_everybody);
        self.has_seen(known.place);
        self.is_confirmed(now);
        Ok(())
    }

    /// Takes over what has changed since the last time. What was taken over twice, by two who ask at one moment, is as
    /// if it were once.
    pub async fn catch_up(&self) -> Result<(), CommitError> {
        let now = self.clock.now();
        let caught_up = self.take_over_all().await;
        if caught_up.is_ok() {
            self.is_confirmed(now);
        }
        self.sweep(now);
        if let Err(Behind { has_news: true, .. }) | Ok(true) = caught_up {
            (self.on_change)();
        }
        caught_up.map(|_| ()).map_err(|behind| behind.error)
    }

    /// When what is in memory was last known to hold.
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        self.seen().confirmed_at
    }

    /// Believes nobody from memory if what is there was not confirmed for [`BELIEVED`], and says whether that is so. To be
    /// asked again and again while the ledger can't be followed: whoever could be read meanwhile is believed until then.
    pub fn is_out_of_touch(&self) -> bool {
        let now = self.clock.now();
        let (is_too_long, was_so) = {
            let mut seen = self.seen();
            let is_too_long = seen.confirmed_at.is_none_or(|confirmed| now >= confirmed.plus(BELIEVED));
            (is_too_long, std::mem::replace(&mut seen.is_out_of_touch, is_too_long))
        };
        if is_too_long {
            self.in_force(Policy::forget_everybody);
        }
        if is_too_long && !was_so {
            (self.on_change)();
        }
        is_too_long
    }

    /// Takes over one change after the other, and says whether there was any. One that can't be taken over does not keep
    /// those behind it from being so; it is tried again the next time, and until then nobody is believed from memory.
    async fn take_over_all(&self) -> Result<bool, Behind> {
        let (mut has_news, mut failed, mut place) = (false, None, self.place());
        loop {
            let batch = self.ledger.changes(place, BATCH).await;
            let batch = batch.map_err(|error| Behind { error: error.into(), has_news })?;
            let is_last = batch.len() < BATCH;
            for (at, change) in batch {
                (place, has_news) = (at, true);
                match self.take_over(change).await {
                    Ok(()) if failed.is_none() => self.has_seen(at),
                    Ok(()) => {}
                    Err(error) => {
                        self.in_force(Policy::forget_everybody);
                        failed.get_or_insert(error);
                    }
                }
            }
            if is_last {
                return failed.map_or(Ok(has_news), |error| Err(Behind { error, has_news }));
            }
        }
    }

    /// Puts another policy in force, with the roles that the store keeps. Whoever has it in a second place puts it there in
    /// `publish`: nothing is taken over meanwhile, or it would reach the one policy while requests still go by the other.
    pub fn put_in_force(&self, policy: Arc<Policy>, publish: impl FnOnce()) {
        let seen = self.seen();
        policy.set_store_roles(&seen.roles);
        self.live.replace(policy);
        publish();
    }

    /// Has the policy in force do something, and none other comes in force before it is done.
    fn in_force(&self, act: impl FnOnce(&Policy)) {
        let _seen = self.seen();
        act(&self.live.current());
    }

    /// Ends a session in this process, before anything else is done about it.
    pub fn end_here(&self, ended: &EndedSession) {
        // Where there is no room, what is told by the feed sees to it.
        let _ = self.known.ended.insert(ended, self.clock.now());
    }

    /// Forgets that a session was ended, since the ledger can't find it any more by its token.
    pub fn is_gone(&self, session: &SessionId) {
        self.known.ended.remove(session);
    }

    /// Remembers an end that holds here and could not be written.
    pub(super) fn owes(&self, end: Change, record: Record) {
        self.owed.owe(end, record);
    }

    /// Writes the ends that could not be written before. To be asked again and again: until then they hold here alone.
    pub async fn settle(&self) -> Result<(), CommitError> {
        self.owed.settle(&*self.ledger).await
    }

    async fn take_over(&self, change: Changed) -> Result<(), CommitError> {
        match change {
            Changed::User(name) => self.in_force(|policy| policy.forget(&name)),
            Changed::Client(id) => self.in_force(|policy| policy.forget_client(&id)),
            Changed::EveryUser => self.in_force(Policy::forget_everybody),
            Changed::Roles => self.read_roles().await?,
            Changed::Session(ended) => self.remember(&ended).await?,
            Changed::Token(token) => self.known.opaque.forget(token),
            Changed::TooMuch => Box::pin(self.begin()).await?,
        }
        Ok(())
    }

    /// Reads the roles, and gives them to the policy in force by then.
    async fn read_roles(&self) -> Result<(), StoreError> {
        let users = Arc::clone(&self.live.current().users);
        // First, so that what is read after it is at least as new.
        let as_of = users.revision().await?;
        let roles = users.roles().await?;
        let mut seen = self.seen();
        if as_of >= seen.as_of {
            (seen.as_of, seen.roles) = (as_of, roles);
        }
        self.live.current().set_store_roles(&seen.roles);
        Ok(())
    }

    /// Where there is no room for one more ended session, all sessions of its user, or its client, end.
    async fn remember(&self, ended: &EndedSession) -> Result<(), CommitError> {
        let now = self.clock.now();
        let Err(Full) = self.known.ended.insert(ended, now) else { return Ok(()) };
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
        self.in_force(|policy| match &ended.subject {
            SubjectId::User(name) => policy.forget(name),
            SubjectId::Client(id) => policy.forget_client(id),
        });
        Ok(())
    }

    /// Forgets the ended sessions whose tokens have expired, now and then.
    fn sweep(&self, now: Timestamp) {
        let is_due = {
            let mut seen = self.seen();
            let is_due = seen.swept_at.is_none_or(|swept| now >= swept.plus(SWEEP));
            seen.swept_at = if is_due { Some(now) } else { seen.swept_at };
            is_due
        };
        if is_due {
            self.known.ended.sweep(now);
        }
    }

    fn is_confirmed(&self, at: Timestamp) {
        let mut seen = self.seen();
        seen.confirmed_at = seen.confirmed_at.max(Some(at));
    }

    fn place(&self) -> FeedPlace {
        self.seen().place
    }

    fn has_seen(&self, place: FeedPlace) {
        let mut seen = self.seen();
        seen.place = seen.place.max(place);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why not all was taken over, and whether anything was.
struct Behind {
    error: CommitError,
    has_news: bool,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Follower")
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
