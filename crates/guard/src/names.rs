//! Families of header fields that are not a client's to choose.
//!
//! Some servers take `_` and `.` in a field name for `-`. So a name is judged by its folded form, and whatever folds
//! to a guarded name is treated like it.

use std::borrow::Cow;

/// The fields in which an upstream reads who the caller is. Always ours.
pub const IDENTITY: [&str; 4] = ["x-auth-user", "x-auth-roles", "x-auth-realms", "x-auth-session"];

/// Fields that are about one connection alone (RFC 9110 7.6.1), whatever `Connection` names beside.
const HOP_BY_HOP: [&str; 11] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    // We answer `100-continue` ourselves, once the gate has decided.
    "expect",
];

/// What a field is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Who the caller is: removed, then set from the decision.
    Identity,
    /// About one connection: removed.
    HopByHop,
    /// Would change the method or path that was decided on, or what the upstream does with it: removed, whoever sent it.
    Override,
    /// Says who was asked, how and from where: believed from a trusted proxy only.
    Forwarding,
    /// The request's id: kept if well formed.
    RequestId,
    /// The caller's credential: removed, unless the upstream is to check it too.
    Authorization,
    /// The authority that was asked: set from the request line or `Host`.
    Host,
    /// The client's own business: goes on unchanged.
    Other,
}

/// Folds a lower-case field name as a lenient server might: `_` and `.` are `-`.
pub fn folded(name: &str) -> Cow<'_, str> {
    let has_other_dashes = name.bytes().any(|byte| matches!(byte, b'_' | b'.'));
    if has_other_dashes { Cow::Owned(name.replace(['_', '.'], "-")) } else { Cow::Borrowed(name) }
}

/// The family of a field by its lower-case name.
pub fn family(name: &str) -> Family {
    if !may_be_guarded(name) {
        return Family::Other;
    }
    let folded = folded(name);
    let name = folded.as_ref();
    match name.as_bytes().first() {
        Some(b'x') => family_of_x(name),
        Some(b'a') if name == "authorization" => Family::Authorization,
        Some(b'h') if name == "host" => Family::Host,
        // How long a body is, is told once: a second telling in another spelling would be for a server to misread.
        Some(b'c') if name == "content-length" && matches!(folded, Cow::Owned(_)) => Family::HopByHop,
        Some(b'f') if name == "forwarded" => Family::Forwarding,
        Some(b't') if name == "true-client-ip" => Family::Forwarding,
        // A CGI program finds it as HTTP_PROXY, by which it would send its own requests through whoever is named there.
        Some(b'p') if name == "proxy" => Family::Override,
        Some(b'c' | b'k' | b'p' | b't' | b'u' | b'h' | b'e') if HOP_BY_HOP.contains(&name) => {
            Family::HopByHop
        }
        _ => Family::Other,
    }
}

/// Whether a guarded name begins with the same letter and is as long, however it is spelled. The commonest fields share
/// both with none, and need no closer look.
fn may_be_guarded(name: &str) -> bool {
    let Some(first) = name.as_bytes().first() else { return false };
    matches!(
        (first, name.len()),
        (b'x', _)
            | (b'a', 13)
            | (b'c', 10 | 14)
            | (b'e', 6)
            | (b'f', 9)
            | (b'h', 4 | 14)
            | (b'k', 10)
            | (b'p', 5 | 16 | 18 | 19)
            | (b't', 2 | 7 | 14 | 17)
            | (b'u', 7)
    )
}

fn family_of_x(name: &str) -> Family {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if IDENTITY.contains(&name) {
        Family::Identity
    } else if name == "x-request-id" {
        Family::RequestId
    } else if begins(&[
        "x-http-method",
        "x-http-path-",
        "x-http-host-",
        "x-method",
        "x-original-",
        "x-rewrite-",
        "x-override-",
        "x-envoy-original-",
    ]) || [
        "x-forwarded-prefix",
        "x-forwarded-uri",
        "x-forwarded-method",
        "x-forwarded-path",
        "x-script-name",
    ]
    .contains(&name)
    {
        Family::Override
    } else if begins(&["x-forwarded-"])
        || ["x-forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-host"].contains(&name)
    {
        Family::Forwarding
    } else {
        Family::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_name_is_known_in_any_spelling() {
        for name in ["x-auth-user", "x_auth_user", "x.auth-user", "x-auth_roles"] {
            assert_eq!(family(name), Family::Identity, "{name}");
        }
        for name in [
            "transfer-encoding",
            "transfer_encoding",
            "te",
            "keep.alive",
            "upgrade",
            "connection",
            "content_length",
        ] {
            assert_eq!(family(name), Family::HopByHop, "{name}");
        }
        for name in [
            "x-http-method-override",
            "x_http_method",
            "x-original-url",
            "x-rewrite-url",
            "x-forwarded-prefix",
            "proxy",
        ] {
            assert_eq!(family(name), Family::Override, "{name}");
        }
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x_forwarded_for",
            "x-real-ip",
            "x-forwarded-port",
            "true-client-ip",
            "x-host",
        ] {
            assert_eq!(family(name), Family::Forwarding, "{name}");
        }
    }

    #[test]
    fn no_guarded_name_is_taken_for_a_common_one_at_first_sight() {
        let others = ["authorization", "host", "forwarded", "true-client-ip", "proxy"];
        for name in HOP_BY_HOP.into_iter().chain(IDENTITY).chain(others) {
            assert!(may_be_guarded(name), "{name}");
            assert_ne!(family(name), Family::Other, "{name}");
            for spelling in [name.replace('-', "_"), name.replace('-', ".")] {
                assert_eq!(family(&spelling), family(name), "{spelling}");
            }
        }
    }

    #[test]
    fn what_a_client_may_say_is_left_alone() {
        for name in
            ["accept", "content-type", "content-length", "cookie", "x-auth-users", "x-custom", "user-agent"]
        {
            assert_eq!(family(name), Family::Other, "{name}");
        }
    }
}
