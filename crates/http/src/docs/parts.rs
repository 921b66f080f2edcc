//! What the descriptions of many endpoints have in common: the query of a list, and answers that come again and again.

use serde_json::{Value, json};

use super::operation::{Answer, Operation};

/// Names of query parameters, whether they are required, and what they are.
pub(super) type Parameters = &'static [(&'static str, bool, &'static str)];

/// How much of a list.
pub(super) const LIMIT: (&str, bool, &str) = ("limit", false, "How many at most, 1 to 500; 50 if not given");
/// Which part of it.
pub(super) const CURSOR: (&str, bool, &str) =
    ("cursor", false, "The `next` of the list that this one follows");

/// An endpoint that takes no body.
pub(super) fn operation(
    id: &'static str,
    summary: &'static str,
    parameters: Parameters,
    answers: Vec<Answer>,
) -> Operation {
    Operation { id, summary, parameters, body: None, answers }
}

/// 403.
pub(super) fn needs(right: &str) -> Answer {
    (403, "Without the right", Some(json!({ "detail": format!("Right '{right}' required") })))
}

/// 404.
pub(super) fn not_found() -> Answer {
    (404, "Not there", Some(json!({ "detail": "Not Found" })))
}

/// 200, with one item of a list.
pub(super) fn listed(item: &Value) -> Answer {
    (200, "The list", Some(json!({ "status": "ok", "data": { "items": [item], "next": null } })))
}

/// 422, as everywhere.
pub(super) fn invalid(member: &str, why: &str) -> Answer {
    let fault = json!({ "type": "value_error", "loc": ["body", member], "msg": why });
    (
        422,
        "Whatever is wrong with the body, all at once",
        Some(json!({ "detail": [fault], "code": "invalid" })),
    )
}

/// 409.
pub(super) fn conflict(meaning: &'static str, detail: &str) -> Answer {
    (409, meaning, Some(json!({ "detail": detail })))
}
