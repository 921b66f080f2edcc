//! A service on axum that has its gate inside.
//!
//! With a `bng.yaml` like the one in docs/src/how-to/embed.md:
//!
//! ```sh
//! cargo run -p portcullis --example protected -- bng.yaml 127.0.0.1:3000
//!
//! curl -i http://127.0.0.1:3000/hello                  # 401, and the handler never ran
//! TOKEN=$(curl -s http://127.0.0.1:3000/api/v1/auth/login -H 'Content-Type: application/json' \
//!     -d '{"username":"operator","password":"…"}' | jq -r .access_token)
//! curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/hello          # Hello, operator
//! curl -i -X POST -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/reboot   # 403
//! curl -X POST -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/api/v1/auth/logout
//! curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/hello       # 401
//! ```
#![expect(clippy::print_stdout, reason = "a program says where it listens")]

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::{get, post};
use portcullis::{Permit, Portcullis, Principal};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("the configuration file is missing")?;
    let address = arguments.next().ok_or("the address to listen on is missing")?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();

    let listener = TcpListener::bind(address).await?;
    let portcullis = Portcullis::from_file(file).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, portcullis.guard(service())).await?;
    Ok(())
}

/// The service: it says who may do what nowhere. The routes in the configuration do.
fn service() -> Router {
    Router::new()
        .route("/hello", get(hello))
        .route("/welcome", get(welcome))
        .route("/status", get(status))
        .route("/reboot", post(async || "rebooting"))
        .route("/devices/{id}", get(device))
        .route("/devices/summary", get(async || "a summary of all devices"))
        .route("/fields", get(fields))
}

/// Whoever comes here has been let in.
async fn hello(Principal(who): Principal) -> String {
    format!("Hello, {}", who.standing.subject.id())
}

/// A public page. There is no principal on it, whatever token was sent along.
async fn welcome(who: Option<Principal>) -> &'static str {
    if who.is_none() { "Welcome, whoever you are" } else { "Welcome back" }
}

/// The path is the one that was decided on.
async fn device(Path(id): Path<String>) -> String {
    format!("the device {id}")
}

/// The header fields are those that a service behind the server reads.
async fn fields(fields: HeaderMap) -> String {
    let line =
        |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap_or("?"));
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What was decided, for whoever wants to know more than that it was.
async fn status(Permit(permit): Permit) -> String {
    let missing = permit.shadowed().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    format!("{} by {}, missing: {missing}", permit.target().as_str(), permit.route().id.as_str())
}
