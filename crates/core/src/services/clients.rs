//! The clients of the configuration, with the generations of their sessions; and all clients there are, those that the
//! store keeps too. Where both have one of an id, the configuration's is the one that counts.

use std::collections::HashMap;
use std::sync::Arc;

use super::policy::Policy;
use crate::domain::client::{Client, ClientId, SubjectId};
use crate::domain::directory::{ClientEntry, Page};
use crate::domain::time::Timestamp;
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;

/// Where a client is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSource {
    /// In the configuration, where it is edited by hand.
    Configuration,
    /// In the store.
    Store,
}

impl ClientSource {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Store => "store",
        }
    }
}

/// A client as an administrator sees it.
#[derive(Debug, Clone)]
pub struct ClientProfile {
    /// The client.
    pub client: Client,
    /// Where it is defined.
    pub source: ClientSource,
    /// When it was made, if that is kept.
    pub created_at: Option<Timestamp>,
}

impl From<ClientEntry> for ClientProfile {
    fn from(ClientEntry { client, created_at }: ClientEntry) -> Self {
        Self { client, source: ClientSource::Store, created_at: Some(created_at) }
    }
}

/// A part of all clients, in the order of their ids without case (the key of the page).
pub async fn listed(policy: &Policy, page: Page) -> Result<Vec<ClientProfile>, StoreError> {
    let limit = page.limit;
    let configured = &policy.clients.by_id;
    // Among the first so many of all there are none of the store but its own first so many.
    let kept = policy.users.clients(page.clone()).await?;
    let kept = kept.into_iter().filter(|entry| !configured.contains_key(&entry.client.id));
    let is_later = |client: &&Client| page.after.as_deref().is_none_or(|after| client.id.key() > after);
    let configured = configured.values().filter(is_later).map(of_the_configuration);
    let mut all: Vec<_> = configured.chain(kept.map(ClientProfile::from)).collect();
    all.sort_unstable_by(|one, other| one.client.id.key().cmp(other.client.id.key()));
    all.truncate(limit);
    Ok(all)
}

/// One client.
pub async fn shown(policy: &Policy, id: &ClientId) -> Result<Option<ClientProfile>, StoreError> {
    match policy.clients.get(id) {
        Some(client) => Ok(Some(of_the_configuration(client))),
        None => Ok(policy.users.client(id).await?.map(ClientProfile::from)),
    }
}

fn of_the_configuration(client: &Client) -> ClientProfile {
    ClientProfile { client: client.clone(), source: ClientSource::Configuration, created_at: None }
}

/// The clients of the configuration. A client's stamp is that of its present generation.
#[derive(Default)]
pub struct Clients {
    by_id: HashMap<ClientId, Client>,
    ledger: Option<Arc<dyn Ledger>>,
}

impl Clients {
    /// These clients, with the generations of a ledger. Of two with one id, one counts.
    pub fn new(clients: impl IntoIterator<Item = Client>, ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger: Some(ledger), ..Self::without_generations(clients) }
    }

    /// The same for whoever only explains what they hold: with the stamps that they had at first.
    pub fn without_generations(clients: impl IntoIterator<Item = Client>) -> Self {
        let by_id = clients.into_iter().map(|client| (client.id.clone(), client)).collect();
        Self { by_id, ledger: None }
    }

    /// Looks up a client as it is defined.
    pub fn get(&self, id: &ClientId) -> Option<&Client> {
        self.by_id.get(id)
    }

    /// Looks up a client.
    pub async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let Some(client) = self.by_id.get(id) else { return Ok(None) };
        let Some(ledger) = &self.ledger else { return Ok(Some(client.clone())) };
        let generation = ledger.generation(&SubjectId::Client(id.clone())).await?;
        Ok(Some(Client { stamp: client.stamp.of_generation(generation), ..client.clone() }))
    }
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.by_id.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::domain::session::Generation;
    use crate::ports::ledger::MockLedger;
    use crate::ports::user_store::MockUserStore;

    #[tokio::test]
    async fn a_client_is_found_in_any_case_with_the_stamp_of_its_generation() {
        let (backup, mut ledger) = (client("Backup", &[]), MockLedger::new());
        ledger
            .expect_generation()
            .withf(|of| of.key() == "client:backup")
            .times(1)
            .returning(|_| Ok(Generation { user: 1, everybody: 0 }));
        let clients = Clients::new([backup.clone()], Arc::new(ledger));
        let found = clients.find(&ClientId::parse("BACKUP").unwrap()).await.unwrap().unwrap();
        assert_eq!(found.id.as_str(), "Backup");
        assert!(found.stamp != backup.stamp);
        assert!(clients.find(&ClientId::parse("other").unwrap()).await.unwrap().is_none());
        assert!(Clients::default().find(&backup.id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_generation_that_cannot_be_read_is_no_first_generation() {
        let mut ledger = MockLedger::new();
        ledger.expect_generation().returning(|_| Err(unavailable()));
        let clients = Clients::new([client("backup", &[])], Arc::new(ledger));
        assert!(clients.find(&ClientId::parse("backup").unwrap()).await.is_err());
    }

    #[tokio::test]
    async fn all_clients_are_listed_part_by_part_and_of_two_of_one_id_the_configurations() {
        let mut store = MockUserStore::new();
        let kept = || ["a", "B", "d", "e"].map(|id| ClientEntry { client: client(id, &[]), created_at: NOW });
        store
            .expect_clients()
            .returning(move |page| Ok(page.of(kept().into_iter(), |entry| entry.client.id.key())));
        let configured = Clients::without_generations(["b", "C", "f"].map(|id| client(id, &[])));
        let policy = policy(store).with_clients(configured);
        for limit in 1..=7 {
            let (mut all, mut after) = (vec![], None);
            loop {
                let part = listed(&policy, Page { after, limit }).await.unwrap();
                assert!(part.len() <= limit);
                let Some(last) = part.last() else { break };
                after = Some(last.client.id.key().to_owned());
                all.extend(
                    part.iter().map(|profile| format!("{} {}", profile.client.id, profile.source.as_str())),
                );
            }
            let (ours, theirs) = ("configuration", "store");
            let expected =
                [("a", theirs), ("b", ours), ("C", ours), ("d", theirs), ("e", theirs), ("f", ours)];
            assert_eq!(all, expected.map(|(id, source)| format!("{id} {source}")), "{limit}");
        }
    }
}
