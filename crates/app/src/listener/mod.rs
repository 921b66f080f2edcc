//! The listener: sockets, TLS and HTTP up to the point where a request is whole. It knows nothing of tokens or routes; a
//! [`Door`] answers what it brings in.

mod accept;
mod address;
mod connection;
mod door;
mod handed;
mod head_timer;
mod limits;
mod phase;
mod shares;
mod socket;
mod socket_file;
mod stall;
mod taken;
#[cfg(test)]
mod tests;
mod transport;
mod window;

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

pub(crate) use address::Address;
use connection::Site;
pub(crate) use door::{Door, Peer};
pub(crate) use handed::Handed;
pub(crate) use limits::Limits;
use phase::{Phase, Progress};
use shares::Shares;
use socket::Socket;

use crate::tls::{CertificateStore, TlsError, reason, server_config};

/// What to listen on, and how.
#[derive(Debug)]
pub(crate) struct Options {
    /// All of them, or none: see [`bind`].
    pub(crate) addresses: Vec<Address>,
    /// What encrypts every connection; `None` means plain HTTP on every address.
    pub(crate) certificates: Option<Arc<CertificateStore>>,
    /// What is spoken on connections that nothing encrypts.
    pub(crate) plain: Plain,
    /// What clients may take.
    pub(crate) limits: Limits,
}

/// What is spoken on a connection without TLS, which can't agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// HTTP/1.1, and no way from there to HTTP/2.
    Http1,
    /// HTTP/2 from the first byte (RFC 9113 3.3), as gRPC wants it.
    #[cfg(feature = "ext-authz")]
    Http2,
}

/// Why the listener does not listen. One line, complete by itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ListenError {
    /// An address can't be had.
    #[error("cannot listen on {address}: {reason}")]
    Bind { address: Address, reason: String },
    /// TLS can't be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Sockets that are bound and listen: clients can connect already, and are served once [`Listener::serve`] runs.
pub(crate) struct Listener {
    sockets: Vec<Socket>,
    addresses: Vec<Address>,
    tls: Option<Arc<ServerConfig>>,
    plain: Plain,
    limits: Limits,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drain {
    /// Every connection came to its own end.
    Finished,
    /// So many had to be cut off when time was up.
    CutOff { connections: usize },
}

/// Binds every address. If one can't be bound, none is.
pub(crate) async fn bind(options: Options) -> Result<Listener, ListenError> {
    bind_beside(vec![], options).await
}

/// The same beside sockets that listen already. They come first.
pub(crate) async fn bind_beside(handed: Vec<Handed>, options: Options) -> Result<Listener, ListenError> {
    let tls = options.certificates.map(server_config).transpose()?;
    let mut sockets = Vec::with_capacity(handed.len() + options.addresses.len());
    let mut addresses: Vec<_> = handed.iter().map(|handed| handed.address.clone()).collect();
    // Alone, `::` takes connections of both kinds (ipv6(7)).
    let has_ipv4 = options
        .addresses
        .iter()
        .chain(&addresses)
        .any(|address| matches!(address, Address::Tcp(tcp) if tcp.is_ipv4()));
    for (handed, address) in handed.into_iter().zip(&addresses) {
        let refused = |error| ListenError::Bind { address: address.clone(), reason: reason(&error) };
        sockets.push(handed.adopted().map_err(refused)?);
    }
    for address in options.addresses {
        let refused = |error| ListenError::Bind { address: address.clone(), reason: reason(&error) };
        let (socket, real) = Socket::bind(&address, has_ipv4).await.map_err(refused)?;
        addresses.push(real);
        sockets.push(socket);
    }
    Ok(Listener { sockets, addresses, tls, plain: options.plain, limits: options.limits })
}

impl Listener {
    /// Where it really listens: port 0 has become the port that the system gave.
    pub(crate) fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// Serves until `shutdown` resolves. Then no connection is accepted any more, those there are finish what they have
    /// begun, and after [`Limits::drain`] the rest are cut off. Tunnels of upgraded connections count as unfinished until
    /// their owner closes them. Dropping the future cuts everything off at once.
    pub(crate) async fn serve<D: Door>(self, door: D, shutdown: impl Future<Output = ()>) -> Drain {
        let (phase, progress) = Progress::begin();
        let places = Arc::new(Semaphore::new(self.limits.connections as usize));
        let shares = Shares::of(self.limits.connections);
        let site = Arc::new(Site::new(door, self.tls.map(Into::into), self.plain, self.limits, progress));
        let mut accepting = JoinSet::new();
        for socket in self.sockets {
            accepting.spawn(accept::accept_all(
                socket,
                Arc::clone(&site),
                Arc::clone(&places),
                Arc::clone(&shares),
            ));
        }
        shutdown.await;
        accepting.shutdown().await;
        drain(&phase, &places, self.limits).await
    }
}

/// A connection has ended when it has given its place back.
async fn drain(phase: &watch::Sender<Phase>, places: &Semaphore, limits: Limits) -> Drain {
    phase.send_replace(Phase::Draining);
    if timeout(limits.drain, places.acquire_many(limits.connections)).await.is_ok() {
        return Drain::Finished;
    }
    let connections = (limits.connections as usize).saturating_sub(places.available_permits());
    phase.send_replace(Phase::Over);
    Drain::CutOff { connections }
}
