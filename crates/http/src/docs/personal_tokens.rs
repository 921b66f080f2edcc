//! The endpoints about personal tokens, in words and in examples.

use serde_json::{Value, json};

use super::operation::{Answer, Operation, unauthenticated};
use super::parts::{CURSOR, LIMIT, invalid, listed, not_found, operation};

fn token() -> Value {
    json!({
        "id": "0123456789abcdef0123456789abcdef", "name": "nightly report",
        "grants": [{ "role": "operator", "realm": null }],
        "created_at": "2026-01-01T00:00:00Z", "last_seen_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-07-01T00:00:00Z", "allow_from": ["192.0.2.0/24"]
    })
}

fn unfit() -> Answer {
    let detail = json!({ "detail": "A client has no personal tokens", "code": "unfit_token" });
    (403, "With a client's token", Some(detail))
}

pub(super) fn list() -> Operation {
    let answers = vec![listed(&token()), unauthenticated(), unfit()];
    operation(
        "personal_tokens",
        "The caller's personal tokens that are still good",
        &[LIMIT, CURSOR],
        answers,
    )
}

pub(super) fn add() -> Operation {
    let mut made = token();
    if let Some(members) = made.as_object_mut() {
        members.insert("token".to_owned(), json!("ptc_…"));
    }
    let body = json!({
        "name": "nightly report", "grants": [{ "role": "operator" }],
        "expires_at": "2026-07-01T00:00:00Z", "allow_from": ["192.0.2.0/24"]
    });
    let refused = json!({ "detail": "Right 'device:*' required", "code": "right_required" });
    let answers = vec![
        (
            201,
            "The token, this once; Location says where what is kept of it is",
            Some(json!({ "status": "ok", "data": made })),
        ),
        unauthenticated(),
        (403, "For more than the caller holds, or with a client's or a personal token", Some(refused)),
        invalid("expires_at", "Input should be in the future, and at most 365 days away"),
    ];
    let summary = "A token for the caller's own scripts, for `grants` of what he holds, or all of it if they are left out";
    Operation { body: Some(body), ..operation("add_personal_token", summary, &[], answers) }
}

pub(super) fn show() -> Operation {
    let found = (200, "What is kept of it", Some(json!({ "status": "ok", "data": token() })));
    operation(
        "personal_token",
        "One personal token",
        &[],
        vec![found, unauthenticated(), unfit(), not_found()],
    )
}

pub(super) fn remove() -> Operation {
    let answers = vec![(204, "Ended", None), unauthenticated(), unfit(), not_found()];
    operation("remove_personal_token", "The end of a personal token", &[], answers)
}
