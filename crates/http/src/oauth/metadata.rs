//! `GET /.well-known/oauth-authorization-server`: what OAuth 2.0 clients can do here (RFC 8414). It lists what is switched
//! on, below the issuer that the configuration names, whatever the request calls us.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Uri;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::services::policy::LivePolicy;
use serde_json::{Map, Value, json};

use crate::api_error::ApiError;
use crate::endpoints::RenderJwks;

/// As long as others may keep it.
const KEEP: &str = "public, max-age=300";

/// How clients show who they are.
const AUTH_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// The metadata; nothing if the issuer is no https URL, since nobody could look for it there.
pub(crate) async fn get(
    State(live): State<Arc<LivePolicy>>,
    State(RenderJwks(jwks)): State<RenderJwks>,
) -> Result<Response, ApiError> {
    let policy = live.current();
    let issuer = &policy.tokens.issuer;
    if !is_https_url(issuer) {
        return Err(ApiError::not_found());
    }
    let metadata = metadata(issuer, !policy.clients.is_empty(), has_keys(&jwks()));
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEEP)], metadata.to_string()).into_response())
}

fn metadata(issuer: &str, has_clients: bool, has_keys: bool) -> Value {
    let at = |endpoint: Endpoint| json!(format!("{}{}", issuer.trim_end_matches('/'), endpoint.path()));
    let mut members = Map::new();
    let mut say = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    say("issuer", json!(issuer));
    // There is no authorization endpoint, so that there are no responses of it; the member is required all the same.
    say("response_types_supported", json!([]));
    say("grant_types_supported", if has_clients { json!(["client_credentials"]) } else { json!([]) });
    if has_clients {
        say("token_endpoint", at(Endpoint::OAuthToken));
        say("token_endpoint_auth_methods_supported", json!(AUTH_METHODS));
        say("introspection_endpoint", at(Endpoint::Introspect));
        say("introspection_endpoint_auth_methods_supported", json!(AUTH_METHODS));
        say("revocation_endpoint", at(Endpoint::Revoke));
        say("revocation_endpoint_auth_methods_supported", json!(AUTH_METHODS));
    }
    if has_keys {
        say("jwks_uri", at(Endpoint::Jwks));
    }
    Value::Object(members)
}

/// RFC 8414 2: https, a host, and neither query nor fragment.
fn is_https_url(issuer: &str) -> bool {
    let Ok(url) = issuer.parse::<Uri>() else { return false };
    let has_host = url.host().is_some_and(|host| !host.is_empty());
    let has_user = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
    url.scheme_str() == Some("https") && has_host && !has_user && !issuer.contains(['?', '#'])
}

/// As long as the shared secret signs, there is nothing that others could verify with.
fn has_keys(jwks: &str) -> bool {
    let set: Option<Value> = serde_json::from_str(jwks).ok();
    set.and_then(|set| Some(!set.get("keys")?.as_array()?.is_empty())).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_url_without_query_and_fragment() {
        for good in
            ["https://bng.example", "https://bng.example/", "https://bng.example:8443/gate", "https://[::1]"]
        {
            assert!(is_https_url(good), "{good}");
        }
        for wrong in [
            "portcullis",
            "",
            "http://bng.example",
            "https:",
            "https://",
            "https:///x",
            "https://bng.example?x",
            "https://bng.example/#x",
            "https://me@bng.example",
            "https://a b",
        ] {
            assert!(!is_https_url(wrong), "{wrong}");
        }
    }

    #[test]
    fn only_what_is_switched_on_is_listed_below_the_issuer() {
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let least = metadata("https://bng.example/gate/", false, false);
        assert_eq!(names(&least), ["grant_types_supported", "issuer", "response_types_supported"]);
        assert_eq!(least["issuer"], "https://bng.example/gate/");
        let most = metadata("https://bng.example/gate/", true, true);
        assert_eq!(most["token_endpoint"], "https://bng.example/gate/oauth2/token");
        assert_eq!(most["jwks_uri"], "https://bng.example/gate/.well-known/jwks.json");
        assert_eq!(most["grant_types_supported"], json!(["client_credentials"]));
        assert!(has_keys(r#"{"keys":[{}]}"#) && !has_keys(r#"{"keys":[]}"#) && !has_keys(""));
    }
}
