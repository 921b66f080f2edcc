//! Two ways to write an error: the BNG's, and that of BMC Network Automation, by the path that was asked for.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use portcullis_core::domain::path::Target;
use serde_json::json;

use crate::body::{self, Body};
use crate::reply::Reply;

/// What BMC's clients read when it isn't known who they are.
const AUTHENTICATION_FAILED: &str = "User authentication failed";

/// How errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `{"detail": …, "code": …}`.
    Athena,
    /// `{"error": …, "error_description": …}` (RFC 6749 5.2).
    Bmc,
}

impl Dialect {
    /// The dialect of a request target, which need not be one that the gate takes.
    pub fn of(target: &str) -> Self {
        let parsed = Target::parse(target);
        let raw = target.split(['?', '#']).next().unwrap_or_default();
        let path = parsed.as_ref().map_or(raw, Target::key);
        let below = |place: &str| {
            path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_bmc = below("/bca-networks")
            || matches!(path, "/api/about" | "/api/token")
            || path.strip_prefix("/api/").is_some_and(begins_with_a_version);
        if is_bmc { Self::Bmc } else { Self::Athena }
    }

    /// An error in this dialect.
    pub fn write(self, reply: Reply) -> Response<Body> {
        match self {
            Self::Athena => reply.into_response(),
            Self::Bmc => as_oauth(reply),
        }
    }
}

/// `v1.0/…`.
fn begins_with_a_version(rest: &str) -> bool {
    let Some((version, _)) = rest.split_once('/') else { return false };
    let numbers = version.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

fn as_oauth(reply: Reply) -> Response<Body> {
    let (error, description) = words(&reply);
    let content = json!({ "error": error, "error_description": description }).to_string();
    let (mut parts, _) = reply.into_response().into_parts();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, body::full(content))
}

/// The word of RFC 6749 5.2 or 6750 3.1, or one that says more, and the sentence.
fn words(reply: &Reply) -> (&'static str, &str) {
    let detail = reply.detail.as_str();
    match (reply.status, reply.code) {
        (_, "bad_credentials") => ("invalid_grant", AUTHENTICATION_FAILED),
        (_, "no_access") => ("access_denied", detail),
        (_, "unsupported_grant_type") => ("unsupported_grant_type", detail),
        (StatusCode::UNAUTHORIZED, _) => ("invalid_token", AUTHENTICATION_FAILED),
        (StatusCode::FORBIDDEN, _) => ("insufficient_scope", detail),
        (StatusCode::NOT_FOUND, _) => ("not_found", detail),
        (StatusCode::METHOD_NOT_ALLOWED, _) => ("method_not_allowed", detail),
        (StatusCode::TOO_MANY_REQUESTS, _) => ("too_many_requests", detail),
        (status, _) if status.is_server_error() => ("temporarily_unavailable", detail),
        _ => ("invalid_request", detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_is_that_of_the_path() {
        for bmc in [
            "/bca-networks",
            "/bca-networks/",
            "/bca-networks/apidocs/v1.0/groups?filter.realm=Default",
            "/bca-networks/api/token",
            "/api/about",
            "/api/token?x=y",
            "/api/v1.0/groups",
            "/api/v12.34/",
            "/%62ca-networks/x",
            "/bca-networks//x",
        ] {
            assert_eq!(Dialect::of(bmc), Dialect::Bmc, "{bmc}");
        }
        for athena in [
            "/",
            "",
            "/bca-networksx",
            "/api",
            "/api/v1/auth/login",
            "/api/v1",
            "/api/v1.0",
            "/api/v1./x",
            "/api/v.0/x",
            "/api/v1.0x/y",
            "/api/tokens",
            "/x?/bca-networks/",
            "/api/about/x",
        ] {
            assert_eq!(Dialect::of(athena), Dialect::Athena, "{athena}");
        }
    }

    #[test]
    fn each_status_has_its_word() {
        let word = |status: u16, code| {
            let status = StatusCode::from_u16(status).unwrap();
            words(&Reply::new(status, code, "said")).0
        };
        for (status, code, expected) in [
            (401, "bad_credentials", "invalid_grant"),
            (403, "no_access", "access_denied"),
            (401, "invalid_token", "invalid_token"),
            (401, "no_token", "invalid_token"),
            (403, "right_required", "insufficient_scope"),
            (404, "not_found", "not_found"),
            (405, "method_not_allowed", "method_not_allowed"),
            (429, "too_many_failures", "too_many_requests"),
            (502, "upstream_unavailable", "temporarily_unavailable"),
            (503, "busy", "temporarily_unavailable"),
            (504, "upstream_timeout", "temporarily_unavailable"),
            (400, "ambiguous_path", "invalid_request"),
            (400, "unsupported_grant_type", "unsupported_grant_type"),
            (413, "body_too_large", "invalid_request"),
        ] {
            assert_eq!(word(status, code), expected, "{status} {code}");
        }
    }
}
