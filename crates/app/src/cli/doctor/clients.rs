//! The machines that have a secret of their own.

use std::time::Duration;

use portcullis_core::domain::client::Client;
use portcullis_core::domain::grant::Scope;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::session::Session;
use portcullis_core::domain::span::spelled;

use super::super::output::time;
use super::codes;
use super::finding::Finding;
use super::seen::Seen;

const A_DAY: Duration = Duration::from_hours(24);
/// As long as a script may go on without anybody who looks at it.
const A_QUARTER: Duration = Duration::from_hours(90 * 24);

/// Where they come from, what they may, and for how long.
pub(super) fn clients(seen: &Seen<'_>) -> Vec<Finding> {
    seen.clients().iter().flat_map(|client| of(client, seen)).collect()
}

fn of(client: &Client, seen: &Seen<'_>) -> Vec<Finding> {
    let id = &client.id;
    let mut found = vec![];
    if client.allow_from.is_empty() {
        let mend = mend(client, "allow_from: [the networks it is in]", seen);
        found
            .push(codes::CLIENT_FROM_ANYWHERE.found(format!("the client {id} may come from anywhere"), mend));
    }
    if holds_everything(client, seen) {
        let mend = mend(client, "grants: [a role that holds what it needs]", seen);
        found.push(codes::CLIENT_ADMIN.found(format!("the client {id} holds every right"), mend));
    }
    if let Some(ttl) = client.token_ttl.filter(|ttl| *ttl > A_DAY) {
        let title = format!("tokens of the client {id} last {}", spelled(ttl));
        let mend = mend(client, "token_ttl: 1h, since it gets another one whenever it likes", seen);
        found.push(codes::CLIENT_TOKEN_LONG.found(title, mend));
    }
    found
}

/// A client of the database is made anew, and gets another secret.
fn mend(client: &Client, edit: &str, seen: &Seen<'_>) -> String {
    if seen.config.clients.iter().any(|configured| configured.id == client.id) {
        return seen.edit(edit);
    }
    let remove = seen.command(&format!("client remove {}", client.id));
    format!("{remove}, and `portcullis client add` as it should be ({edit})")
}

/// Tokens that people gave to their scripts, for too long.
pub(super) fn personal_tokens(seen: &Seen<'_>) -> Vec<Finding> {
    let long = seen.tokens().iter().filter(|token| token.issued_at.plus(A_QUARTER) < token.expires_at);
    long.map(|token| {
        let name = token.kind.personal().map_or("", |personal| personal.name.as_str());
        let Session { id, user, expires_at, .. } = token;
        let title = format!("the personal token `{name}` of {user} lasts until {}", time(*expires_at));
        codes::PERSONAL_TOKEN_LONG.found(title, seen.command(&format!("session end {}", id.as_str())))
    })
    .collect()
}

fn holds_everything(client: &Client, seen: &Seen<'_>) -> bool {
    let everything = RightPattern::everything();
    client
        .grants
        .iter()
        .filter(|grant| grant.scope == Scope::Everywhere)
        .any(|grant| seen.roles().get(&grant.role).is_some_and(|role| role.rights.contains(&everything)))
}
