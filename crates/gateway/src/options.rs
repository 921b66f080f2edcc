//! Where the upstream is, and how long it may take.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Authority;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

/// Where the upstream is.
#[derive(Debug, Clone)]
pub enum Endpoint {
    /// `http://`: a host, and a port if it is not 80.
    Http(Authority),
    /// `https://`.
    Https {
        /// The host that is connected to, and the name or address that its certificate must be for.
        host: ServerName<'static>,
        /// Its port.
        port: u16,
        /// Which certificates are trusted. Its list of protocols is set here, to HTTP/1.1 alone.
        tls: Arc<ClientConfig>,
    },
    /// `unix:/path`.
    Unix(PathBuf),
}

/// Where the upstream is, and how long it may take.
#[derive(Debug, Clone)]
pub struct UpstreamOptions {
    /// Where the upstream is.
    pub endpoint: Endpoint,
    /// How long a new connection may take: to find the host's addresses, to connect, and to agree on TLS.
    pub connect: Duration,
    /// How long the upstream may take to begin its answer, counted from the moment when the request was wholly sent
    /// or a part of its body last went out, so that a long upload is not cut. A route may have its own.
    pub response_head: Duration,
    /// How long a connection is kept for the next request.
    pub pool_idle: Duration,
    /// How many connections are kept for the next request.
    pub pool_size: usize,
    /// How long nothing may move in a tunnel before it is closed.
    pub tunnel_idle: Duration,
}

impl UpstreamOptions {
    /// An upstream with the usual times.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            connect: Duration::from_secs(2),
            response_head: Duration::from_secs(30),
            pool_idle: Duration::from_mins(1),
            pool_size: 64,
            tunnel_idle: Duration::from_hours(1),
        }
    }
}
