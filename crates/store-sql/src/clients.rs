//! Clients, as they are kept and read.

use std::time::Duration;

use portcullis_core::domain::client::{Client, ClientId, SecretHash};
use portcullis_core::domain::directory::{ClientEntry, Page};
use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::network::network;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::Changed;
use portcullis_core::ports::store_error::StoreError;

use crate::sql::{Row, Sql, at_most, malformed, micros, words};
use crate::statements::clients;
use crate::transaction::Transaction;
use crate::users::grant;

impl Transaction<'_> {
    /// Adds a client, or replaces the one of this id.
    pub(crate) async fn put_client(&mut self, entry: &ClientEntry) -> Result<(), StoreError> {
        let ClientEntry { client: Client { id, secret, grants, token_ttl, allow_from, .. }, created_at } =
            entry;
        let networks = words(allow_from);
        let values = [
            id.key().into(),
            id.as_str().into(),
            secret.bytes().as_slice().into(),
            token_ttl.map(micros).into(),
            networks.as_deref().into(),
            created_at.micros().into(),
        ];
        self.sql.execute(clients::PUT, &values).await?;
        self.sql.execute(clients::REVOKE_ALL, &[id.key().into()]).await?;
        for (grant, position) in grants.iter().zip(0_i64..) {
            let realm = grant.scope.realm().map(Realm::as_str);
            let values = [id.key().into(), position.into(), grant.role.as_str().into(), realm.into()];
            self.sql.execute(clients::GRANT, &values).await?;
        }
        self.tell(&Changed::Client(id.clone())).await
    }

    /// Removes a client.
    pub(crate) async fn remove_client(&mut self, id: &ClientId) -> Result<(), StoreError> {
        self.sql.execute(clients::REVOKE_ALL, &[id.key().into()]).await?;
        self.sql.execute(clients::REMOVE, &[id.key().into()]).await?;
        self.tell(&Changed::Client(id.clone())).await
    }
}

/// The client of this id.
pub(crate) async fn find(sql: &mut dyn Sql, id: &ClientId) -> Result<Option<ClientEntry>, StoreError> {
    Ok(gathered(sql.rows(clients::FIND, &[id.key().into()]).await?)?.pop())
}

/// A page of the clients in the order of their keys.
pub(crate) async fn page(sql: &mut dyn Sql, page: Page) -> Result<Vec<ClientEntry>, StoreError> {
    let after = page.after.unwrap_or_default();
    gathered(sql.rows(clients::PAGE, &[after.as_str().into(), at_most(page.limit).into()]).await?)
}

/// Makes clients of rows of which each has one of their grants; those of one client stand together.
fn gathered(rows: Vec<Row>) -> Result<Vec<ClientEntry>, StoreError> {
    let mut all: Vec<(ClientEntry, Vec<Grant>)> = vec![];
    for mut row in rows {
        let entry = entry(&mut row)?;
        let grant = grant(&mut row)?;
        match all.last_mut().filter(|(last, _)| last.client.id == entry.client.id) {
            Some((_, grants)) => grants.extend(grant),
            None => all.push((entry, grant.into_iter().collect())),
        }
    }
    let whole = |(entry, grants): (ClientEntry, Vec<Grant>)| ClientEntry {
        client: Client { grants: grants.into(), ..entry.client },
        ..entry
    };
    Ok(all.into_iter().map(whole).collect())
}

/// A client without its grants.
fn entry(row: &mut Row) -> Result<ClientEntry, StoreError> {
    let id = row.parsed("clients.id", ClientId::parse)?;
    let secret = SecretHash::from_bytes(row.array("clients.secret")?);
    let token_ttl = row.optional_integer("clients.token_ttl")?.map(u64::try_from).transpose();
    let token_ttl = token_ttl.map_err(|error| malformed("clients.token_ttl", error))?;
    let allow_from = row.words("clients.allow_from", network)?;
    let created_at = Timestamp::from_micros(row.integer("clients.created_at")?);
    let client = Client::new(id, secret, []);
    let token_ttl = token_ttl.map(Duration::from_micros);
    Ok(ClientEntry { client: Client { token_ttl, allow_from: allow_from.into(), ..client }, created_at })
}
