//! `api.users`: the BNG's users, and what was added to them: grants, `active`, `api_login`.
//!
//! Every fault of a user names him, and none shows any part of his hash.

use std::collections::HashMap;

use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::user::{Credentials, Stamp, User, Username};
use sha2::{Digest, Sha256};

use crate::document::{Fault, Faults, Field, MapReader, Position, shown};
use crate::grants::read_held;

const KEYS: &[&str] = &["username", "password_hash", "role", "roles", "grants", "active", "api_login"];

/// Reads the list of users. Those with a fault may be missing from what is returned.
pub fn read_users(field: &Field<'_>, roles: &RoleBook, faults: &mut Faults) -> Vec<Credentials> {
    let mut names = Names::default();
    field.list(faults).iter().filter_map(|item| read_user(item, roles, &mut names, faults)).collect()
}

fn read_user(
    item: &Field<'_>,
    roles: &RoleBook,
    names: &mut Names,
    faults: &mut Faults,
) -> Option<Credentials> {
    let map = item.map(faults)?;
    let mut own = Faults::new();
    map.deny_unknown(KEYS, &mut own);
    let name = map.require("username", &mut own).and_then(|field| names.read(&field, &mut own));
    let hash = map.require("password_hash", &mut own).and_then(|field| read_hash(&field, &mut own));
    let grants = read_held(&map, roles, &mut own);
    let active = read_switch(&map, "active", &mut own);
    let api_login = read_switch(&map, "api_login", &mut own);
    pass_on(own, name.as_ref(), faults);

    let (name, hash) = (name?, hash?);
    let stamp = stamp(&name, &hash);
    let user = User { name, stamp, active, api_login, grants: grants.into() };
    Some(Credentials { user, hash })
}

/// The faults of one user, who is named in each if his name could be read.
fn pass_on(own: Faults, name: Option<&Username>, faults: &mut Faults) {
    for fault in own.into_vec() {
        faults.push(match name {
            Some(name) => Fault { message: format!("user `{name}`: {}", fault.message), ..fault },
            None => fault,
        });
    }
}

/// The names so far, and where they stand.
#[derive(Default)]
struct Names(HashMap<Username, Position>);

impl Names {
    fn read(&mut self, field: &Field<'_>, faults: &mut Faults) -> Option<Username> {
        let text = field.scalar(faults)?;
        let name = match Username::parse(text) {
            Ok(name) => name,
            Err(error) => {
                faults.push(field.fault(format!("{error}, found `{}`", shown(text))));
                return None;
            }
        };
        if let Some((first, at)) = self.0.get_key_value(&name) {
            let differs = if first.as_str() == text { "" } else { ", which differs only in case" };
            faults.push(field.fault(format!("the name is taken by `{first}` in {at}{differs}")));
        } else {
            self.0.insert(name.clone(), field.at());
        }
        Some(name)
    }
}

fn read_hash(field: &Field<'_>, faults: &mut Faults) -> Option<PasswordHash> {
    let hash = PasswordHash::parse(field.scalar(faults)?);
    hash.map_err(|error| faults.push(field.fault(error.to_string()))).ok()
}

fn read_switch(map: &MapReader<'_>, key: &str, faults: &mut Faults) -> bool {
    map.field(key).and_then(|field| field.bool(faults)).unwrap_or(true)
}

/// What ties tokens to a user of the file: his name and his hash alone, so that a token survives a restart and any
/// change of roles, and ends with the password.
fn stamp(name: &Username, hash: &PasswordHash) -> Stamp {
    let mut credential = Sha256::new();
    for part in [name.key(), hash.expose()] {
        credential.update((part.len() as u64).to_be_bytes());
        credential.update(part);
    }
    // "End all sessions" raises a user's generation; the file knows of none.
    let generation = 0_u64.to_be_bytes();
    Stamp::of(&[b"yaml-user-v1", name.key().as_bytes(), &credential.finalize(), &generation])
}

#[cfg(test)]
mod tests;
