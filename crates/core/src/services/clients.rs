//! The clients of the configuration, with the generations of their sessions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::client::{Client, ClientId, SubjectId};
use crate::ports::ledger::Ledger;
use crate::ports::store_error::StoreError;

/// The clients that there are. A client's stamp is that of its present generation.
#[derive(Default)]
pub struct Clients {
    by_id: HashMap<ClientId, Client>,
    ledger: Option<Arc<dyn Ledger>>,
}

impl Clients {
    /// These clients, with the generations of a ledger. Of two with one id, one counts.
    pub fn new(clients: impl IntoIterator<Item = Client>, ledger: Arc<dyn Ledger>) -> Self {
        let by_id = clients.into_iter().map(|client| (client.id.clone(), client)).collect();
        Self { by_id, ledger: Some(ledger) }
    }

    /// Looks up a client.
    pub async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let (Some(client), Some(ledger)) = (self.by_id.get(id), &self.ledger) else { return Ok(None) };
        let generation = ledger.generation(&SubjectId::Client(id.clone())).await?;
        Ok(Some(Client { stamp: client.stamp.of_generation(generation), ..client.clone() }))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
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
}
