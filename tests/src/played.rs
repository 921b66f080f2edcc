//! An upstream whose part the test plays: it takes one connection after the other, reads what comes, and answers
//! when and what the test says.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;

use crate::certificates::Pair;
use crate::line::Line;
use crate::patience::within;

/// An upstream. Dropping it closes its socket, and no connection.
pub struct Played {
    socket: Socket,
    tls: Option<TlsAcceptor>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Played {
    /// One on a free port.
    pub async fn start() -> Self {
        Self { socket: Socket::Tcp(TcpListener::bind("127.0.0.1:0").await.unwrap()), tls: None }
    }

    /// One on a free port, over TLS with this certificate. It would rather speak HTTP/2.
    pub async fn start_tls(pair: &Pair) -> Self {
        let chain = vec![CertificateDer::from_pem_file(&pair.certificate).unwrap()];
        let key = PrivateKeyDer::from_pem_file(&pair.key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = builder.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { tls: Some(Arc::new(config).into()), ..Self::start().await }
    }

    /// One at a Unix socket.
    pub fn start_unix(path: &Path) -> Self {
        Self { socket: Socket::Unix(UnixListener::bind(path).unwrap()), tls: None }
    }

    /// Where it listens, if that is an address.
    pub fn address(&self) -> SocketAddr {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().unwrap(),
            Socket::Unix(_) => panic!("a Unix socket has no address"),
        }
    }

    /// The next connection.
    pub async fn guest(&self) -> Line {
        self.try_guest().await.unwrap()
    }

    /// The next connection, if its TLS comes about.
    pub async fn try_guest(&self) -> io::Result<Line> {
        within("waiting for a connection to the upstream", async {
            match (&self.socket, &self.tls) {
                (Socket::Unix(listener), _) => listener.accept().await.map(|(stream, _)| Line::over(stream)),
                (Socket::Tcp(listener), tls) => {
                    let (stream, _) = listener.accept().await?;
                    stream.set_nodelay(true)?;
                    match tls {
                        None => Ok(Line::over(stream)),
                        Some(tls) => tls.accept(stream).await.map(Line::over),
                    }
                }
            }
        })
        .await
    }

    /// Takes the next connection, reads a request without a body and gives this answer. Returns the head that it read.
    pub async fn answer(&self, answer: &str) -> String {
        let mut guest = self.guest().await;
        let head = guest.head().await;
        guest.write(answer).await;
        head
    }
}

impl std::fmt::Debug for Played {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Played").field("socket", &self.socket).finish_non_exhaustive()
    }
}

/// The value of a field in the head of a message, if it is there exactly once.
pub fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut values = head.lines().skip(1).filter_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then_some(value.trim())
    });
    let value = values.next();
    assert!(values.next().is_none(), "{name} is there twice: {head}");
    value
}
