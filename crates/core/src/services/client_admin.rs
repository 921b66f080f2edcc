//! Managing clients: those that the store keeps. Those of the configuration are seen here too, but can't be changed here.
//!
//! The rules are those for users: nobody gives a client more than he holds, nor removes one that holds more than he does.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::clients::{self, ClientProfile, ClientSource};
use super::registry::{AdminError, Editor, Registrar, words};
use super::user_admin::granted;
use crate::domain::client::{Client, ClientId, ClientSecret, SecretHash};
use crate::domain::directory::{ClientEntry, Edit, Page};
use crate::domain::grant::Grant;
use crate::ports::entropy::Entropy;
use crate::ports::store_error::StoreError;

/// The right to manage clients.
const CLIENTS_EDIT: &str = "clients:edit";

/// A client that is to be added.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Its name.
    pub id: ClientId,
    /// The roles it is to hold, and where.
    pub grants: Vec<Grant>,
    /// How long its tokens are to last; as a login's, if nothing is said.
    pub token_ttl: Option<Duration>,
    /// Where it may come from; empty: from anywhere.
    pub allow_from: Vec<IpNet>,
}

/// Lists clients and changes them.
pub struct ClientAdmin {
    registrar: Arc<Registrar>,
    entropy: Arc<dyn Entropy>,
}

impl ClientAdmin {
    /// The clients of a register.
    pub fn new(registrar: Arc<Registrar>, entropy: Arc<dyn Entropy>) -> Self {
        Self { registrar, entropy }
    }

    /// All clients, in the order of their ids.
    pub async fn list(&self, page: Page) -> Result<Vec<ClientProfile>, StoreError> {
        clients::listed(&self.registrar.policy(), page).await
    }

    /// One client.
    pub async fn show(&self, id: &ClientId) -> Result<ClientProfile, AdminError> {
        clients::shown(&self.registrar.policy(), id).await?.ok_or(AdminError::NotFound)
    }

    /// Adds a client that is not there yet, with a secret that is known here and now and never again.
    pub async fn add(
        &self,
        editor: &Editor,
        new: NewClient,
    ) -> Result<(ClientProfile, ClientSecret), AdminError> {
        self.registrar.check_clients_writable()?;
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes)?;
        let secret = ClientSecret::from_bytes(&bytes);
        let kept = SecretHash::of(&secret);
        let added = self.registrar.settle(editor, "client.add", || self.try_add(editor, &new, kept)).await?;
        Ok((added, secret))
    }

    /// Removes a client. Its tokens are dead at once.
    pub async fn remove(&self, editor: &Editor, id: &ClientId) -> Result<(), AdminError> {
        self.registrar.check_clients_writable()?;
        self.registrar.settle(editor, "client.remove", || self.try_remove(editor, id)).await
    }

    async fn try_add(
        &self,
        editor: &Editor,
        new: &NewClient,
        secret: SecretHash,
    ) -> Result<ClientProfile, AdminError> {
        let reading = self.registrar.read(editor, Some(CLIENTS_EDIT)).await?;
        if let Some(known) = reading.client(&new.id).await? {
            return Err(AdminError::Taken(format!("Client '{}'", known.client.id)));
        }
        let grants = granted(new.grants.clone(), &reading.book)?;
        reading.check_grants(&grants)?;
        let client = Client {
            token_ttl: new.token_ttl,
            allow_from: new.allow_from.clone().into(),
            ..Client::new(new.id.clone(), secret, grants)
        };
        let entry = ClientEntry { client, created_at: self.registrar.now() };
        let amendment = words::of_client(&entry.client.id, None, Some(&entry.client));
        let edit = Edit::PutClient(entry.clone());
        self.registrar.commit(&reading, edit, editor, "client.add", amendment).await?;
        Ok(entry.into())
    }

    async fn try_remove(&self, editor: &Editor, id: &ClientId) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, Some(CLIENTS_EDIT)).await?;
        let ClientProfile { client, source, .. } = reading.client(id).await?.ok_or(AdminError::NotFound)?;
        if source == ClientSource::Configuration {
            return Err(AdminError::ConfiguredClient(client.id));
        }
        reading.check_grants(&client.grants)?;
        let amendment = words::of_client(&client.id, Some(&client), None);
        let edit = Edit::RemoveClient(client.id);
        self.registrar.commit(&reading, edit, editor, "client.remove", amendment).await
    }
}

impl std::fmt::Debug for ClientAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAdmin")
    }
}

#[cfg(test)]
#[path = "client_admin_tests.rs"]
mod tests;
