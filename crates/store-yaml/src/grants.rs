//! Grants as they are written: a role, several, or several each with its realm. A user's and a client's are alike.

use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::{RoleBook, RoleName};

use crate::document::{Faults, Field, MapReader};
use crate::role_names::known_role;

/// What a user holds: one role, several, or several each with its realm.
pub(crate) fn read_held(map: &MapReader<'_>, roles: &RoleBook, faults: &mut Faults) -> Vec<Grant> {
    let everywhere =
        |item: &Field<'_>, faults: &mut Faults| read_role(item, roles, faults).map(held_everywhere);
    match (map.field("role"), map.field("roles"), map.field("grants")) {
        (Some(role), None, None) => everywhere(&role, faults).into_iter().collect(),
        (None, Some(list), None) => read_each(&list, faults, everywhere),
        (None, None, Some(list)) => read_grants(&list, roles, faults),
        (None, None, None) => {
            let message = "`role`, `roles` or `grants` is missing; somebody without any role has `roles: []`";
            faults.push(map.fault(message));
            Vec::new()
        }
        _ => {
            faults.push(map.fault("only one of `role`, `roles` and `grants` can stand here"));
            Vec::new()
        }
    }
}

/// A list of roles, each with its realm if it has one.
pub fn read_grants(list: &Field<'_>, roles: &RoleBook, faults: &mut Faults) -> Vec<Grant> {
    read_each(list, faults, |item, faults| read_grant(item, roles, faults))
}

fn read_each(
    list: &Field<'_>,
    faults: &mut Faults,
    read: impl Fn(&Field<'_>, &mut Faults) -> Option<Grant>,
) -> Vec<Grant> {
    let mut grants = Vec::new();
    for item in list.list(faults) {
        match read(&item, faults) {
            Some(grant) if grants.contains(&grant) => faults.push(item.fault("is there twice")),
            Some(grant) => grants.push(grant),
            None => {}
        }
    }
    grants
}

/// A grant; none if its realm can't be read, which must not make one for everywhere of it.
fn read_grant(item: &Field<'_>, roles: &RoleBook, faults: &mut Faults) -> Option<Grant> {
    let map = item.map(faults)?;
    map.deny_unknown(&["role", "realm"], faults);
    let role = map.require("role", faults).and_then(|role| read_role(&role, roles, faults));
    let scope = match map.field("realm") {
        None => Some(Scope::Everywhere),
        Some(realm) => read_realm(&realm, faults).map(Scope::In),
    };
    Some(Grant { role: role?, scope: scope? })
}

fn held_everywhere(role: RoleName) -> Grant {
    Grant { role, scope: Scope::Everywhere }
}

fn read_role(field: &Field<'_>, roles: &RoleBook, faults: &mut Faults) -> Option<RoleName> {
    let role = known_role(field.scalar(faults)?, roles);
    role.map_err(|message| faults.push(field.fault(message))).ok()
}

fn read_realm(field: &Field<'_>, faults: &mut Faults) -> Option<Realm> {
    let realm = Realm::parse(field.scalar(faults)?);
    realm.map_err(|error| faults.push(field.fault(error.to_string()))).ok()
}
