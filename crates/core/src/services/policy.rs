//! The policy in force: routes, roles, users and tokens, swapped as a whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use quick_cache::sync::Cache;

use super::clients::{self, Clients};
use super::password_rules::PasswordRules;
use crate::domain::client::{Client, ClientId, SubjectId};
use crate::domain::directory::Page;
use crate::domain::opaque::OpaquePolicy;
use crate::domain::refresh::RefreshPolicy;
use crate::domain::role::{Role, RoleBook};
use crate::domain::route_table::RouteTable;
use crate::domain::secret::Cost;
use crate::domain::standing::Standing;
use crate::domain::throttle::ThrottlePolicy;
use crate::domain::token::TokenPolicy;
use crate::domain::user::Username;
use crate::ports::store_error::StoreError;
use crate::ports::user_store::UserStore;

/// How many users are kept ready for their next request.
const STANDINGS: usize = 10_000;

/// How logins are guarded.
#[derive(Debug, Clone, Default)]
pub struct LoginPolicy {
    /// How failed ones are slowed down.
    pub throttle: ThrottlePolicy,
    /// Whether a known default password opens from elsewhere than loopback.
    pub allow_default_passwords: bool,
    /// What a new password must be like.
    pub passwords: PasswordRules,
    /// How long opaque tokens last, and families of refresh tokens.
    pub opaque: OpaquePolicy,
    /// Which logins give refresh tokens.
    pub refresh: RefreshPolicy,
    /// The cost to which a lower one is raised when somebody logs in; none where users are kept in a file.
    pub renew_hashes_to: Option<Cost>,
}

/// Everything that a decision rests on, of one moment.
pub struct Policy {
    /// What needs what.
    pub routes: RouteTable,
    /// How tokens are made and judged.
    pub tokens: TokenPolicy,
    /// Who there is.
    pub users: Arc<dyn UserStore>,
    /// Which machines get tokens by the configuration; those of the store are with the users.
    pub clients: Clients,
    /// How logins are guarded.
    pub logins: LoginPolicy,
    /// Whether a call that would be recorded is refused while it can't be.
    pub refuses_unrecorded: bool,
    /// What a role holds, by what is built in and by the configuration.
    fixed_roles: RoleBook,
    /// The same, and what a role holds by the store of users.
    roles: ArcSwap<RoleBook>,
    /// The users who made requests lately. A new policy begins with none, so that nothing of the old one is left.
    standings: Cache<Username, Arc<Standing>>,
    /// The same for clients.
    clients_standings: Cache<ClientId, Arc<Standing>>,
    /// Counts how often somebody was forgotten, so that whoever is just being read is not kept as he was. Held while somebody
    /// is kept or forgotten, never while one who is kept is looked up.
    forgotten: Mutex<u64>,
}

impl Policy {
    /// Puts a policy together.
    pub fn new(
        routes: RouteTable,
        roles: RoleBook,
        tokens: TokenPolicy,
        users: Arc<dyn UserStore>,
        logins: LoginPolicy,
    ) -> Self {
        let (fixed_roles, roles) = (roles.clone(), ArcSwap::from_pointee(roles));
        Self {
            routes,
            tokens,
            users,
            clients: Clients::default(),
            logins,
            refuses_unrecorded: false,
            fixed_roles,
            roles,
            standings: Cache::new(STANDINGS),
            clients_standings: Cache::new(STANDINGS),
            forgotten: Mutex::default(),
        }
    }

    /// The same, with its say on what can't be recorded.
    #[must_use]
    pub fn refusing_unrecorded(self, refuses_unrecorded: bool) -> Self {
        Self { refuses_unrecorded, ..self }
    }

    /// The same, with clients.
    #[must_use]
    pub fn with_clients(self, clients: Clients) -> Self {
        Self { clients, ..self }
    }

    /// What a role holds now.
    pub fn roles(&self) -> Arc<RoleBook> {
        self.roles.load_full()
    }

    /// What a role holds whatever the store of users says.
    pub fn fixed_roles(&self) -> &RoleBook {
        &self.fixed_roles
    }

    /// Puts the roles of the store of users in force, for the very next request. A fixed role can't be another one by them.
    pub fn set_store_roles(&self, roles: &[Role]) {
        let mut book = self.fixed_roles.clone();
        for role in roles {
            let _fixed = book.add(role.clone());
        }
        self.roles.store(Arc::new(book));
        self.forget_everybody();
    }

    /// A user with what he holds: from memory, or read once.
    pub async fn standing(&self, name: &Username) -> Result<Option<Arc<Standing>>, StoreError> {
        if let Some(standing) = self.standings.get(name) {
            return Ok(Some(standing));
        }
        let before = *self.forgotten();
        let Some(user) = self.users.user(name).await? else { return Ok(None) };
        let standing = Arc::new(Standing::new(user, &self.roles()));
        self.keep(before, || self.standings.insert(name.clone(), Arc::clone(&standing)));
        Ok(Some(standing))
    }

    /// A client with what it holds: the same.
    pub async fn standing_of_client(&self, id: &ClientId) -> Result<Option<Arc<Standing>>, StoreError> {
        if let Some(standing) = self.clients_standings.get(id) {
            return Ok(Some(standing));
        }
        let before = *self.forgotten();
        let Some(client) = self.client(id).await? else { return Ok(None) };
        let standing = Arc::new(Standing::new(client, &self.roles()));
        self.keep(before, || self.clients_standings.insert(id.clone(), Arc::clone(&standing)));
        Ok(Some(standing))
    }

    /// A client as it is now: that of the configuration, or else that of the store.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        match self.clients.find(id).await? {
            Some(client) => Ok(Some(client)),
            None => Ok(self.users.client(id).await?.map(|entry| entry.client)),
        }
    }

    /// Whether there is any client.
    pub async fn has_clients(&self) -> Result<bool, StoreError> {
        Ok(!clients::listed(self, Page::first(1)).await?.is_empty())
    }

    /// Whoever this is now.
    pub async fn standing_of(&self, subject: &SubjectId) -> Result<Option<Arc<Standing>>, StoreError> {
        match subject {
            SubjectId::User(name) => self.standing(name).await,
            SubjectId::Client(id) => self.standing_of_client(id).await,
        }
    }

    /// Reads a user anew at his next request.
    pub fn forget(&self, name: &Username) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.standings.remove(name);
    }

    /// Reads a client anew at its next request.
    pub fn forget_client(&self, id: &ClientId) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.clients_standings.remove(id);
    }

    /// Reads every user and client anew at the next request.
    pub fn forget_everybody(&self) {
        let mut forgotten = self.forgotten();
        *forgotten += 1;
        self.standings.clear();
        self.clients_standings.clear();
    }

    /// Keeps somebody who was read, unless anybody was forgotten since: he may have been read as he was before. Were he kept
    /// first and that looked at afterwards, a request in between would find him as he was.
    fn keep(&self, read_at: u64, keep: impl FnOnce()) {
        let forgotten = self.forgotten();
        if *forgotten == read_at {
            keep();
        }
    }

    /// A count is whole, whatever a panic elsewhere left behind.
    fn forgotten(&self) -> MutexGuard<'_, u64> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

/// The policy that is in force now. A request asks once and keeps what it got.
#[derive(Debug)]
pub struct LivePolicy(ArcSwap<Policy>);

impl LivePolicy {
    /// Begins with `policy`.
    pub fn new(policy: impl Into<Arc<Policy>>) -> Self {
        Self(ArcSwap::new(policy.into()))
    }

    /// The policy in force.
    pub fn current(&self) -> Arc<Policy> {
        self.0.load_full()
    }

    /// Puts another one in force, for the very next request.
    pub fn replace(&self, policy: impl Into<Arc<Policy>>) {
        self.0.store(policy.into());
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
