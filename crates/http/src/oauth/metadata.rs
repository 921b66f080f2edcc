//! `GET /.well-known/oauth-authorization-server`: what OAuth 2.0 clients can do here (RFC 8414). It lists what is switched
//! on, below the issuer that the configuration names, whatever the request calls us.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Uri;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::refresh::RefreshPolicy;
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
    let has_clients = policy.has_clients().await.map_err(|error| ApiError::unavailable(&error))?;
    let metadata = metadata(issuer, has_clients, policy.logins.refresh, has_keys(&jwks()));
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEEP)], metadata.to_string()).into_response())
}

fn metadata(issuer: &str, has_clients: bool, refresh: RefreshPolicy, has_keys: bool) -> Value {
    let at = |endpoint: Endpoint| json!(format!("{}{}", issuer.trim_end_matches('/'), endpoint.path()));
    let mut members = Map::new();
    let mut say = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    say("issuer", json!(issuer));
    // There is no authorization endpoint, so that there are no responses of it; the member is required all the same.
    say("response_types_supported", json!([]));
    let password = has_clients && refresh.password_grant;
    let grants = [
        ("client_credentials", has_clients),
        ("password", password),
        ("refresh_token", password || refresh.after_login),
    ];
    say("grant_types_supported", json!(given(&grants)));
    if has_clients || refresh.after_login {
        let [basic, post] = AUTH_METHODS;
        // The refresh token of a login is no client's.
        let methods = [(basic, has_clients), (post, has_clients), ("none", refresh.after_login)];
        say("token_endpoint", at(Endpoint::OAuthToken));
        say("token_endpoint_auth_methods_supported", json!(given(&methods)));
    }
    if has_clients {
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

/// Those that are switched on.
fn given(all: &[(&'static str, bool)]) -> Vec<&'static str> {
    all.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect()
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
        let none = RefreshPolicy::default();
        let least = metadata("https://bng.example/gate/", false, none, false);
        assert_eq!(names(&least), ["grant_types_supported", "issuer", "response_types_supported"]);
        assert_eq!(least["issuer"], "https://bng.example/gate/");
        let most = metadata("https://bng.example/gate/", true, none, true);
        assert_eq!(most["token_endpoint"], "https://bng.example/gate/oauth2/token");
        assert_eq!(most["jwks_uri"], "https://bng.example/gate/.well-known/jwks.json");
        assert_eq!(most["grant_types_supported"], json!(["client_credentials"]));
        assert_eq!(most["token_endpoint_auth_methods_supported"], json!(AUTH_METHODS));
        for (has_clients, password_grant, after_login, grants, methods) in [
            (false, true, false, json!([]), Value::Null),
            (false, false, true, json!(["refresh_token"]), json!(["none"])),
            (
                true,
                true,
                false,
                json!(["client_credentials", "password", "refresh_token"]),
                json!(AUTH_METHODS),
            ),
            (
                true,
                false,
                true,
                json!(["client_credentials", "refresh_token"]),
                json!(["client_secret_basic", "client_secret_post", "none"]),
            ),
        ] {
            let refresh = RefreshPolicy { password_grant, after_login };
            let metadata = metadata("https://bng.example", has_clients, refresh, false);
            assert_eq!(metadata["grant_types_supported"], grants);
            assert_eq!(metadata["token_endpoint_auth_methods_supported"], methods);
        }
        assert!(has_keys(r#"{"keys":[{}]}"#) && !has_keys(r#"{"keys":[]}"#) && !has_keys(""));
    }
}
