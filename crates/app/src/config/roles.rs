//! `roles`: what is added to the built-in ones.

use std::collections::HashMap;

use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleBook, RoleError, RoleName};
use portcullis_store_yaml::document::{Faults, Field, Position, shown};

/// The built-in roles and those of the file. A role with a fault in its rights is kept, so that who holds it has none.
pub(super) fn roles(list: Option<&Field<'_>>, faults: &mut Faults) -> RoleBook {
    let mut book = RoleBook::built_in();
    let mut places = HashMap::new();
    for item in list.map(|list| list.list(faults)).unwrap_or_default() {
        read_role(&item, &mut book, &mut places, faults);
    }
    book
}

fn read_role(
    item: &Field<'_>,
    book: &mut RoleBook,
    places: &mut HashMap<RoleName, Position>,
    faults: &mut Faults,
) {
    let Some(map) = item.map(faults) else { return };
    map.deny_unknown(&["name", "rights"], faults);
    let rights = map.require("rights", faults).map(|list| read_rights(&list, faults)).unwrap_or_default();
    let Some(field) = map.require("name", faults) else { return };
    let Some(name) = read_name(&field, faults) else { return };
    match book.add(Role { name: name.clone(), rights }) {
        Ok(()) => {
            places.insert(name, field.at());
        }
        Err(error @ RoleError::Duplicate(_)) => {
            let place = places.get(&name).map(|at| format!("; the first is in {at}")).unwrap_or_default();
            faults.push(field.fault(format!("{error}{place}")));
        }
        Err(error @ RoleError::BuiltIn(_)) => faults.push(field.fault(error.to_string())),
    }
}

fn read_name(field: &Field<'_>, faults: &mut Faults) -> Option<RoleName> {
    let text = field.scalar(faults)?;
    let name = RoleName::parse(text);
    name.map_err(|error| faults.push(field.fault(format!("{error}, found `{}`", shown(text))))).ok()
}

fn read_rights(list: &Field<'_>, faults: &mut Faults) -> Vec<RightPattern> {
    let mut rights = Vec::new();
    for item in list.list(faults) {
        let Some(text) = item.scalar(faults) else { continue };
        match RightPattern::parse(text) {
            Ok(right) => rights.push(right),
            Err(error) => faults.push(item.fault(format!("{error}, found `{}`", shown(text)))),
        }
    }
    rights
}
