//! The listener before real sockets: each test has a server of its own on a free port.

mod encrypted;
mod limits;
mod requests;
mod sockets;
mod stopping;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use portcullis_guard::{Body, body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::*;

/// Long enough for any machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// A limit that is meant to be reached.
const SHORT: Duration = Duration::from_millis(100);
/// A limit that is not meant to be reached.
const LONG: Duration = Duration::from_hours(1);

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const GET_AND_CLOSE: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const HOLD: &[u8] = b"GET /hold HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn patient() -> Limits {
    Limits { tls_handshake: LONG, request_head: LONG, client_stall: LONG, connections: 100, drain: LONG }
}

/// An address that may hold all connections.
const CROWD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

/// Answers with who asks and how; `/hold` waits until the test lets it go, `/panic` panics, `/endless` has no end, and an upgrade becomes a
/// tunnel that gives back what it gets.
#[derive(Clone)]
struct TestDoor {
    entered: Arc<Semaphore>,
    released: Arc<Semaphore>,
}

impl TestDoor {
    fn new() -> Self {
        Self { entered: Arc::new(Semaphore::new(0)), released: Arc::new(Semaphore::new(0)) }
    }

    /// Waits until a request is held.
    async fn holds_one(&self) {
        in_time(self.entered.acquire()).await.unwrap().forget();
    }

    /// Lets one go.
    fn release(&self) {
        self.released.add_permits(1);
    }
}

impl Door for TestDoor {
    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        assert_ne!(request.uri().path(), "/panic", "a fault in a request");
        match request.uri().path() {
            "/tunnel" => return tunnel(request),
            "/endless" => return Response::new(Body::new(Endless(Arc::clone(&self.entered)))),
            "/long" => return Response::new(body::full("long ".repeat(4_000_000))),
            "/page" => return Response::new(body::full("page ".repeat(8_000))),
            "/hold" => {
                self.entered.add_permits(1);
                self.released.acquire().await.unwrap().forget();
            }
            _ => {}
        }
        let Peer { address, encrypted, .. } = peer;
        let peer = format!("Peer {{ address: {address:?}, encrypted: {encrypted} }}");
        Response::new(body::full(format!("{:?} {peer}", request.version())))
    }

    fn may_crowd(&self, address: IpAddr) -> bool {
        address == CROWD
    }
}

/// A body without an end; that it is given up is like a request that entered.
struct Endless(Arc<Semaphore>);

impl hyper::body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = portcullis_guard::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(bytes::Bytes::from_static(&[0; 1000])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

fn tunnel(request: Request<Incoming>) -> Response<Body> {
    tokio::spawn(async move {
        let (mut from, mut to) = tokio::io::split(TokioIo::new(hyper::upgrade::on(request).await.unwrap()));
        tokio::io::copy(&mut from, &mut to).await
    });
    let mut response = Response::new(body::empty());
    *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert("connection", http::HeaderValue::from_static("upgrade"));
    response.headers_mut().insert("upgrade", http::HeaderValue::from_static("echo"));
    response
}

/// A listener at work.
struct Server {
    door: TestDoor,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Drain>,
}

impl Server {
    async fn plain(limits: Limits) -> Self {
        Self::start(None, limits).await
    }

    async fn start(certificates: Option<Arc<CertificateStore>>, limits: Limits) -> Self {
        let addresses = vec![Address::Tcp((Ipv4Addr::LOCALHOST, 0).into())];
        let listener = bind(Options { addresses, certificates, plain: Plain::Http1, limits }).await.unwrap();
        let Some(Address::Tcp(address)) = listener.addresses().first().cloned() else {
            unreachable!("it was bound to TCP");
        };
        let door = TestDoor::new();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(listener.serve(door.clone(), async move {
            let _ = stopped.await;
        }));
        Self { door, address, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A client at another address of this machine.
    async fn connect_from(&self, address: impl Into<IpAddr>) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address.into(), 0).into()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Asks the server to stop; resolves when it has.
    fn stop(self) -> impl Future<Output = Drain> {
        self.stop.send(()).unwrap();
        in_time(async { self.serving.await.unwrap() })
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("nothing happened")
}

/// Sends this and reads until the server closes the connection.
async fn exchange(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), bytes: &[u8]) -> String {
    stream.write_all(bytes).await.unwrap();
    remainder(stream).await
}

/// What comes until the server closes the connection, however it does that.
async fn remainder(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    let _ = in_time(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads the head of an answer, on a connection that stays open.
async fn head(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(in_time(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}
