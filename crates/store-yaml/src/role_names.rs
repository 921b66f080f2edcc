//! Roles are named in users and in routes; both say the same of a name that is none.

use portcullis_core::domain::role::{RoleBook, RoleName};

use crate::document::{nearest, shown};

/// The role of this name, in the spelling of the text; or what is wrong with it, and which role may be meant.
pub fn known_role(text: &str, roles: &RoleBook) -> Result<RoleName, String> {
    let name = RoleName::parse(text).map_err(|error| format!("{error}, found `{}`", shown(text)))?;
    if roles.get(&name).is_some() {
        return Ok(name);
    }
    let mut known: Vec<_> = roles.names().map(RoleName::as_str).collect();
    known.sort_unstable();
    Err(match nearest(text, &known) {
        Some(meant) => format!("unknown role `{name}`; did you mean `{meant}`?"),
        None => format!("unknown role `{name}`; known are {}", known.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        known_role(text, &RoleBook::built_in()).unwrap_err()
    }

    #[test]
    fn a_role_is_known_in_any_case() {
        assert_eq!(known_role("Admin", &RoleBook::built_in()).unwrap().as_str(), "Admin");
    }

    #[test]
    fn an_unknown_role_is_told_with_the_one_that_may_be_meant() {
        assert_eq!(said("amdin"), "unknown role `amdin`; did you mean `admin`?");
        assert_eq!(
            said("root"),
            "unknown role `root`; known are admin, administrator, manager, operator, planner, viewer"
        );
    }

    #[test]
    fn what_can_be_no_role_name_is_told_so() {
        assert_eq!(
            said("a b\u{1b}"),
            "a role name must be 1 to 64 characters of A-Z a-z 0-9 . _ -, found `a b\\u{1b}`"
        );
    }
}
