//! The sessions: who has one open, and their end.

use std::sync::Arc;

use super::actor::Actor;
use super::follow::Follower;
use super::policy::LivePolicy;
use crate::domain::client::{ClientId, SubjectId};
use crate::domain::directory::{Page, Selection};
use crate::domain::permit::Principal;
use crate::domain::realm::Realm;
use crate::domain::record::{Amendment, Record};
use crate::domain::role::RoleName;
use crate::domain::session::{EndedSession, Session, SessionId, Whose};
use crate::domain::user::Username;
use crate::ports::clock::Clock;
use crate::ports::ledger::{Change, CommitError, Ledger};
use crate::ports::store_error::StoreError;

/// How many users are read at a time when all of a role or a realm are meant.
const BATCH: usize = 10_000;

/// Whose sessions somebody wants to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndOf {
    /// Of one user.
    User(Username),
    /// Of one client: all tokens that it has.
    Client(ClientId),
    /// Of every user who holds this role, wherever.
    Role(RoleName),
    /// Of every user who holds a role in this realm.
    Realm(Realm),
    /// Of everybody.
    Everybody,
}

/// What was asked for is not there.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// There is no such user or client, or no such open session.
    #[error("not there")]
    NotFound,
    /// The ledger or the users could not be used.
    #[error(transparent)]
    Ledger(#[from] CommitError),
}

impl From<StoreError> for SessionsError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// Lists sessions and ends them.
#[derive(Clone)]
pub struct Sessions {
    ledger: Arc<dyn Ledger>,
    live: Arc<LivePolicy>,
    follower: Arc<Follower>,
    clock: Arc<dyn Clock>,
}

impl Sessions {
    /// The sessions of a ledger.
    pub fn new(
        ledger: Arc<dyn Ledger>,
        live: Arc<LivePolicy>,
        follower: Arc<Follower>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { ledger, live, follower, clock }
    }

    /// The sessions that are open, of one user or of everybody.
    pub async fn open(&self, of: Option<Username>, page: Page) -> Result<Vec<Session>, StoreError> {
        self.ledger.sessions(of, self.clock.now(), page).await
    }

    /// Ends the session of whoever asks, one that this ledger does not know of too: a token from before a restart.
    pub async fn log_out(&self, principal: &Principal, actor: &Actor) -> Result<(), SessionsError> {
        self.end_own(principal, "logout", actor).await
    }

    /// The same for somebody else who has the token.
    pub async fn revoke(&self, principal: &Principal, actor: &Actor) -> Result<(), SessionsError> {
        self.end_own(principal, "token.revoke", actor).await
    }

    /// Ends a session because a client has done with its tokens.
    pub(super) async fn end_of_tokens(&self, session: &Session, actor: &Actor) -> Result<(), SessionsError> {
        self.end_misused(session, actor.record("token.revoke", self.clock.now(), None)).await
    }

    /// Ends a session of which somebody has a token that he should not have, with the record that says why.
    pub(super) async fn end_misused(&self, session: &Session, record: Record) -> Result<(), SessionsError> {
        let ended = EndedSession {
            id: session.id.clone(),
            subject: session.user.clone().into(),
            expires_at: session.expires_at,
        };
        self.follower.end_here(&ended);
        self.write_end(Change::EndSession(ended), record).await
    }

    async fn end_own(&self, principal: &Principal, action: &str, actor: &Actor) -> Result<(), SessionsError> {
        let ended = EndedSession {
            id: principal.session.clone(),
            subject: principal.standing.subject.id(),
            expires_at: principal.expires_at,
        };
        // In this process it is dead even if the ledger can't be written.
        self.follower.end_here(&ended);
        let record = actor.record(action, self.clock.now(), None);
        let Some(token) = principal.kind.token() else {
            return self.write_end(Change::EndSession(ended), record).await;
        };
        self.write_end(Change::EndToken(token), record).await?;
        self.follower.is_gone(&ended.id);
        Ok(())
    }

    /// Ends an open session.
    pub async fn end(&self, id: &SessionId, actor: &Actor) -> Result<(), SessionsError> {
        let session = self.ledger.session(id).await?.ok_or(SessionsError::NotFound)?;
        let record = self.ending(format!("session {} of {}", session.id.as_str(), session.user), actor);
        let Session { id, user, kind, expires_at, .. } = session;
        let change = match kind.token() {
            Some(token) => Change::EndToken(token),
            None => Change::EndSession(EndedSession { id, subject: user.into(), expires_at }),
        };
        self.commit(change, record).await
    }

    /// Ends all sessions of somebody, in one change with one record. Returns of how many users; none for everybody, and for
    /// a client.
    pub async fn end_all(&self, of: EndOf, actor: &Actor) -> Result<Option<usize>, SessionsError> {
        let (whose, object) = match of {
            EndOf::Everybody => (Whose::Everybody, "all sessions of everybody".to_owned()),
            EndOf::User(name) => {
                let known = self.live.current().users.user(&name).await?.ok_or(SessionsError::NotFound)?;
                let object = format!("all sessions of {}", known.name);
                (Whose::Users(vec![known.name]), object)
            }
            EndOf::Client(id) => {
                let known = self.live.current().client(&id).await?.ok_or(SessionsError::NotFound)?;
                let object = format!("all sessions of {}", SubjectId::Client(known.id.clone()));
                (Whose::Client(known.id), object)
            }
            EndOf::Role(role) => {
                let object = format!("all sessions of whoever holds {role}");
                (self.whoever(&Selection::Holding(vec![role])).await?, object)
            }
            EndOf::Realm(realm) => {
                let object = format!("all sessions of whoever holds a role in {realm}");
                (self.whoever(&Selection::In(realm)).await?, object)
            }
        };
        let count = match &whose {
            Whose::Users(users) => Some(users.len()),
            Whose::Client(_) | Whose::Everybody => None,
        };
        let record = self.ending(object, actor);
        self.commit(Change::EndSessions(whose), record).await?;
        Ok(count)
    }

    async fn whoever(&self, selection: &Selection) -> Result<Whose, StoreError> {
        let users = &self.live.current().users;
        let mut all: Vec<Username> = vec![];
        loop {
            let after = all.last().map(|name| name.key().to_owned());
            let part = users.selected(selection, Page { after, limit: BATCH }).await?;
            let is_last = part.len() < BATCH;
            all.extend(part);
            if is_last {
                return Ok(Whose::Users(all));
            }
        }
    }

    fn ending(&self, object: String, actor: &Actor) -> Record {
        let amendment =
            Amendment { object, before: Some("open".to_owned()), after: Some("ended".to_owned()) };
        actor.record("sessions.end", self.clock.now(), Some(amendment))
    }

    /// Writes what was ended here and could not be written then: before that nobody is told that it is done.
    pub(super) async fn settle(&self) -> Result<(), SessionsError> {
        Ok(self.follower.settle().await?)
    }

    /// Writes the end of a session that has ended here already: later, if it can't be now.
    async fn write_end(&self, end: Change, record: Record) -> Result<(), SessionsError> {
        if let Err(error) = self.ledger.commit(end.clone(), record.clone()).await {
            self.follower.owes(end, record);
            return Err(error.into());
        }
        Ok(self.follower.catch_up().await?)
    }

    async fn commit(&self, change: Change, record: Record) -> Result<(), SessionsError> {
        self.ledger.commit(change, record).await?;
        Ok(self.follower.catch_up().await?)
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
