//! Changes in words, for the record: what it was like and what it is like now, and never a secret.

use crate::domain::directory::UserEntry;
use crate::domain::grant::{Grant, Scope};
use crate::domain::record::Amendment;
use crate::domain::right::RightPattern;
use crate::domain::role::{Role, RoleName};
use crate::domain::user::Username;

/// What becomes of a user.
pub(crate) fn of_user(name: &Username, before: Option<&UserEntry>, after: Option<&UserEntry>) -> Amendment {
    let mut now = after.map(user);
    if let (Some(before), Some(after), Some(words)) = (before, after, &mut now)
        && before.stamp != after.stamp
    {
        words.push_str("; new password");
    }
    Amendment { object: format!("user {name}"), before: before.map(user), after: now }
}

/// What becomes of a role.
pub(crate) fn of_role(name: &RoleName, before: Option<&Role>, after: Option<&Role>) -> Amendment {
    Amendment { object: format!("role {name}"), before: before.map(role), after: after.map(role) }
}

fn user(entry: &UserEntry) -> String {
    let active = if entry.active { "active" } else { "deactivated" };
    let login = if entry.api_login { "may log in" } else { "may not log in" };
    format!("{active}; {login}; {}", listed(entry.grants.iter().map(grant), "no roles"))
}

fn grant(grant: &Grant) -> String {
    match &grant.scope {
        Scope::Everywhere => grant.role.to_string(),
        Scope::In(realm) => format!("{} in '{realm}'", grant.role),
    }
}

fn role(role: &Role) -> String {
    listed(role.rights.iter().map(RightPattern::as_str).map(str::to_owned), "no rights")
}

fn listed(all: impl Iterator<Item = String>, none: &str) -> String {
    let all: Vec<_> = all.collect();
    if all.is_empty() { none.to_owned() } else { all.join(", ") }
}
