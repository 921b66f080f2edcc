//! The endpoints of OAuth 2.0, described.

use serde_json::{Value, json};

use super::operation::{Answer, Operation};

fn error(error: &str, description: &str) -> Value {
    json!({ "error": error, "error_description": description })
}

/// What each of them answers beside the good answer.
fn with_refusals(good: Answer) -> Vec<Answer> {
    vec![
        good,
        (
            400,
            "Whatever is wrong with the form (RFC 6749 5.2)",
            Some(error("invalid_request", "A parameter is missing or given more than once")),
        ),
        (401, "No client with this secret", Some(error("invalid_client", "Client authentication failed"))),
        (
            429,
            "Too many failed before; Retry-After says when",
            Some(error("too_many_requests", "Too many failed attempts")),
        ),
    ]
}

pub(super) fn token() -> Operation {
    let token = json!({
        "access_token": "eyJ...",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "subscribers:view"
    });
    Operation {
        id: "oauth_token",
        summary: "A token for a client (RFC 6749 4.4), and where that is switched on for a user through a client (4.3), or for \
                  a refresh token (6); the body is a form, the client authenticates itself",
        parameters: &[],
        body: None,
        answers: with_refusals((
            200,
            "A token, its lifetime in seconds and its rights; for a user a refresh token too, which is good once",
            Some(token),
        )),
    }
}

pub(super) fn introspect() -> Operation {
    let state = json!({
        "active": true,
        "token_type": "Bearer",
        "scope": "subscribers:view",
        "client_id": "backup",
        "sub": "backup",
        "iss": "…",
        "aud": ["…"],
        "iat": 1_800_000_000,
        "exp": 1_800_000_300,
        "jti": "…"
    });
    Operation {
        id: "oauth_introspect",
        summary: "Whether a token is good (RFC 7662); the body is a form, the client authenticates itself",
        parameters: &[],
        body: None,
        answers: with_refusals((200, "What it is good for; `active` alone if it is not good", Some(state))),
    }
}

pub(super) fn revoke() -> Operation {
    Operation {
        id: "oauth_revoke",
        summary: "The end of a token (RFC 7009); the body is a form, the client authenticates itself",
        parameters: &[],
        body: None,
        answers: with_refusals((200, "The token is dead, if it was not before", None)),
    }
}

pub(super) fn metadata() -> Operation {
    let metadata = json!({
        "issuer": "…",
        "token_endpoint": "…/oauth2/token",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": []
    });
    Operation {
        id: "oauth_metadata",
        summary: "What OAuth 2.0 clients can do here (RFC 8414)",
        parameters: &[],
        body: None,
        answers: vec![
            (200, "What is switched on", Some(metadata)),
            (404, "The issuer is no https URL", Some(json!({ "detail": "Not Found", "code": "not_found" }))),
        ],
    }
}
