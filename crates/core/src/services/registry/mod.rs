//! The register of users, roles and clients: read as of a revision, decided on, and changed only if it is still that revision.
//!
//! Many may change it at once, in this process and in others. Whoever comes second finds that what he has read is no
//! longer so, reads again and decides again, so that no rule is ever broken by two changes that each keep it.

mod error;
mod holders;
mod holdings;
mod limiting;
#[cfg(test)]
pub(in crate::services) mod testing;
pub(crate) mod words;

use std::sync::Arc;
use std::time::Duration;

pub use error::{AdminError, Loss, UnknownRole};
use holdings::Holdings;
pub use holdings::Lack;

use super::actor::Actor;
use super::clients::{self, ClientProfile};
use super::follow::Follower;
use super::policy::{LivePolicy, Policy};
use crate::domain::client::ClientId;
use crate::domain::directory::{Edit, Page, Revision, Selection};
use crate::domain::grant::{Grant, Scope};
use crate::domain::record::{Amendment, Record, Verdict};
use crate::domain::right::Right;
use crate::domain::role::{Role, RoleBook, RoleName, is_built_in};
use crate::domain::standing::{Standing, Subject};
use crate::domain::time::Timestamp;
use crate::domain::user::{User, Username};
use crate::ports::clock::Clock;
use crate::ports::ledger::{Change, CommitError, Ledger};
use crate::ports::store_error::StoreError;
use crate::ports::user_store::UserStore;

/// How often a change is decided on anew before whoever asks is sent away. Each time somebody else has got his way, so
/// this is how many can change something at one moment.
const TRIES: usize = 64;

/// When it is worth coming back after that.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many clients are read at a time.
const BATCH: usize = 500;

/// Where users, roles and clients are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file of this name, which is edited by hand.
    File(String),
    /// Where the ledger is.
    Store,
}

/// Who changes users, roles or clients.
#[derive(Debug, Clone)]
pub struct Editor {
    /// As the record names him.
    pub actor: Actor,
    /// By which authority.
    pub authority: Authority,
    /// The id under which he, and the record, know the refusal, if it comes to one.
    pub decision_id: Option<String>,
}

/// By which authority somebody changes users, roles or clients.
#[derive(Debug, Clone)]
pub enum Authority {
    /// He works on the machine and could write the store by hand: the command line.
    Machine,
    /// He is this user: with what he holds when the change is made, whatever he held when he asked.
    User(Username),
    /// He is this user by a token, with what it is for of what he holds when the change is made, as long as it is good: his
    /// password may change, or his sessions end, between the decision and the change.
    Token(Arc<Standing>),
    /// It is this client: with what its token is for of what it holds when the change is made.
    Client(Arc<Standing>),
}

/// Reads and changes users, roles and clients.
pub struct Registrar {
    live: Arc<LivePolicy>,
    ledger: Arc<dyn Ledger>,
    follower: Arc<Follower>,
    clock: Arc<dyn Clock>,
    origin: Origin,
}

/// What a change is decided by.
pub(crate) struct Reading {
    policy: Arc<Policy>,
    as_of: Revision,
    /// All roles in force.
    pub(crate) book: RoleBook,
    /// What whoever asks holds.
    holdings: Holdings,
}

impl Registrar {
    /// A register of the users of `live`, kept by the `ledger` unless they are of another `origin`.
    pub fn new(
        live: Arc<LivePolicy>,
        ledger: Arc<dyn Ledger>,
        follower: Arc<Follower>,
        clock: Arc<dyn Clock>,
        origin: Origin,
    ) -> Self {
        Self { live, ledger, follower, clock, origin }
    }

    pub(crate) fn policy(&self) -> Arc<Policy> {
        self.live.current()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether users and roles can be changed at all.
    pub(crate) fn check_writable(&self) -> Result<(), AdminError> {
        match &self.origin {
            Origin::Store => Ok(()),
            Origin::File(name) => Err(AdminError::DefinedElsewhere(name.clone())),
        }
    }

    /// Whether clients can be.
    pub(crate) fn check_clients_writable(&self) -> Result<(), AdminError> {
        match &self.origin {
            Origin::Store => Ok(()),
            Origin::File(name) => Err(AdminError::ClientsDefinedElsewhere(name.clone())),
        }
    }

    /// Reads what is needed to decide on a change by somebody who must hold a right for it, everywhere.
    pub(crate) async fn read(&self, editor: &Editor, right: Option<&str>) -> Result<Reading, AdminError> {
        let policy = self.live.current();
        // First, so that whatever is read after it is at least as new.
        let as_of = policy.users.revision().await?;
        let mut book = policy.fixed_roles().clone();
        for role in policy.users.roles().await? {
            let _fixed = book.add(role);
        }
        let holdings = match &editor.authority {
            Authority::Machine => Holdings::Everything,
            Authority::Token(standing) | Authority::Client(standing) => {
                Holdings::of(as_now(&policy, standing, &book).await?)
            }
            Authority::User(name) => {
                let user = policy.users.user(name).await?.filter(User::is_welcome);
                Holdings::of(Standing::new(user.ok_or(AdminError::Unwelcome)?, &book))
            }
        };
        right.map_or(Ok(()), |right| holdings.check_right(right)).map_err(AdminError::Beyond)?;
        Ok(Reading { policy, as_of, book, holdings })
    }

    /// Makes a change that was decided on by `reading`, records it, and has it in force before it returns.
    pub(crate) async fn commit(
        &self,
        reading: &Reading,
        edit: Edit,
        editor: &Editor,
        action: &str,
        amendment: Amendment,
    ) -> Result<(), AdminError> {
        self.commit_all(reading, vec![edit], editor, action, amendment).await
    }

    /// The same of several steps, which are taken all together or not at all.
    pub(crate) async fn commit_all(
        &self,
        reading: &Reading,
        edits: Vec<Edit>,
        editor: &Editor,
        action: &str,
        amendment: Amendment,
    ) -> Result<(), AdminError> {
        let change = Change::Edit { as_of: reading.as_of, edits };
        let record = editor.actor.record(action, self.now(), Some(amendment));
        self.ledger.commit(change, record).await?;
        self.follower.catch_up().await.map_err(AdminError::NotFollowed)
    }

    /// Tries a change again for as long as others come first.
    pub(crate) async fn settle<T, Trying>(
        &self,
        editor: &Editor,
        action: &str,
        attempt: impl Fn() -> Trying,
    ) -> Result<T, AdminError>
    where
        Trying: Future<Output = Result<T, AdminError>>,
    {
        for _ in 0..TRIES {
            match attempt().await {
                Err(AdminError::Ledger(CommitError::Stale)) => {}
                Err(error) => return Err(self.noted(error, editor, action)),
                Ok(done) => return Ok(done),
            }
        }
        Err(AdminError::Busy { retry_after: RETRY_AFTER })
    }

    /// Records that somebody tried what he must not.
    pub(crate) fn noted(&self, error: AdminError, editor: &Editor, action: &str) -> AdminError {
        if error.is_refusal() {
            self.ledger.note(Record {
                verdict: Verdict::Refused,
                reason: error.to_string(),
                decision_id: editor.decision_id.clone(),
                ..editor.actor.record(action, self.now(), None)
            });
        }
        error
    }
}

impl std::fmt::Debug for Registrar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrar").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Reading {
    /// Whether a role is by its nature, or by the configuration, what it is.
    pub(crate) fn check_not_fixed(&self, role: &RoleName) -> Result<(), AdminError> {
        match self.policy.fixed_roles().get(role) {
            Some(role) if is_built_in(&role.name) => Err(AdminError::BuiltIn(role.name.clone())),
            Some(role) => Err(AdminError::Configured(role.name.clone())),
            None => Ok(()),
        }
    }

    /// The users.
    pub(crate) fn users(&self) -> &dyn UserStore {
        &*self.policy.users
    }

    /// A client, of the configuration or of the store.
    pub(crate) async fn client(&self, id: &ClientId) -> Result<Option<ClientProfile>, StoreError> {
        clients::shown(&self.policy, id).await
    }

    /// Whether a client holds a role, wherever.
    pub(crate) async fn a_client_holds(&self, role: &RoleName) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let part = clients::listed(&self.policy, Page { after, limit: BATCH }).await?;
            let mut grants = part.iter().flat_map(|known| known.client.grants.iter());
            if grants.any(|grant| grant.role == *role) {
                return Ok(true);
            }
            let Some(last) = part.last() else { return Ok(false) };
            after = Some(last.client.id.key().to_owned());
        }
    }

    /// Whether a user can manage users: whoever is active, may log in, and holds `users:edit` everywhere.
    pub(crate) fn rules(&self, user: &User) -> bool {
        rulers(&self.book).holds(user)
    }

    /// The roles, if this one came in the place of the one of its name.
    pub(crate) fn book_with(&self, role: &Role) -> RoleBook {
        let mut book = self.book.clone();
        let _built_in = book.replace(role.clone());
        book
    }

    /// Whether anybody can manage users, if roles are as `book` says, but for one.
    pub(crate) async fn anybody_rules(
        &self,
        book: &RoleBook,
        but: Option<&Username>,
    ) -> Result<bool, StoreError> {
        let found = self.policy.users.selected(&rulers(book), Page::first(2)).await?;
        Ok(found.iter().any(|name| Some(name) != but))
    }

    /// Whether whoever asks holds all that a role gives everywhere.
    pub(crate) fn check_role(&self, role: &Role) -> Result<(), AdminError> {
        let covered = self.holdings.cover_role(role, &Scope::Everywhere, &self.policy.routes);
        covered.map_err(AdminError::Beyond)
    }

    /// Whether whoever asks holds all that these grants give.
    pub(crate) fn check_grants(&self, grants: &[Grant]) -> Result<(), AdminError> {
        self.holdings.cover(grants, &self.book, &self.policy.routes).map_err(AdminError::Beyond)
    }
}

/// What somebody holds now, for no more than his token is for, if he is still the one that was let in; and so is the client
/// through which he asks, if he does.
async fn as_now(policy: &Policy, before: &Standing, book: &RoleBook) -> Result<Standing, AdminError> {
    if let (Subject::User(_), Some(client)) = (&before.subject, before.client()) {
        let now = policy.client(&client.id).await?.filter(|now| now.stamp == client.stamp);
        now.ok_or(AdminError::Unwelcome)?;
    }
    let now: Option<Subject> = match &before.subject {
        Subject::User(user) => policy.users.user(&user.name).await?.filter(User::is_welcome).map(Into::into),
        Subject::Client(client) => policy.client(&client.id).await?.map(Into::into),
    };
    let now = now.filter(|now| now.stamp() == before.subject.stamp());
    Ok(before.renewed(now.ok_or(AdminError::Unwelcome)?, book))
}

/// Those who can manage users.
fn rulers(book: &RoleBook) -> Selection {
    Selection::RulingWith(Right::parse(USERS_EDIT).map(|right| book.holding(&right)).unwrap_or_default())
}

/// The right to manage users.
pub(crate) const USERS_EDIT: &str = "users:edit";
