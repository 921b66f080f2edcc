//! From an endpoint to its handler: one exhaustive list.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, Request};
use axum::handler::Handler;
use http::Response;
use http_body_util::BodyExt as _;
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::permit::Permit;
use portcullis_core::services::gate::Gate;
use portcullis_core::services::login::Login;
use portcullis_core::services::policy::LivePolicy;
use portcullis_guard::{Body, BoxError};

use crate::{account, athena, docs, forward_auth, metrics};

/// Writes the metrics as text, when somebody asks for them.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Where the upstream describes itself, if the configuration says so.
pub type DocsLink = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// What the listener knows of whoever made a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The id of the request.
    pub request_id: String,
    /// Where he is, if that is known.
    pub address: Option<IpAddr>,
    /// Whether he surely is on this machine.
    pub is_local: bool,
    /// Whether the request came from a proxy whose word is believed.
    pub by_trusted_proxy: bool,
}

/// Our own endpoints, and what they need.
#[derive(Clone)]
pub struct Endpoints {
    login: Arc<Login>,
    gate: Arc<Gate>,
    live: Arc<LivePolicy>,
    metrics: RenderMetrics,
    docs: DocsLink,
}

impl Endpoints {
    /// Endpoints that log in with `login`, ask `gate` for other proxies, and explain `live`.
    pub fn new(
        login: Arc<Login>,
        gate: Arc<Gate>,
        live: Arc<LivePolicy>,
        metrics: RenderMetrics,
        docs: DocsLink,
    ) -> Self {
        Self { login, gate, live, metrics, docs }
    }

    /// Answers a request that the gate let through to `endpoint`.
    pub async fn call<B>(
        &self,
        endpoint: Endpoint,
        permit: Permit,
        caller: Caller,
        request: http::Request<B>,
    ) -> Response<Body>
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(permit);
        request.extensions_mut().insert(caller);
        let state = self.clone();
        let response = match endpoint {
            Endpoint::Login => athena::login::post.call(request, state).await,
            Endpoint::Health => athena::health::get.call(request, state).await,
            Endpoint::Me => account::me::get.call(request, state).await,
            Endpoint::Explain => account::explain::get.call(request, state).await,
            Endpoint::Verify => forward_auth::any.call(request, state).await,
            Endpoint::Metrics => metrics::get.call(request, state).await,
            Endpoint::OpenApi => docs::openapi::get.call(request, state).await,
            Endpoint::Docs | Endpoint::Redoc => docs::page::get.call(request, state).await,
        };
        response.map(|body| body.map_err(BoxError::from).boxed_unsync())
    }
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoints")
    }
}

impl FromRef<Endpoints> for Arc<Login> {
    fn from_ref(endpoints: &Endpoints) -> Self {
        Self::clone(&endpoints.login)
    }
}

impl FromRef<Endpoints> for Arc<Gate> {
    fn from_ref(endpoints: &Endpoints) -> Self {
        Self::clone(&endpoints.gate)
    }
}

impl FromRef<Endpoints> for Arc<LivePolicy> {
    fn from_ref(endpoints: &Endpoints) -> Self {
        Self::clone(&endpoints.live)
    }
}

impl FromRef<Endpoints> for RenderMetrics {
    fn from_ref(endpoints: &Endpoints) -> Self {
        Self::clone(&endpoints.metrics)
    }
}

impl FromRef<Endpoints> for DocsLink {
    fn from_ref(endpoints: &Endpoints) -> Self {
        Self::clone(&endpoints.docs)
    }
}
