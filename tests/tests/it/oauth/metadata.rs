//! What OAuth 2.0 clients find out about us (RFC 8414).

use serde_json::json;

use super::*;

const METADATA: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn it_lists_what_is_switched_on_below_the_issuer_whatever_the_request_calls_us() {
    let gate = setup().with("token", "{issuer: https://bng.example}").start().await;
    let answer = gate.send(Ask::get(METADATA).field("host", "evil.example")).await;
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/json")));
    let methods = json!(["client_secret_basic", "client_secret_post"]);
    assert_eq!(
        answer.json(),
        json!({
            "issuer": "https://bng.example",
            "token_endpoint": "https://bng.example/oauth2/token",
            "token_endpoint_auth_methods_supported": methods,
            "introspection_endpoint": "https://bng.example/oauth2/introspect",
            "introspection_endpoint_auth_methods_supported": methods,
            "revocation_endpoint": "https://bng.example/oauth2/revoke",
            "revocation_endpoint_auth_methods_supported": methods,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": []
        })
    );
    let without = Setup::new().with("token", "{issuer: https://bng.example, algorithm: EdDSA}").start().await;
    let listed = without.send(Ask::get(METADATA)).await.json();
    assert_eq!(
        listed,
        json!({
            "issuer": "https://bng.example",
            "grant_types_supported": [],
            "response_types_supported": [],
            "jwks_uri": "https://bng.example/.well-known/jwks.json"
        })
    );
}

#[tokio::test]
async fn there_is_none_unless_the_issuer_is_an_https_url() {
    for issuer in ["portcullis", "http://bng.example", "https://bng.example?x"] {
        let gate = setup().with("token", &format!("{{issuer: '{issuer}'}}")).start().await;
        assert_eq!(gate.send(Ask::get(METADATA)).await.status, 404, "{issuer}");
    }
}

#[tokio::test]
async fn a_token_of_the_key_ring_names_its_key() {
    let gate = setup().with("token", "{issuer: https://bng.example, algorithm: EdDSA}").start().await;
    let robot = token(&gate, "robot", "").await;
    let header = portcullis_tests::token::claims(&format!("x.{}", robot.split('.').next().unwrap()));
    let keys = gate.send(Ask::get("/.well-known/jwks.json")).await.json();
    assert_eq!(header, json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": keys["keys"][0]["kid"] }));
    assert_eq!(status(&gate, ME, &robot).await, 200);
    assert_eq!(portcullis_tests::token::claims(&robot)["aud"], "https://bng.example");
}
