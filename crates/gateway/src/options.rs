//! Where the upstream is, and how long it may take.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Authority;
use rustls::ClientConfig;
use rustls::pki_types::{IpAddr, ServerName};

use crate::error::GatewayError;

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

/// What became of one of several addresses.
#[derive(Debug, Clone, Copy)]
pub enum Change<'e> {
    /// Its connections have failed several times in a row: it is left out for this time, and then tried again.
    LeftOut {
        /// How long.
        span: Duration,
        /// What the last one failed of.
        why: &'e GatewayError,
    },
    /// It has answered, and is in service again.
    Back,
}

/// Is told whenever one of several addresses is left out, and when it is back.
#[derive(Clone)]
pub struct OnChange(Arc<Tell>);

type Tell = dyn Fn(&Endpoint, Change<'_>) + Send + Sync;

/// Where the upstream is, and how long it may take.
#[derive(Debug, Clone)]
pub struct UpstreamOptions {
    /// Where the upstream is.
    pub endpoint: Endpoint,
    /// Where else it is: the same service once more. 63 of them at the most; further ones are not used.
    pub others: Vec<Endpoint>,
    /// Who is told what becomes of each, where there are several.
    pub on_change: Option<OnChange>,
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
            others: vec![],
            on_change: None,
            connect: Duration::from_secs(2),
            response_head: Duration::from_secs(30),
            pool_idle: Duration::from_mins(1),
            pool_size: 64,
            tunnel_idle: Duration::from_hours(1),
        }
    }
}

impl Endpoint {
    /// Whether both are reached in the same way; over TLS that takes the very same trust.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Http(one), Self::Http(other)) => one == other,
            (Self::Https { host, port, tls }, Self::Https { host: other, port: at, tls: by }) => {
                host == other && port == at && Arc::ptr_eq(tls, by)
            }
            (Self::Unix(one), Self::Unix(other)) => one == other,
            _ => false,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(authority) => write!(f, "http://{authority}"),
            Self::Https { host: host @ ServerName::IpAddress(IpAddr::V6(_)), port, .. } => {
                write!(f, "https://[{}]:{port}", host.to_str())
            }
            Self::Https { host, port, .. } => write!(f, "https://{}:{port}", host.to_str()),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl OnChange {
    /// Tells this function.
    pub fn new(tell: impl Fn(&Endpoint, Change<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, endpoint: &Endpoint, change: Change<'_>) {
        (self.0)(endpoint, change);
    }
}

impl fmt::Debug for OnChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnChange")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn https(host: &str, tls: &Arc<ClientConfig>) -> Endpoint {
        let host = ServerName::try_from(host.to_owned()).unwrap();
        Endpoint::Https { host, port: 443, tls: Arc::clone(tls) }
    }

    fn http(authority: &str) -> Endpoint {
        Endpoint::Http(authority.parse().unwrap())
    }

    fn trust() -> Arc<ClientConfig> {
        let builder = ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty());
        Arc::new(builder.with_no_client_auth())
    }

    #[test]
    fn an_endpoint_is_shown_as_it_is_configured() {
        let tls = trust();
        for (endpoint, shown) in [
            (http("127.0.0.1:8000"), "http://127.0.0.1:8000"),
            (http("[::1]:80"), "http://[::1]:80"),
            (https("bng.example", &tls), "https://bng.example:443"),
            (https("127.0.0.1", &tls), "https://127.0.0.1:443"),
            (https("fd00::1", &tls), "https://[fd00::1]:443"),
            (Endpoint::Unix("/run/bng.sock".into()), "unix:/run/bng.sock"),
        ] {
            assert_eq!(endpoint.to_string(), shown);
        }
    }

    #[test]
    fn the_same_place_with_another_trust_is_not_the_same() {
        let (one, other) = (trust(), trust());
        assert!(https("bng", &one).is_same_as(&https("bng", &one)));
        assert!(!https("bng", &one).is_same_as(&https("bng", &other)));
        assert!(!https("bng", &one).is_same_as(&https("gnb", &one)));
        assert!(http("a:1").is_same_as(&http("a:1")) && !http("a:1").is_same_as(&http("a:2")));
        assert!(!http("a:1").is_same_as(&Endpoint::Unix("/a:1".into())));
    }
}
