//! A bare axum handler on one thread, which asks for nobody's name: what `cargo xtask bench` puts the gate's own answers
//! beside. `bare_axum 127.0.0.1:8000`

use std::error::Error;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;

/// As long as what the gate tells an operator about himself, and of the same type.
const ME: &str = r#"{"status":"ok","data":{"username":"operator","roles":["operator"],"grants":[{"role":"operator","realm":null}],"rights":["subscribers:view","interfaces:view","routing:view","qos:view","system:view"],"session":{"id":"00112233445566778899aabbccddeeff","issued_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T12:00:00Z"}}}"#;
/// What is read behind a gate.
static KIBIBYTE: [u8; 1024] = [b'x'; 1024];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("the address to listen on is missing")?;
    let router = Router::new()
        .route("/api/v1/subscribers", get(|| async { KIBIBYTE.as_slice() }))
        .route("/api/v1/auth/me", get(|| async { ([(CONTENT_TYPE, "application/json")], ME) }))
        .route("/api/v1/auth/verify", get(|| async {}));
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}
