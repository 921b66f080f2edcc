//! Those who hold a role: whoever changes it changes them, and must be such as could change each of them.

use super::{AdminError, Reading};
use crate::domain::directory::{Page, Selection};
use crate::domain::role::RoleName;
use crate::services::clients;

/// How many are read at a time.
const BATCH: usize = 500;

impl Reading {
    /// Whether whoever asks holds all that everybody has who holds a role, wherever, beside the role too: what he takes out of
    /// it he takes from them.
    pub(crate) async fn check_holders(&self, role: &RoleName) -> Result<(), AdminError> {
        // Most who change roles may change everybody; then nobody need be read.
        if self.holdings.are_everything() {
            return Ok(());
        }
        self.check_users_holding(role).await?;
        self.check_clients_holding(role).await
    }

    async fn check_users_holding(&self, role: &RoleName) -> Result<(), AdminError> {
        let holding = Selection::Holding(vec![role.clone()]);
        let mut after = None;
        loop {
            let part = self.users().selected(&holding, Page { after, limit: BATCH }).await?;
            for name in &part {
                if let Some(user) = self.users().user(name).await? {
                    self.check_grants(&user.grants)?;
                }
            }
            let Some(last) = part.last() else { return Ok(()) };
            after = Some(last.key().to_owned());
        }
    }

    async fn check_clients_holding(&self, role: &RoleName) -> Result<(), AdminError> {
        let mut after = None;
        loop {
            let part = clients::listed(&self.policy, Page { after, limit: BATCH }).await?;
            for known in &part {
                let grants = &known.client.grants;
                if grants.iter().any(|grant| grant.role == *role) {
                    self.check_grants(grants)?;
                }
            }
            let Some(last) = part.last() else { return Ok(()) };
            after = Some(last.client.id.key().to_owned());
        }
    }
}
