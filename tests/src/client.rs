//! An ordinary client: HTTP/1.1 or HTTP/2, plain or encrypted, one connection for as long as it lasts.

use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::ask::{Answer, Ask};
use crate::cast::Person;
use crate::line::Stream;
use crate::patience::within;
use crate::trust;

/// Which HTTP a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, which needs TLS.
    Http2,
}

impl Protocol {
    fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }
}

/// A client with one connection, which is made anew when the gate has closed it.
#[derive(Debug)]
pub struct Client {
    gate: SocketAddr,
    protocol: Protocol,
    certificate: Option<PathBuf>,
    sender: Option<Sender>,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// Why there is no answer.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

impl Client {
    pub(crate) fn new(gate: SocketAddr, protocol: Protocol, certificate: Option<PathBuf>) -> Self {
        Self { gate, protocol, certificate, sender: None }
    }

    /// Closes the connection: the next request is sent on another one.
    pub fn hang_up(&mut self) {
        self.sender = None;
    }

    /// Logs somebody in and gives the token.
    pub async fn login(&mut self, person: &Person) -> String {
        let answer = self.send(Ask::login(person.name, person.password)).await;
        assert_eq!(answer.status, 200, "{} can't log in: {}", person.name, answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&mut self, ask: Ask) -> Answer {
        let what = format!("{} {}", ask.method, ask.target);
        let answer = self.try_send(ask).await;
        answer.unwrap_or_else(|error| panic!("no answer to {what}: {error:?}"))
    }

    /// The same, where the gate may be killed meanwhile.
    pub async fn try_send(&mut self, ask: Ask) -> Result<Answer, Broken> {
        let what = format!("waiting for the answer to {} {}", ask.method, ask.target);
        within(&what, async {
            let request = self.request(ask);
            let (head, body) = self.sender().await?.send(request).await?.into_parts();
            let body = body.collect().await?;
            let trailers = body.trailers().cloned().unwrap_or_default();
            let (status, version) = (head.status.as_u16(), head.version);
            Ok(Answer { status, version, fields: head.headers, body: body.to_bytes(), trailers })
        })
        .await
    }

    fn request(&self, ask: Ask) -> Request<Full<Bytes>> {
        let Ask { method, target, mut fields, body } = ask;
        let target = match self.protocol {
            Protocol::Http1 => {
                fields.entry(HOST).or_insert(HeaderValue::from_str(&self.gate.to_string()).unwrap());
                target
            }
            Protocol::Http2 => format!("https://{}{target}", self.gate),
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = target.parse::<Uri>().unwrap();
        *request.headers_mut() = fields;
        if self.protocol == Protocol::Http2 {
            *request.version_mut() = Version::HTTP_2;
        }
        request
    }

    /// The connection, if it is still good for a request, else a new one.
    async fn sender(&mut self) -> Result<&mut Sender, Broken> {
        let is_ready = match &mut self.sender {
            None => false,
            Some(Sender::Http1(sender)) => sender.ready().await.is_ok(),
            Some(Sender::Http2(sender)) => sender.ready().await.is_ok(),
        };
        if !is_ready {
            self.sender = Some(self.connect().await?);
        }
        Ok(self.sender.as_mut().unwrap())
    }

    async fn connect(&self) -> Result<Sender, Broken> {
        let io = TokioIo::new(self.stream().await?);
        Ok(match self.protocol {
            Protocol::Http1 => {
                let (sender, connection) = http1::handshake(io).await?;
                tokio::spawn(connection);
                Sender::Http1(sender)
            }
            Protocol::Http2 => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
                tokio::spawn(connection);
                Sender::Http2(sender)
            }
        })
    }

    async fn stream(&self) -> Result<Box<dyn Stream>, Broken> {
        let stream = TcpStream::connect(self.gate).await?;
        stream.set_nodelay(true)?;
        let Some(certificate) = &self.certificate else { return Ok(Box::new(stream)) };
        let connector = TlsConnector::from(trust::only(certificate, &[self.protocol.alpn()]));
        let stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(self.protocol.alpn()));
        Ok(Box::new(stream))
    }
}

impl Sender {
    async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => sender.send_request(request).await,
            Self::Http2(sender) => sender.send_request(request).await,
        }
    }
}
