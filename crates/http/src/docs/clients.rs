//! The endpoints about clients, in words and in examples.

use serde_json::{Value, json};

use super::operation::{Operation, unauthenticated};
use super::parts::{CURSOR, LIMIT, conflict, invalid, listed, needs, not_found, operation};

fn client() -> Value {
    let grant = json!({ "role": "viewer", "realm": "pop-syd" });
    json!({
        "client_id": "inventory", "grants": [grant], "token_ttl": "15m", "allow_from": ["192.0.2.0/24"],
        "source": "store", "created_at": "2026-01-01T00:00:00Z"
    })
}

/// The same, as whoever makes it reads it.
fn made() -> Value {
    let mut made = client();
    if let Some(members) = made.as_object_mut() {
        members.insert("client_secret".to_owned(), json!("pcs_…"));
    }
    made
}

const ELSEWHERE: &str = "Client 'inventory' is defined in the configuration; edit it there";

pub(super) fn list() -> Operation {
    let answers = vec![listed(&client()), unauthenticated(), needs("clients:view")];
    let summary = "The clients, those of the configuration too, in the order of their ids";
    operation("clients", summary, &[LIMIT, CURSOR], answers)
}

pub(super) fn show() -> Operation {
    let found = (200, "The client", Some(json!({ "status": "ok", "data": client() })));
    operation("client", "One client", &[], vec![found, unauthenticated(), needs("clients:view"), not_found()])
}

pub(super) fn add() -> Operation {
    let body = json!({
        "client_id": "inventory", "grants": [{ "role": "viewer", "realm": "pop-syd" }], "token_ttl": "15m",
        "allow_from": ["192.0.2.0/24"]
    });
    let answers = vec![
        (
            201,
            "The new client, with its secret, which is told this once; Location says where it is",
            Some(json!({ "status": "ok", "data": made() })),
        ),
        unauthenticated(),
        needs("clients:edit"),
        conflict("The id is taken, or users are defined in a file", "Client 'inventory' exists already"),
        invalid("token_ttl", "Input should be a duration such as 90s, 30m or 1h, from 1s to 1d"),
    ];
    Operation { body: Some(body), ..operation("add_client", "One more client", &[], answers) }
}

pub(super) fn remove() -> Operation {
    let answers = vec![
        (204, "Removed; its tokens are dead", None),
        unauthenticated(),
        needs("clients:edit"),
        not_found(),
        conflict("The client is defined in the configuration, or users are in a file", ELSEWHERE),
    ];
    operation("remove_client", "Removes a client", &[], answers)
}
