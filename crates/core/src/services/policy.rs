//! The policy in force: routes, roles, users and tokens, swapped as a whole.

use std::sync::Arc;

use arc_swap::ArcSwap;
use quick_cache::sync::Cache;

use crate::domain::role::RoleBook;
use crate::domain::route_table::RouteTable;
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
}

/// Everything that a decision rests on, of one moment.
pub struct Policy {
    /// What needs what.
    pub routes: RouteTable,
    /// What a role holds.
    pub roles: RoleBook,
    /// How tokens are made and judged.
    pub tokens: TokenPolicy,
    /// Who there is.
    pub users: Arc<dyn UserStore>,
    /// How logins are guarded.
    pub logins: LoginPolicy,
    /// The users who made requests lately. A new policy begins with none, so that nothing of the old one is left.
    standings: Cache<Username, Arc<Standing>>,
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
        Self { routes, roles, tokens, users, logins, standings: Cache::new(STANDINGS) }
    }

    /// A user with what he holds: from memory, or read once.
    pub async fn standing(&self, name: &Username) -> Result<Option<Arc<Standing>>, StoreError> {
        if let Some(standing) = self.standings.get(name) {
            return Ok(Some(standing));
        }
        let Some(user) = self.users.user(name).await? else { return Ok(None) };
        let standing = Arc::new(Standing::new(user, &self.roles));
        self.standings.insert(name.clone(), Arc::clone(&standing));
        Ok(Some(standing))
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
