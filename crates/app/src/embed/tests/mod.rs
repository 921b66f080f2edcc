mod crowds;
mod handlers;
mod opening;
mod same_verdicts;
mod told_why;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::{Portcullis, open_with};
use crate::config::{Config, Surroundings};
use crate::listener::{Door as _, Peer};
use crate::reload::Watched;
use crate::secret::Secrets;

/// The address that most requests come from.
const CLIENT: &str = "192.0.2.9";

/// The hash of `operator's password`, of cost 4.
const HASH: &str = "$2b$04$2WwcNn7C1KOYPpVxJ2UoJORrYsMcAIXdUcNePOTPhsOFlRjmD7kN.";

/// A gate inside a service, over a folder of its own.
struct Embedded {
    portcullis: Portcullis,
    _folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Embedded {
    /// Opened with what stands below `api`, beside three users.
    async fn open(api: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bng.yaml");
        let text = format!(
            r#"api:
  enabled: true
  tls: off
  listen: 127.0.0.1
  state_dir: {}/state
  roles:
    - {{name: field-tech, rights: ["device:*"]}}
  users:
    - {{username: admin, password_hash: "{HASH}", role: admin}}
    - {{username: operator, password_hash: "{HASH}", role: operator}}
    - {{username: local, password_hash: "{HASH}", grants: [{{role: field-tech, realm: pop-syd}}]}}
{api}"#,
            folder.path().display()
        );
        fs::write(&file, text).unwrap();
        let watched = Watched::new(vec![file.clone()]);
        let surroundings = Surroundings::new([], 1);
        let config = Config::load(&file, &surroundings).unwrap();
        let secret = |name: &str| (name == "ABNG_API_SECRET").then(|| "x".repeat(32).into());
        let secrets = Secrets::read(&secret).unwrap();
        let portcullis = open_with(&file, watched, config, surroundings, &secrets).await.unwrap();
        Self { portcullis, _folder: folder }
    }

    /// What this router answers behind the gate.
    async fn ask(&self, router: &Router, request: Request<Body>) -> Answer {
        Answer::read(self.portcullis.guard(router.clone()).oneshot(request).await.unwrap()).await
    }

    /// The token of a user who has logged in.
    async fn login(&self, name: &str) -> String {
        let body = json!({ "username": name, "password": "operator's password" }).to_string();
        let request = request("POST", "/api/v1/auth/login").header("content-type", "application/json");
        let answer = self.ask(&Router::new(), request.body(body.into()).unwrap()).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// The tokens of all three users.
    async fn tokens(&self) -> BTreeMap<&'static str, String> {
        let mut tokens = BTreeMap::new();
        for name in ["admin", "operator", "local"] {
            tokens.insert(name, self.login(name).await);
        }
        tokens
    }
}

impl Answer {
    async fn read<B>(response: http::Response<B>) -> Self
    where
        B: hyper::body::Body<Error: std::fmt::Debug>,
    {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A request from somewhere else, in the making.
fn request(method: &str, target: &str) -> http::request::Builder {
    from(CLIENT, method, target)
}

fn from(peer: &str, method: &str, target: &str) -> http::request::Builder {
    let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
    let request = Request::builder().method(method).uri(target).extension(ConnectInfo(peer));
    request.header("host", "bng.example.net").header("x-request-id", "asked")
}

/// A connection to the front door.
async fn connection(embedded: &Embedded) -> SendRequest<Empty<bytes::Bytes>> {
    let door = embedded.portcullis.door.clone();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let peer = Peer { address: Some(CLIENT.parse::<IpAddr>().unwrap()), encrypted: false, reclaim: None };
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(request, peer).await) }
    });
    tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(theirs), service));
    let (sender, connection) = handshake(TokioIo::new(ours)).await.unwrap();
    tokio::spawn(connection);
    sender
}
