//! Connections to the upstream, whichever way it is reached.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::options::Endpoint;
use crate::whole::Whole;

const DEFAULT_HTTP_PORT: u16 = 80;

/// Makes connections to the one upstream.
pub(crate) struct Connector {
    way: Way,
    limit: Duration,
}

enum Way {
    Tcp { address: String },
    Tls { host: ServerName<'static>, port: u16, tls: TlsConnector },
    Unix { path: PathBuf },
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("connecting took too long")]
    TimedOut,
    #[error("the connection failed")]
    Failed(#[source] io::Error),
}

/// A connection, in the clear once it is made.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Connector {
    pub(crate) fn new(endpoint: Endpoint, limit: Duration) -> Self {
        let way = match endpoint {
            Endpoint::Http(authority) => {
                let port = authority.port_u16().unwrap_or(DEFAULT_HTTP_PORT);
                Way::Tcp { address: format!("{}:{port}", authority.host()) }
            }
            Endpoint::Https { host, port, tls } => Way::Tls { host, port, tls: only_http_1_1(&tls).into() },
            Endpoint::Unix(path) => Way::Unix { path },
        };
        Self { way, limit }
    }

    /// Whether connections are in the clear all the way.
    pub(crate) fn is_plain(&self) -> bool {
        !matches!(self.way, Way::Tls { .. })
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, ConnectError> {
        let stream = timeout(self.limit, self.way.connect()).await.map_err(|_| ConnectError::TimedOut)?;
        stream.map_err(ConnectError::Failed)
    }
}

fn only_http_1_1(tls: &ClientConfig) -> Arc<ClientConfig> {
    let mut tls = tls.clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(tls)
}

impl Way {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp { address } => Box::new(Whole(without_delay(TcpStream::connect(address).await?)?)),
            Self::Tls { host, port, tls } => {
                let name = host.to_str();
                let stream = without_delay(TcpStream::connect((name.as_ref(), *port)).await?)?;
                Box::new(tls.connect(host.clone(), stream).await?)
            }
            Self::Unix { path } => Box::new(UnixStream::connect(path).await?),
        })
    }
}

/// Heads and small chunks go out at once, not with the next segment.
fn without_delay(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}
