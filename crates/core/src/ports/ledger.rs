//! Port: the ledger. State, audit and change feed are one sequence. Implementations: in memory; SQL.

use async_trait::async_trait;

use super::store_error::StoreError;
use crate::domain::client::{ClientId, SubjectId};
use crate::domain::directory::{Edit, Page, Revision};
use crate::domain::opaque::TokenHash;
use crate::domain::record::{Entry, Record, RecordFilter, Sequence};
use crate::domain::refresh::{Family, RefreshHash, Rotation};
use crate::domain::secret::PasswordHash;
use crate::domain::session::{EndedSession, Generation, Session, SessionId, Whose};
use crate::domain::time::Timestamp;
use crate::domain::user::Username;

/// A change of state that goes with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A login opened a session. Where users are kept beside the ledger, the user's last login is now.
    OpenSession(Session),
    /// The same, with the family of its refresh tokens.
    OpenFamily {
        /// The session.
        session: Session,
        /// The family, which is its own.
        family: Family,
    },
    /// A user made a personal token, which opens its session, unless he has too many.
    OpenPersonal {
        /// The session.
        session: Session,
        /// How many he may have that are good when this one is opened: neither ended nor expired, and of its stamp.
        at_most: usize,
    },
    /// A refresh token was exchanged for the next one. If it is not the present one of its family, or the session of that
    /// is not open, this is stale.
    Rotate(Rotation),
    /// A session was ended before its time, also one that this ledger has not opened.
    EndSession(EndedSession),
    /// The session of a token that says nothing was ended. Nobody has that token any more, so that nothing else need be
    /// remembered of it.
    EndToken(TokenHash),
    /// All sessions of somebody were ended: the generation is raised, and the open ones are closed.
    EndSessions(Whose),
    /// A hash was made anew at another cost. The stamp stays. If it is no longer that one, this is stale.
    RenewHash {
        /// Whose.
        user: Username,
        /// The hash that was compared with.
        from: PasswordHash,
        /// The new one.
        to: PasswordHash,
    },
    /// The directory of users is changed, all of it or nothing.
    Edit {
        /// What the change was decided by.
        as_of: Revision,
        /// The steps.
        edits: Vec<Edit>,
    },
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The directory, or the family, has changed since the change was decided on: read again, and decide again.
    #[error("what it was decided by has changed in the meantime")]
    Stale,
    /// Somebody has as many as he may have.
    #[error("there are as many as there may be")]
    TooMany,
    /// The users are not kept beside this ledger.
    #[error("the users are kept elsewhere")]
    ReadOnly,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The place of a change in the feed; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FeedPlace(pub u64);

/// What somebody who keeps things in memory must forget or learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// A user, or the generation of his sessions.
    User(Username),
    /// A client, or the generation of its sessions.
    Client(ClientId),
    /// All users, or the generation of everybody's sessions, clients' too.
    EveryUser,
    /// The roles that the store keeps.
    Roles,
    /// A session was ended.
    Session(EndedSession),
    /// The session of a token that says nothing was ended.
    Token(TokenHash),
    /// More than the feed still holds: everything must be read again.
    TooMuch,
}

/// The sessions that were ended and whose tokens have not expired by themselves, as of a place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// The sessions.
    pub sessions: Vec<EndedSession>,
    /// What is after this place is not in them yet.
    pub place: FeedPlace,
}

/// How the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    /// Whether records can't be written just now.
    pub is_failing: bool,
    /// How many records were lost since the start.
    pub lost: u64,
}

/// The ledger of what happened, and of the state that follows from it.
///
/// # Contract
/// - `commit` does both or neither: the change is in force and its record has its place, or nothing happened.
/// - Of two changes of the directory that were decided as of one revision, one is made and the other is `Stale`.
/// - Sequences begin at 1 and have no gaps among what is kept; `since` returns them in order.
/// - `note` never waits and never fails; what is lost of it is counted, not hidden. What was noted before a commit of the
///   same process stands before it. Of refusals of one kind a ledger may keep the first of a minute, and one record of how
///   many followed, which comes when the minute is over. Of one kind are those of nobody in particular from one address,
///   those of one subject at one route, and those without a route of one subject, action and address.
/// - A commit that is unavailable did not happen, unless the store failed while it was being made durable.
/// - A session that was ended stays ended, also one that is opened afterwards; ending it again changes nothing, unless it
///   must be known for longer. A session is open if it was not ended, neither by itself nor with all of its generation.
/// - A session that was ended is known for as long as it was opened for, if that is longer than what is said.
/// - Of many who make personal tokens of one user at once, no more do than there is room for; the others are `TooMany`.
/// - Of many that exchange one refresh token at once, one does, and the others are `Stale`. A family is gone as soon as its
///   session is not open.
/// - Every change that ends something is in the feed from the moment on at which it is in force, whoever made it.
/// - A bounded ledger forgets the oldest first, ended sessions only after their tokens have expired.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Makes a change and records it.
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError>;
    /// Records something that changed no state: a refusal, a call that was let through.
    fn note(&self, record: Record);
    /// The records after a place that the filter lets through, oldest first, at most `limit`.
    async fn since(
        &self,
        after: Sequence,
        filter: &RecordFilter,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
    /// A session that is open.
    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;
    /// The open session of a token that says nothing.
    async fn session_of(&self, token: &TokenHash) -> Result<Option<Session>, StoreError>;
    /// The family of refresh tokens of this name, with its session, which is open.
    async fn family(&self, name: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError>;
    /// Notes that a session was used. Never waits and never fails: what is lost of it ends a session too early at the worst.
    fn seen(&self, id: &SessionId, at: Timestamp);
    /// The sessions that are open and have not expired, of one user or of everybody, in the order of their names (the key
    /// of the page).
    async fn sessions(
        &self,
        of: Option<Username>,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<Session>, StoreError>;
    /// The generation of somebody's sessions.
    async fn generation(&self, of: &SubjectId) -> Result<Generation, StoreError>;
    /// The sessions that must not be believed although their tokens have not expired.
    async fn ended(&self, now: Timestamp) -> Result<Ended, StoreError>;
    /// What has changed after a place in the feed, in order, at most `limit`. Where the feed no longer holds what follows
    /// that place, or has not come to it, that is [`Changed::TooMuch`] at the newest place.
    async fn changes(&self, after: FeedPlace, limit: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError>;
    /// How the ledger is, from memory.
    fn condition(&self) -> Condition;
}
