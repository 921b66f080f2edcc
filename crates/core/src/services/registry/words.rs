//! Changes in words, for the record: what it was like and what it is like now, and never a secret.

use ipnet::IpNet;

use crate::domain::chain_text::rfc3339;
use crate::domain::client::{Client, ClientId};
use crate::domain::directory::UserEntry;
use crate::domain::grant::{Grant, Scope};
use crate::domain::record::Amendment;
use crate::domain::right::RightPattern;
use crate::domain::role::{Role, RoleName};
use crate::domain::session::Session;
use crate::domain::span;
use crate::domain::user::Username;

/// What becomes of a user.
pub(crate) fn of_user(name: &Username, before: Option<&UserEntry>, after: Option<&UserEntry>) -> Amendment {
    let mut now = after.map(user);
    if let (Some(before), Some(after), Some(words)) = (before, after, &mut now)
        && before.hash != after.hash
    {
        words.push_str("; new password");
    }
    Amendment { object: format!("user {name}"), before: before.map(user), after: now }
}

/// Who is added with others, one a line.
pub(crate) fn of_users(added: &[UserEntry]) -> Amendment {
    let lines: Vec<_> = added.iter().map(|entry| format!("{}: {}", entry.name, user(entry))).collect();
    Amendment { object: format!("{} users", added.len()), before: None, after: Some(lines.join("\n")) }
}

/// What becomes of a role.
pub(crate) fn of_role(name: &RoleName, before: Option<&Role>, after: Option<&Role>) -> Amendment {
    Amendment { object: format!("role {name}"), before: before.map(role), after: after.map(role) }
}

/// What becomes of a client.
pub(crate) fn of_client(id: &ClientId, before: Option<&Client>, after: Option<&Client>) -> Amendment {
    Amendment { object: format!("client {id}"), before: before.map(client), after: after.map(client) }
}

/// What becomes of a personal token; none if the session is of another kind.
pub(crate) fn of_token(of: &Session, before: Option<&Session>, after: Option<&Session>) -> Option<Amendment> {
    let object = format!("personal token '{}' of {}", of.kind.personal()?.name, of.user);
    Some(Amendment { object, before: before.and_then(token), after: after.and_then(token) })
}

fn token(session: &Session) -> Option<String> {
    let personal = session.kind.personal()?;
    let roles = listed(personal.limits.meant.iter().map(grant), "no roles");
    let until = rfc3339(session.expires_at);
    let from = listed(personal.allow_from.iter().map(IpNet::to_string), "anywhere");
    Some(format!("{roles}; until {until}; from {from}"))
}

fn client(client: &Client) -> String {
    let mut words = vec![listed(client.grants.iter().map(grant), "no roles")];
    words.extend(client.token_ttl.map(|ttl| format!("tokens for {}", span::spelled(ttl))));
    if !client.allow_from.is_empty() {
        let from: Vec<_> = client.allow_from.iter().map(IpNet::to_string).collect();
        words.push(format!("from {}", from.join(", ")));
    }
    words.join("; ")
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
