//! Grants as they are written in a body: `[{"role": "planner", "realm": "pop-syd"}]`; without a realm, or with null, the
//! role is held everywhere.

use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use serde_json::Value;

use crate::json_object::JsonObject;

/// The grants of a list; what is wrong with them is remembered by `body`.
pub(crate) fn read(body: &mut JsonObject, list: Vec<Value>) -> Vec<Grant> {
    body.objects("grants", list, grant)
}

fn grant(object: &mut JsonObject) -> Option<Grant> {
    let (role, realm) = (object.text("role"), object.nullable_text("realm"));
    let is_everywhere = realm.is_none();
    let role = object.parsed("role", role, RoleName::parse);
    let realm = object.parsed("realm", realm, Realm::parse);
    let scope = if is_everywhere { Scope::Everywhere } else { Scope::In(realm?) };
    Some(Grant { role: role?, scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(body: &str) -> Option<Vec<Grant>> {
        let mut object = JsonObject::read(None, body.as_bytes()).ok()?;
        let list = object.list("grants")?;
        let grants = read(&mut object, list);
        object.finish().ok().map(|()| grants)
    }

    #[test]
    fn a_role_is_held_in_its_realm_or_everywhere() {
        let body = r#"{"grants":[{"role":"planner","realm":"pop-syd"},{"role":"viewer"},{"role":"viewer","realm":null}]}"#;
        let role = |name| RoleName::parse(name).unwrap();
        let viewer = Grant { role: role("viewer"), scope: Scope::Everywhere };
        let planner = Grant { role: role("planner"), scope: Scope::In(Realm::parse("pop-syd").unwrap()) };
        assert_eq!(read_all(body).unwrap(), [planner, viewer.clone(), viewer]);
        assert_eq!(read_all(r#"{"grants":[]}"#).unwrap(), []);
    }

    #[test]
    fn a_realm_that_is_none_never_means_everywhere() {
        for realm in [r#""""#, r#"" ""#, "1", "false", "[]", "{}", r#""a\u0000""#] {
            assert_eq!(
                read_all(&format!(r#"{{"grants":[{{"role":"admin","realm":{realm}}}]}}"#)),
                None,
                "{realm}"
            );
        }
        assert_eq!(read_all(r#"{"grants":[{"role":"admin","Realm":"x"}]}"#), None);
    }
}
