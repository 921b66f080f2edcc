//! The endpoints about roles, in words and in examples.

use serde_json::{Value, json};

use super::operation::{Answer, Operation, unauthenticated};
use super::parts::{CURSOR, LIMIT, conflict, invalid, listed, needs, not_found, operation};

fn role() -> Value {
    json!({ "name": "field-tech", "rights": ["device:*", "config:view"] })
}

fn one(status: u16, meaning: &'static str) -> Answer {
    (status, meaning, Some(json!({ "status": "ok", "data": role() })))
}

const NO_RIGHT: &str = "expected area:action, each half of letters, digits, '-', '_' or '.', or *";

pub(super) fn list() -> Operation {
    let answers = vec![listed(&role()), unauthenticated(), needs("roles:view")];
    operation("roles", "The roles in force, in the order of their names", &[LIMIT, CURSOR], answers)
}

pub(super) fn add() -> Operation {
    let answers = vec![
        one(201, "The new role; Location says where it is"),
        unauthenticated(),
        needs("roles:edit"),
        conflict("The name is taken, or users are defined in a file", "Role 'field-tech' exists already"),
        invalid("rights", NO_RIGHT),
    ];
    Operation { body: Some(role()), ..operation("add_role", "One more role", &[], answers) }
}

pub(super) fn replace() -> Operation {
    let answers = vec![
        one(200, "The role as it is now; in force at the next request of whoever holds it"),
        unauthenticated(),
        needs("roles:edit"),
        not_found(),
        conflict(
            "The role is built in or defined in a file",
            "Role 'admin' is built in and cannot be changed",
        ),
        invalid("rights", NO_RIGHT),
    ];
    Operation {
        body: Some(role()),
        ..operation("replace_role", "What a role holds from now on", &[], answers)
    }
}

pub(super) fn remove() -> Operation {
    let answers = vec![
        (204, "Removed", None),
        unauthenticated(),
        needs("roles:edit"),
        not_found(),
        conflict(
            "Somebody holds the role, or it is built in or defined in a file",
            "Role 'field-tech' is in use",
        ),
    ];
    operation("remove_role", "Removes a role that nobody holds", &[], answers)
}
