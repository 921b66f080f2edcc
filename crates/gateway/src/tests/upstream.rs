//! An upstream that a test plays itself, and the gateway to it. It listens on a Unix socket: there a byte that was
//! written has arrived, so that tests with a stopped clock don't depend on the network's own time.

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderName, HeaderValue, Method, Response};
use http_body_util::{BodyExt, Empty};
use portcullis_guard::sink::FieldSink as _;
use portcullis_guard::{Body, BoxError};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::{Endpoint, Gateway, GatewayError, Outbound, RequestHead, UpstreamOptions};
use portcullis_testkit::permits::public_permit as permit;

/// An upstream, played by the test.
pub(crate) struct Upstream {
    listener: UnixListener,
    directory: TempDir,
}

impl Upstream {
    pub(crate) fn listen() -> Self {
        let directory = TempDir::new().unwrap();
        let listener = UnixListener::bind(directory.path().join("socket")).unwrap();
        Self { listener, directory }
    }

    /// How it is reached, with the usual times.
    pub(crate) fn options(&self) -> UpstreamOptions {
        UpstreamOptions::new(Endpoint::Unix(self.directory.path().join("socket")))
    }

    pub(crate) fn gateway(&self) -> Gateway {
        Gateway::new(self.options())
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> Wire<UnixStream> {
        Wire::new(self.listener.accept().await.unwrap().0)
    }

    /// Takes the next connection, answers one request on it, and returns both.
    pub(crate) async fn answer(&self, answer: &str) -> (Wire<UnixStream>, String) {
        let mut wire = self.accept().await;
        let head = wire.head().await;
        wire.send(answer).await;
        (wire, head)
    }

    /// Whether a connection waits to be accepted.
    pub(crate) fn has_a_connection_waiting(self) -> bool {
        self.listener.into_std().unwrap().accept().is_ok()
    }
}

/// One end of a connection, in plain bytes.
pub(crate) struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: vec![] }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Reads up to and with the empty line.
    pub(crate) async fn head(&mut self) -> String {
        self.until("\r\n\r\n").await
    }

    /// Reads up to and with this text.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        loop {
            let found = self.buffer.windows(end.len()).position(|window| window == end.as_bytes());
            if let Some(at) = found {
                let text = self.buffer.drain(..at + end.len()).collect();
                return String::from_utf8(text).unwrap();
            }
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert_ne!(read, 0, "closed before {end:?}, after {:?}", String::from_utf8_lossy(&self.buffer));
        }
    }

    /// Reads to the end; a reset is an end too.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = std::mem::take(&mut self.buffer);
        while self.stream.read_buf(&mut rest).await.is_ok_and(|read| read > 0) {}
        String::from_utf8(rest).unwrap()
    }

    /// Reads to the end, and forgets it.
    pub(crate) async fn swallow(&mut self) {
        while self.stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {}
    }

    /// Says that nothing more comes.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }
}

/// What a client sends without a body.
pub(crate) fn outbound(method: Method) -> Outbound<Empty<Bytes>, impl Fn(&mut RequestHead)> {
    with_body(method, Empty::new())
}

pub(crate) fn with_body<B>(method: Method, body: B) -> Outbound<B, impl Fn(&mut RequestHead)> {
    let fields = |head: &mut RequestHead| head.pass(&HOST, &HeaderValue::from_static("bng.example:8443"));
    Outbound { method, asked: None, fields, body, upgrade: None, session_end: None }
}

/// The same, with one more field.
pub(crate) fn with_field<B>(
    outbound: Outbound<B, impl Fn(&mut RequestHead)>,
    name: HeaderName,
    value: &'static str,
) -> Outbound<B, impl Fn(&mut RequestHead)> {
    let Outbound { method, asked, fields, body, upgrade, session_end } = outbound;
    let fields = move |head: &mut RequestHead| {
        fields(head);
        head.pass(&name, &HeaderValue::from_static(value));
    };
    Outbound { method, asked, fields, body, upgrade, session_end }
}

pub(crate) async fn get(gateway: &Gateway, target: &str) -> Result<Response<Body>, GatewayError> {
    gateway.forward(&permit(target).await, outbound(Method::GET)).await
}

/// The whole body of an answer, as text.
pub(crate) async fn text(answer: Response<Body>) -> Result<String, BoxError> {
    let bytes = answer.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8(bytes.to_vec())?)
}
