//! What each endpoint is for, in words and in schemas.

use portcullis_core::domain::endpoint::Endpoint;
use serde_json::{Value, json};

use super::{bmc, clients, oauth, personal_tokens, roles, sessions, users};

/// A status, what it means, and an example of its body.
pub(super) type Answer = (u16, &'static str, Option<Value>);

/// One endpoint, described.
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// Names of query parameters, whether they are required, and what they are.
    pub(super) parameters: &'static [(&'static str, bool, &'static str)],
    /// An example of a request body.
    pub(super) body: Option<Value>,
    /// What it answers.
    pub(super) answers: Vec<Answer>,
}

/// Describes an endpoint.
pub(super) fn describe(endpoint: Endpoint) -> Operation {
    match endpoint {
        Endpoint::Login => login(),
        Endpoint::Me => me(),
        Endpoint::Explain => explain(),
        Endpoint::Logout => sessions::logout(),
        Endpoint::Password => users::password(),
        Endpoint::PersonalTokens => personal_tokens::list(),
        Endpoint::AddPersonalToken => personal_tokens::add(),
        Endpoint::PersonalToken => personal_tokens::show(),
        Endpoint::RemovePersonalToken => personal_tokens::remove(),
        Endpoint::Users => users::list(),
        Endpoint::AddUser => users::add(),
        Endpoint::User => users::show(),
        Endpoint::ChangeUser => users::change(),
        Endpoint::RemoveUser => users::remove(),
        Endpoint::Roles => roles::list(),
        Endpoint::AddRole => roles::add(),
        Endpoint::ReplaceRole => roles::replace(),
        Endpoint::RemoveRole => roles::remove(),
        Endpoint::Clients => clients::list(),
        Endpoint::AddClient => clients::add(),
        Endpoint::Client => clients::show(),
        Endpoint::RemoveClient => clients::remove(),
        Endpoint::Sessions => sessions::list(),
        Endpoint::EndSession => sessions::end(),
        Endpoint::EndSessions => sessions::end_many(),
        Endpoint::EndUserSessions => sessions::end_of_user(),
        Endpoint::Audit => sessions::audit(),
        Endpoint::Verify => verify(),
        Endpoint::Health => plain("health", "Whether the gate answers", Some(json!({ "status": "ok" }))),
        Endpoint::OAuthToken => oauth::token(),
        Endpoint::Introspect => oauth::introspect(),
        Endpoint::Revoke => oauth::revoke(),
        Endpoint::OAuthMetadata => oauth::metadata(),
        Endpoint::Jwks => plain("jwks", "What others verify our tokens with (RFC 7517)", Some(jwks())),
        Endpoint::Metrics => plain("metrics", "How the gate is doing, in the OpenMetrics text format", None),
        Endpoint::OpenApi => plain("openapi", "This description, as OpenAPI 3.1", None),
        Endpoint::Docs => plain("docs", "This description, as a page", None),
        Endpoint::Redoc => plain("redoc", "The same page, where some look for it", None),
        Endpoint::Bmc(base, call) => bmc::describe(base, call),
    }
}

fn jwks() -> Value {
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "…", "use": "sig", "alg": "EdDSA", "kid": "…" }] })
}

fn plain(id: &'static str, summary: &'static str, answer: Option<Value>) -> Operation {
    Operation { id, summary, parameters: &[], body: None, answers: vec![(200, "As asked", answer)] }
}

/// 401, as everywhere.
pub(super) fn unauthenticated() -> Answer {
    (401, "No valid token", Some(json!({ "detail": "Could not validate credentials", "code": "no_token" })))
}

fn login() -> Operation {
    let missing = json!({ "type": "missing", "loc": ["body", "password"], "msg": "Field required" });
    Operation {
        id: "login",
        summary: "A name and a password for a token",
        parameters: &[],
        body: Some(json!({ "username": "admin", "password": "correct horse battery staple" })),
        answers: vec![
            (
                200,
                "A token and its lifetime in seconds; refresh_token too, where that is switched on",
                Some(json!({ "access_token": "eyJ...", "token_type": "bearer", "expires_in": 3600 })),
            ),
            (
                401,
                "Whatever is wrong with name, password or user",
                Some(json!({ "detail": "Incorrect username or password", "code": "bad_credentials" })),
            ),
            (422, "Whatever is wrong with the body, all at once", Some(json!({ "detail": [missing] }))),
            (
                429,
                "Too many failed before; Retry-After says when",
                Some(json!({ "detail": "Too many failed logins" })),
            ),
            (503, "Too many log in just now; Retry-After says when", Some(json!({ "detail": "Busy" }))),
        ],
    }
}

fn me() -> Operation {
    let data = json!({
        "username": "operator",
        "roles": ["operator"],
        "grants": [{ "role": "operator", "realm": null }],
        "rights": ["interfaces:view", "qos:view", "routing:view", "subscribers:view", "system:view"],
        "session": { "id": "…", "issued_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-01T01:00:00Z" }
    });
    Operation {
        id: "me",
        summary: "Who the caller is, and what he may do",
        parameters: &[],
        body: None,
        answers: vec![(200, "The caller", Some(json!({ "status": "ok", "data": data }))), unauthenticated()],
    }
}

fn explain() -> Operation {
    let data = json!({
        "allowed": false,
        "route": "DELETE /api/v1/subscribers/{id}",
        "requires": "role admin",
        "reason": "Admin role required",
        "missing": { "role": "admin" },
        "grants": [{ "role": "operator", "realm": null }]
    });
    Operation {
        id: "explain",
        summary: "What the gate would say to somebody's request, and why",
        parameters: &[
            (
                "user",
                false,
                "Whose request, a client's written `client:ID`; the caller's own if not given, any other needs access:explain",
            ),
            ("method", false, "Its method; GET if not given"),
            ("path", true, "Its path, with a query if one matters"),
            ("realm", false, "The realm that it asks about, if its path and query don't say"),
        ],
        body: None,
        answers: vec![
            (200, "The explanation", Some(json!({ "status": "ok", "data": data }))),
            unauthenticated(),
            (
                403,
                "Another user's, without the right",
                Some(json!({ "detail": "Right 'access:explain' required" })),
            ),
            (404, "Nobody of this name", Some(json!({ "detail": "Not Found" }))),
        ],
    }
}

fn verify() -> Operation {
    Operation {
        id: "verify",
        summary: "What the gate says of a request that another proxy asks about; for trusted proxies only",
        parameters: &[],
        body: None,
        answers: vec![
            (200, "Let it through, with the identity fields X-Auth-*", None),
            (400, "It isn't clear which request is meant", None),
            unauthenticated(),
            (
                403,
                "Not to be let through, or not a trusted proxy",
                Some(json!({ "detail": "Admin role required" })),
            ),
        ],
    }
}
