//! Which of the client's header fields must not go on to the upstream.
//!
//! A proxy that asks over HTTP has to be configured to take them away. Envoy can be told with the answer, so it is: what the
//! gate as a gateway would not pass on, Envoy shall not either.

use std::collections::BTreeSet;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use portcullis_guard::names::{Family, IDENTITY, family};
use portcullis_guard::outbound::Authorization;

/// What Envoy itself writes anew before it asks, and the upstream needs.
const WRITTEN_BY_ENVOY: [&str; 3] = ["x-forwarded-for", "x-forwarded-proto", "x-request-id"];

/// The spellings of the identity fields that some server takes for them. They are named in every answer, since Envoy may have
/// been configured not to show them.
pub(crate) fn identity_cousins() -> Vec<String> {
    let spellings = |name: &&str| {
        name.split('-').fold(vec![String::new()], |begun, word| {
            let grown = |stem: &String| match stem.as_str() {
                "" => vec![word.to_owned()],
                stem => ["-", "_", "."].map(|joint| format!("{stem}{joint}{word}")).to_vec(),
            };
            begun.iter().flat_map(grown).collect()
        })
    };
    // In their own spelling they are set, which replaces what the client sent.
    IDENTITY.iter().flat_map(spellings).filter(|name| !IDENTITY.contains(&name.as_str())).collect()
}

/// The fields of this request that go no further; `believed` is whether it came to Envoy from a trusted proxy.
pub(crate) fn of_request(
    headers: &HeaderMap,
    believed: bool,
    authorization: Authorization,
) -> BTreeSet<String> {
    let goes = |name: &str| {
        if WRITTEN_BY_ENVOY.contains(&name) {
            return false;
        }
        let is_cousin = name.contains(['_', '.']);
        match family(name) {
            Family::Other => false,
            Family::Override => true,
            Family::Forwarding => is_cousin || !believed,
            Family::Authorization => is_cousin || authorization == Authorization::Drop,
            Family::Identity | Family::HopByHop | Family::RequestId | Family::Host => is_cousin,
        }
    };
    // Whether the client shows a token or not, Envoy may have been configured not to show it here.
    let token = (authorization == Authorization::Drop).then(|| AUTHORIZATION.as_str().to_owned());
    let named = headers.keys().map(http::HeaderName::as_str).filter(|name| goes(name)).map(str::to_owned);
    named.chain(token).collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn removed(names: &[&str], believed: bool, authorization: Authorization) -> Vec<String> {
        let field = |name: &&str| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_static("mallory"));
        let headers: HeaderMap = names.iter().map(field).collect();
        of_request(&headers, believed, authorization).into_iter().collect()
    }

    #[test]
    fn every_other_spelling_of_an_identity_field_is_named() {
        let cousins = identity_cousins();
        assert_eq!(cousins.len(), 4 * (9 - 1));
        for name in ["x_auth_user", "x.auth.roles", "x-auth_realms", "x.auth-session"] {
            assert!(cousins.iter().any(|cousin| cousin == name), "{name}");
        }
        assert!(cousins.iter().all(|name| family(name) == Family::Identity));
        assert!(!cousins.iter().any(|name| IDENTITY.contains(&name.as_str())));
    }

    #[test]
    fn what_would_make_another_request_of_it_goes_and_so_does_the_token() {
        let names = ["x-original-url", "x_http_method_override", "accept", "host", "te", "keep.alive"];
        assert_eq!(
            removed(&names, true, Authorization::Drop),
            ["authorization", "keep.alive", "x-original-url", "x_http_method_override"]
        );
        assert_eq!(removed(&["authorization", "accept"], true, Authorization::Keep), [""; 0]);
    }

    #[test]
    fn who_is_trusted_by_nobody_says_nothing_of_where_he_comes_from() {
        let names =
            ["x-forwarded-host", "x-forwarded-for", "x-forwarded-proto", "x_forwarded_for", "x-real-ip"];
        let removed = |believed| removed(&names, believed, Authorization::Keep);
        assert_eq!(removed(true), ["x_forwarded_for"]);
        assert_eq!(removed(false), ["x-forwarded-host", "x-real-ip", "x_forwarded_for"]);
    }
}
