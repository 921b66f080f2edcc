//! One connection, and one request over it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::ProtocolVersion;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Place;
use super::verifier::{Anybody, provider};
use crate::tls::reason;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// As much of a body as is looked at; a last piece of it may go beyond that.
const LONGEST_BODY: usize = 64 * 1024;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection on which nothing was asked yet.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    encrypted: Option<Encrypted>,
}

/// What the server showed while TLS began.
pub(super) struct Encrypted {
    /// Its certificate, and those between it and its root.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// Whether it chose TLS 1.2 although it was offered 1.3.
    pub(super) is_tls_12: bool,
}

/// What it answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
    pub(super) body: Bytes,
}

impl Link {
    /// Connects, with TLS if the place says so; the certificate may be anybody's.
    pub(super) async fn to(place: &Place) -> Result<Self, String> {
        let stream = tcp(place).await?;
        if !place.is_encrypted {
            return Ok(Self { stream: Box::new(stream), encrypted: None });
        }
        let name = ServerName::try_from(place.host.clone()).map_err(|error| error.to_string())?;
        let provider = provider();
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
            .with_no_client_auth();
        let shaken = timely(TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
        let stream = shaken.map_err(|error| format!("TLS does not begin: {error}"))?;
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates().unwrap_or_default().to_vec();
        let is_tls_12 = session.protocol_version() == Some(ProtocolVersion::TLSv1_2);
        Ok(Self { stream: Box::new(stream), encrypted: Some(Encrypted { chain, is_tls_12 }) })
    }

    /// What was seen of TLS, if there is any.
    pub(super) fn encrypted(&self) -> Option<&Encrypted> {
        self.encrypted.as_ref()
    }

    /// Asks something, without a token.
    pub(super) async fn ask(self, place: &Place, method: Method, path: &str) -> Result<Answer, String> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, place.authority())
            .header(USER_AGENT, concat!("portcullis-doctor/", env!("CARGO_PKG_VERSION")))
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let asked = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(self.stream)).await?;
            let connection = tokio::spawn(connection);
            let answer = sender.send_request(request).await?;
            let (head, body) = answer.into_parts();
            let body = beginning(body).await;
            connection.abort();
            Ok::<_, hyper::Error>(Answer { status: head.status, fields: head.headers, body })
        };
        let answer = timeout(PATIENCE, asked).await.map_err(|_| "no answer in time".to_owned())?;
        answer.map_err(|error| portcullis_guard::cause::with_causes(&error))
    }
}

/// A body as far as it is looked at, and as it comes.
async fn beginning(mut body: Incoming) -> Bytes {
    let mut bytes = BytesMut::new();
    while bytes.len() < LONGEST_BODY {
        let Some(Ok(frame)) = body.frame().await else { break };
        bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
    }
    bytes.freeze()
}

/// Connects and asks.
pub(super) async fn asked(place: &Place, method: Method, path: &str) -> Result<Answer, String> {
    Link::to(place).await?.ask(place, method, path).await
}

/// A connection without anything on it.
pub(super) async fn tcp(place: &Place) -> Result<TcpStream, String> {
    timely(TcpStream::connect((place.host.as_str(), place.port))).await
}

/// What it becomes, unless that takes too long.
pub(super) async fn timely<T>(action: impl Future<Output = io::Result<T>>) -> Result<T, String> {
    match timeout(PATIENCE, action).await {
        Ok(done) => done.map_err(|error| reason(&error)),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn of_a_long_body_the_beginning_is_looked_at() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = Place::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_buf(&mut BytesMut::new()).await.unwrap();
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n";
            // Whoever has seen enough hangs up.
            let _ = stream.write_all(format!("{head}# TYPE {}", "x".repeat(10_000_000)).as_bytes()).await;
        };
        let (answer, ()) = tokio::join!(asked(&place, Method::GET, "/metrics"), server);
        let body = answer.ok().unwrap().body;
        assert!(
            body.starts_with(b"# TYPE x") && (LONGEST_BODY..10_000_000).contains(&body.len()),
            "{}",
            body.len()
        );
    }
}
