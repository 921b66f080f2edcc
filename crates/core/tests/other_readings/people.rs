//! Who might try a path.

use std::sync::LazyLock;

use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::{RoleBook, RoleName};
use portcullis_core::domain::standing::Standing;
use portcullis_core::domain::user::{Stamp, User, Username};

/// Somebody, or nobody in particular.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    /// None: without a token.
    pub(crate) standing: Option<Standing>,
}

/// Everybody that a path is tried for: from no token at all to every role.
pub(crate) fn people() -> &'static [Person] {
    static PEOPLE: LazyLock<Vec<Person>> = LazyLock::new(everybody);
    &PEOPLE
}

fn everybody() -> Vec<Person> {
    let everything = ["admin", "operator", "viewer", "manager", "planner", "administrator"];
    vec![
        Person { name: "anonymous", standing: None },
        person("newcomer", &[], None),
        person("operator", &["operator"], None),
        person("viewer", &["viewer"], None),
        person("field-tech", &["planner"], Some("pop-syd")),
        person("admin", &["admin"], None),
        person("everything", &everything, None),
    ]
}

fn person(name: &'static str, roles: &[&str], realm: Option<&str>) -> Person {
    let scope = realm.and_then(|realm| Realm::parse(realm).ok()).map_or(Scope::Everywhere, Scope::In);
    let role = |role: &&str| Some(Grant { role: RoleName::parse(role).ok()?, scope: scope.clone() });
    let user = Username::parse(name).ok().map(|name| User {
        stamp: Stamp::of(&[]),
        name,
        active: true,
        api_login: true,
        grants: roles.iter().filter_map(role).collect(),
    });
    Person { name, standing: user.map(|user| Standing::new(user, &RoleBook::built_in())) }
}
