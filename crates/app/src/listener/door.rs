//! What the listener hands requests to, and what it says about where they came from.

use std::net::IpAddr;

use http::{Request, Response};
use hyper::body::Incoming;
use portcullis_gateway::Reclaim;
use portcullis_guard::Body;

/// Whoever answers requests. Cloned for each of them, so a clone should be cheap.
pub(crate) trait Door: Clone + Send + Sync + 'static {
    /// Answers one request. A panic in here ends the connection (HTTP/2: the stream) and touches no other.
    fn answer(&self, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Body>> + Send;

    /// Whether this address may hold all connections there are, and not only its share of them.
    fn may_crowd(&self, _address: IpAddr) -> bool {
        false
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its address, an IPv4 one always written as such; `None` on a Unix socket.
    pub(crate) address: Option<IpAddr>,
    /// Whether the connection is encrypted by TLS.
    pub(crate) encrypted: bool,
    /// The way to get the connection back for another protocol, where it has one.
    pub(crate) reclaim: Option<Reclaim>,
}
