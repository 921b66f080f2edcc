//! Who might try a path, from no token at all to every right.

use portcullis_core::domain::decision::decide;
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::path::Target;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::request::{AmbiguousField, Fields};
use portcullis_core::domain::role::{RoleBook, RoleName};
use portcullis_core::domain::route::Route;
use portcullis_core::domain::selector::realm_asked;
use portcullis_core::domain::standing::Standing;
use portcullis_core::domain::user::{Stamp, User, Username};

/// Somebody, or nobody in particular.
pub(crate) struct Person {
    /// For the message of an assertion.
    pub(crate) name: &'static str,
    /// None: without a token.
    standing: Option<Standing>,
}

/// Everybody that a path is tried for.
pub(crate) fn people() -> Vec<Person> {
    vec![
        Person { name: "anonymous", standing: None },
        person("newcomer", &[], None),
        person("operator", &["operator"], None),
        person("viewer", &["viewer"], None),
        person("technician", &["planner"], Some("Default")),
        person("admin", &["admin"], None),
        person("everybody", &["admin", "operator", "viewer"], None),
    ]
}

fn person(name: &'static str, roles: &[&str], realm: Option<&str>) -> Person {
    let scope = realm.and_then(|realm| Realm::parse(realm).ok()).map_or(Scope::Everywhere, Scope::In);
    let grant = |role: &&str| Some(Grant { role: RoleName::parse(role).ok()?, scope: scope.clone() });
    let user = Username::parse(name).ok().map(|name| User {
        name,
        stamp: Stamp::of(&[]),
        active: true,
        api_login: true,
        grants: roles.iter().filter_map(grant).collect(),
    });
    Person { name, standing: user.map(|user| Standing::new(user, &RoleBook::built_in())) }
}

impl Person {
    /// Whether the route lets this person through with this target.
    pub(crate) fn may(&self, route: &Route, target: &Target) -> bool {
        if route.requirement.is_public() {
            return true;
        }
        let asked = realm_asked(&route.requirement, target, &NoFields);
        let (Some(standing), Ok(asked)) = (&self.standing, asked) else { return false };
        decide(&route.requirement, standing, &asked).is_ok()
    }
}

/// A request without header fields.
struct NoFields;

impl Fields for NoFields {
    fn only(&self, _: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}
