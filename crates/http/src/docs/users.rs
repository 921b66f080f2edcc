//! The endpoints about users and about one's own password, in words and in examples.

use serde_json::{Value, json};

use super::operation::{Answer, Operation, unauthenticated};
use super::parts::{CURSOR, LIMIT, conflict, invalid, listed, needs, not_found, operation};

fn user() -> Value {
    json!({
        "username": "alice", "active": true, "api_login": true,
        "grants": [{ "role": "planner", "realm": "pop-syd" }],
        "created_at": "2026-01-01T00:00:00Z", "last_login_at": null
    })
}

fn one(status: u16, meaning: &'static str) -> Answer {
    (status, meaning, Some(json!({ "status": "ok", "data": user() })))
}

const LAST_ADMIN: &str = "The last active admin cannot be removed";
const TOO_SHORT: &str = "A password has at least 12 bytes";

pub(super) fn list() -> Operation {
    let answers = vec![listed(&user()), unauthenticated(), needs("users:view")];
    operation("users", "The users, in the order of their names", &[LIMIT, CURSOR], answers)
}

pub(super) fn show() -> Operation {
    let answers = vec![one(200, "The user"), unauthenticated(), needs("users:view"), not_found()];
    operation("user", "One user", &[], answers)
}

pub(super) fn add() -> Operation {
    let body = json!({
        "username": "alice", "password": "a phrase that nobody guesses",
        "grants": [{ "role": "planner", "realm": "pop-syd" }], "active": true, "api_login": true
    });
    let answers = vec![
        one(201, "The new user; Location says where he is"),
        unauthenticated(),
        needs("users:edit"),
        conflict("The name is taken, or users are defined in a file", "User 'alice' exists already"),
        invalid("password", TOO_SHORT),
    ];
    Operation { body: Some(body), ..operation("add_user", "One more user", &[], answers) }
}

pub(super) fn change() -> Operation {
    let answers = vec![
        one(200, "The user as he is now; in force at his next request"),
        unauthenticated(),
        needs("users:edit"),
        not_found(),
        conflict("Nobody would be left who can manage users, or users are defined in a file", LAST_ADMIN),
        invalid("password", TOO_SHORT),
    ];
    let body = json!({ "active": false });
    let summary = "Changes any of a user's password, active, api_login and grants";
    Operation { body: Some(body), ..operation("change_user", summary, &[], answers) }
}

pub(super) fn remove() -> Operation {
    let answers = vec![
        (204, "Removed; his tokens are dead", None),
        unauthenticated(),
        needs("users:edit"),
        not_found(),
        conflict("Nobody would be left who can manage users, or users are defined in a file", LAST_ADMIN),
    ];
    operation("remove_user", "Removes a user", &[], answers)
}

pub(super) fn password() -> Operation {
    let body = json!({ "current": "the present one", "new": "a phrase that nobody guesses" });
    let answers = vec![
        (204, "Changed; all tokens of the caller are dead, this one too", None),
        unauthenticated(),
        (403, "The present password is another one", Some(json!({ "detail": "Current password is wrong" }))),
        conflict("Users are defined in a file", "Users are defined in /etc/bng/config.yaml; edit it there"),
        invalid("new", TOO_SHORT),
        (
            429,
            "Too many wrong ones before; Retry-After says when",
            Some(json!({ "detail": "Too many failed logins" })),
        ),
    ];
    Operation { body: Some(body), ..operation("password", "Another password for the caller", &[], answers) }
}
