//! Grants as the command line writes them: `operator`, `field-tech@pop-syd`.

use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use serde_json::{Value, json};

/// Reads `ROLE` or `ROLE@REALM`. A role's name has no `@`, but a realm's may.
pub(super) fn parse(text: &str) -> Result<Grant, String> {
    let (role, realm) = match text.split_once('@') {
        Some((role, realm)) => (role, Some(realm)),
        None => (text, None),
    };
    let role = RoleName::parse(role).map_err(|error| error.to_string())?;
    let scope = match realm {
        Some(realm) => Scope::In(Realm::parse(realm).map_err(|error| error.to_string())?),
        None => Scope::Everywhere,
    };
    Ok(Grant { role, scope })
}

/// One grant, as it would be given.
pub(super) fn text(grant: &Grant) -> String {
    match &grant.scope {
        Scope::Everywhere => grant.role.to_string(),
        Scope::In(realm) => format!("{}@{realm}", grant.role),
    }
}

/// All grants in a line.
pub(super) fn list(grants: &[Grant]) -> String {
    if grants.is_empty() { "-".to_owned() } else { grants.iter().map(text).collect::<Vec<_>>().join(", ") }
}

/// One grant, as the endpoints write it.
pub(super) fn as_json(grant: &Grant) -> Value {
    json!({ "role": grant.role.as_str(), "realm": grant.scope.realm().map(Realm::as_str) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_read_as_it_is_written() {
        for grant in ["operator", "field-tech@pop-syd", "a@b@c", "a@Straße 7"] {
            assert_eq!(text(&parse(grant).unwrap()), grant);
        }
        assert_eq!(parse("a@b@c").unwrap().scope.realm().unwrap().as_str(), "b@c");
    }

    #[test]
    fn a_realm_that_is_none_never_means_everywhere() {
        for wrong in ["", "@", "a@", "@b", "a b", "a@ b", "a@\n"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
