//! The machines that have a secret of their own.

use std::time::Duration;

use portcullis_core::domain::client::Client;
use portcullis_core::domain::grant::Scope;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::span::spelled;

use super::codes;
use super::finding::Finding;
use super::seen::Seen;

const A_DAY: Duration = Duration::from_hours(24);

/// Where they come from, what they may, and for how long.
pub(super) fn clients(seen: &Seen<'_>) -> Vec<Finding> {
    seen.clients().iter().flat_map(|client| of(client, seen)).collect()
}

fn of(client: &Client, seen: &Seen<'_>) -> Vec<Finding> {
    let id = &client.id;
    let mut found = vec![];
    if client.allow_from.is_empty() {
        let title = format!("the client {id} may come from anywhere");
        found
            .push(codes::CLIENT_FROM_ANYWHERE.found(title, seen.edit("allow_from: [the networks it is in]")));
    }
    if holds_everything(client, seen) {
        let title = format!("the client {id} holds every right");
        found.push(codes::CLIENT_ADMIN.found(title, seen.edit("grants: [a role that holds what it needs]")));
    }
    if let Some(ttl) = client.token_ttl.filter(|ttl| *ttl > A_DAY) {
        let title = format!("tokens of the client {id} last {}", spelled(ttl));
        found.push(
            codes::CLIENT_TOKEN_LONG
                .found(title, seen.edit("token_ttl: 1h; it can get another one any time")),
        );
    }
    found
}

fn holds_everything(client: &Client, seen: &Seen<'_>) -> bool {
    let everything = RightPattern::everything();
    client
        .grants
        .iter()
        .filter(|grant| grant.scope == Scope::Everywhere)
        .any(|grant| seen.roles().get(&grant.role).is_some_and(|role| role.rights.contains(&everything)))
}
