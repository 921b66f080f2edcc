//! `clients`: machines that get tokens with a secret of their own.
//!
//! No fault shows a secret's hash.

use std::collections::HashMap;

use ipnet::IpNet;
use portcullis_core::domain::client::{Client, ClientId, SecretHash};
use portcullis_core::domain::role::RoleBook;
use portcullis_store_yaml::document::{Faults, Field, Position, shown};
use portcullis_store_yaml::grants::read_grants;

use super::network::{NETWORK, network};
use super::setting::Setting;
use super::tokens::LIFETIME;

const KEYS: &[&str] = &["client_id", "secret_sha256", "grants", "token_ttl", "allow_from"];

/// The clients of the file. Those with a fault may be missing from what is returned.
pub(super) fn clients(list: Option<&Field<'_>>, roles: &RoleBook, faults: &mut Faults) -> Vec<Client> {
    let mut ids = Ids::default();
    let items = list.map(|list| list.list(faults)).unwrap_or_default();
    items.iter().filter_map(|item| client(item, roles, &mut ids, faults)).collect()
}

fn client(item: &Field<'_>, roles: &RoleBook, ids: &mut Ids, faults: &mut Faults) -> Option<Client> {
    let map = item.map(faults)?;
    map.deny_unknown(KEYS, faults);
    let id = map.require("client_id", faults).and_then(|field| ids.read(&field, faults));
    let secret = map.require("secret_sha256", faults).and_then(|field| secret(&field, faults));
    let grants = map.require("grants", faults).map(|list| read_grants(&list, roles, faults));
    let token_ttl =
        map.field("token_ttl").and_then(|field| Setting::Written(field).duration(LIFETIME, faults));
    let allow_from = map.field("allow_from").map(|list| networks(&list, faults)).unwrap_or_default();
    let client = Client::new(id?, secret?, grants?);
    Some(Client { token_ttl, allow_from: allow_from.into(), ..client })
}

/// The ids so far, and where they stand.
#[derive(Default)]
struct Ids(HashMap<ClientId, Position>);

impl Ids {
    fn read(&mut self, field: &Field<'_>, faults: &mut Faults) -> Option<ClientId> {
        let text = field.scalar(faults)?;
        let id = ClientId::parse(text)
            .map_err(|error| faults.push(field.fault(format!("{error}, found `{}`", shown(text)))))
            .ok()?;
        if let Some((first, at)) = self.0.get_key_value(&id) {
            let differs = if first.as_str() == text { "" } else { ", which differs only in case" };
            faults.push(field.fault(format!("the id is taken by `{first}` in {at}{differs}")));
        } else {
            self.0.insert(id.clone(), field.at());
        }
        Some(id)
    }
}

fn secret(field: &Field<'_>, faults: &mut Faults) -> Option<SecretHash> {
    let hash = SecretHash::parse(field.scalar(faults)?);
    if hash.is_none() {
        faults.push(field.fault("expected the SHA-256 of the secret, 64 hexadecimal digits"));
    }
    hash
}

/// An empty list would let nobody in, or everybody: whichever it is, it was not meant.
fn networks(list: &Field<'_>, faults: &mut Faults) -> Vec<IpNet> {
    let items = list.list(faults);
    if items.is_empty() {
        faults.push(list.fault("names no network; leave it out to let the client come from anywhere"));
    }
    items.into_iter().filter_map(|item| Setting::Written(item).read(NETWORK, faults, network)).collect()
}
