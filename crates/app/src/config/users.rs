//! `users`, `user_store`: who can log in.

use std::sync::Arc;

use portcullis_core::domain::role::RoleBook;
use portcullis_store_yaml::document::{Faults, Field};
use portcullis_store_yaml::snapshot::YamlUsers;
use portcullis_store_yaml::users::read_users;

use super::layers::Settings;

/// The users of the file. A store beside them, or in their place, is a fault, which never shows the store's password.
pub(super) fn users(
    list: Option<&Field<'_>>,
    settings: &Settings<'_>,
    roles: &RoleBook,
    faults: &mut Faults,
    warnings: &mut Vec<String>,
) -> Arc<YamlUsers> {
    if let Some(store) = settings.optional("user_store") {
        faults.push(store.fault(match list {
            Some(_) => "can't stand beside `users`",
            None => "user_store is not supported in this version; use `users`",
        }));
    }
    let users = list.map(|list| read_users(list, roles, faults)).unwrap_or_default();
    let mistyped = users.iter().filter(|user| !user.hash.can_match());
    warnings.extend(mistyped.map(|user| {
        let name = &user.user.name;
        format!("no password can match the `password_hash` of user `{name}`: it was mistyped or cut")
    }));
    Arc::new(YamlUsers::new(users))
}
