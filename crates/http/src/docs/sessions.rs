//! The endpoints about sessions and about what happened, in words and in examples.

use serde_json::json;

use super::operation::{Answer, Operation, unauthenticated};
use super::parts::{CURSOR, LIMIT, listed, needs, not_found, operation};

const ENDED: Answer = (204, "Ended", None);

pub(super) fn logout() -> Operation {
    operation("logout", "The end of the caller's session", &[], vec![ENDED, unauthenticated()])
}

pub(super) fn list() -> Operation {
    let session = json!({
        "id": "0123456789abcdef0123456789abcdef", "user": "operator", "kind": "jwt",
        "issued_at": "2026-01-01T00:00:00Z", "last_seen_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-01-01T01:00:00Z", "address": "192.0.2.7", "agent": "curl/8.5.0"
    });
    operation(
        "sessions",
        "The sessions that are open",
        &[("user", false, "Whose; everybody's if not given"), LIMIT, CURSOR],
        vec![listed(&session), unauthenticated(), needs("sessions:view")],
    )
}

pub(super) fn end() -> Operation {
    let answers = vec![ENDED, unauthenticated(), needs("sessions:end"), not_found()];
    operation("end_session", "The end of one session", &[], answers)
}

pub(super) fn end_of_user() -> Operation {
    let answers = vec![ENDED, unauthenticated(), needs("sessions:end"), not_found()];
    operation("end_user_sessions", "The end of all sessions of one user", &[], answers)
}

pub(super) fn end_many() -> Operation {
    operation(
        "end_sessions",
        "The end of many sessions at once, in one change; exactly one parameter says whose",
        &[
            ("user", false, "Of this user"),
            ("client", false, "Of this client"),
            ("role", false, "Of whoever holds this role, wherever"),
            ("realm", false, "Of whoever holds a role in this realm"),
            ("everybody", false, "Of everybody, if it is `true`"),
        ],
        vec![ENDED, unauthenticated(), needs("sessions:end"), not_found()],
    )
}

pub(super) fn audit() -> Operation {
    let record = json!({
        "sequence": 42, "time": "2026-01-01T00:00:00.000000Z", "request_id": "…", "user": "admin",
        "address": "192.0.2.7", "action": "sessions.end", "decision": "allowed", "reason": "done",
        "change": { "object": "all sessions of operator", "before": "open", "after": "ended" }
    });
    operation(
        "audit",
        "What happened, oldest first",
        &[
            ("after", false, "What comes after the record of this place"),
            ("user", false, "Of this user"),
            ("action", false, "This action: `login`, `logout`, `sessions.end`, or a method and a path"),
            ("since", false, "Since this time (RFC 3339)"),
            LIMIT,
            CURSOR,
        ],
        vec![listed(&record), unauthenticated(), needs("audit:view")],
    )
}
