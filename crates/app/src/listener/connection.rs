//! One connection from its first byte to its last: the handshake, the choice of protocol, the requests, the farewell.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use portcullis_gateway::reclaim;
use portcullis_guard::Body;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::debug;

use super::Plain;
use super::door::{Door, Peer};
use super::head_timer::HeadTimer;
use super::limits::{self, Limits};
use super::phase::{Phase, Progress};
use super::taken::Unwatched;
use super::transport::Placed;
use super::window::{Streams, watched};
use crate::tls::HTTP_2;

/// What all connections have in common.
pub(super) struct Site<D> {
    door: D,
    tls: Option<TlsAcceptor>,
    plain: Plain,
    limits: Limits,
    progress: Progress,
    http_1: http1::Builder,
    http_2: http2::Builder<Streams>,
}

impl<D: Door> Site<D> {
    pub(super) fn new(
        door: D,
        tls: Option<TlsAcceptor>,
        plain: Plain,
        limits: Limits,
        progress: Progress,
    ) -> Self {
        Self { door, tls, plain, limits, progress, http_1: http_1(limits), http_2: http_2(limits) }
    }

    /// How long a client may go without reading.
    pub(super) fn patience(&self) -> Duration {
        self.limits.client_stall
    }

    /// Whether this address may hold all connections there are.
    pub(super) fn may_crowd(&self, address: IpAddr) -> bool {
        self.door.may_crowd(address)
    }

    /// Serves a connection to its end. What goes wrong on the way is the client's affair, and worth no more than a debug
    /// line.
    pub(super) async fn serve(&self, stream: Placed, address: Option<IpAddr>) {
        if let Err(error) = self.greet(stream, address).await {
            debug!(
                peer.address = address.map(tracing::field::display),
                error = format!("{error:#}"),
                "connection failed"
            );
        }
    }

    /// ALPN decides between the protocols. Without TLS there is only the one that the listener is for.
    async fn greet(&self, stream: Placed, address: Option<IpAddr>) -> anyhow::Result<()> {
        let Some(tls) = &self.tls else {
            return match self.plain {
                Plain::Http1 => self.serve_http_1(stream, address, false).await,
                #[cfg(feature = "ext-authz")]
                Plain::Http2 => self.serve_http_2(stream, address, false).await,
            };
        };
        let stream = self.shake_hands(tls, stream).await?;
        match stream.get_ref().1.alpn_protocol() {
            Some(HTTP_2) => self.serve_http_2(stream, address, true).await,
            _ => self.serve_http_1(stream, address, true).await,
        }
    }

    async fn shake_hands(&self, tls: &TlsAcceptor, stream: Placed) -> anyhow::Result<TlsStream<Placed>> {
        tokio::select! {
            shaken = timeout(self.limits.tls_handshake, tls.accept(stream)) => {
                shaken.context("TLS handshake took too long")?.context("TLS handshake failed")
            }
            () = self.reached(Phase::Draining) => bail!("stopped before the TLS handshake was done"),
        }
    }

    async fn serve_http_1<S>(&self, stream: S, address: Option<IpAddr>, encrypted: bool) -> anyhow::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = Peer { address, encrypted, reclaim: Some(reclaim::<TokioIo<S>>) };
        let service = service(self.door.clone(), peer, || (), |answer| answer);
        // Each connection has a timer of its own, or every request would set an alarm.
        let mut builder = self.http_1.clone();
        let connection = builder
            .timer(HeadTimer::default())
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        Ok(self.drive(connection, http1::UpgradeableConnection::graceful_shutdown).await?)
    }

    async fn serve_http_2<S>(&self, stream: S, address: Option<IpAddr>, encrypted: bool) -> anyhow::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asked = Arc::new(Notify::new());
        let bell = Arc::clone(&asked);
        let peer = Peer { address, encrypted, reclaim: None };
        let unwatched = Unwatched::default();
        let dressed = move |answer| watched(answer, &unwatched);
        let service = service(self.door.clone(), peer, move || bell.notify_one(), dressed);
        let connection = self.http_2.serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            served = self.drive(connection, http2::Connection::graceful_shutdown) => Ok(served?),
            () = self.silence(&asked) => bail!("no request came"),
        }
    }

    /// Resolves if no request comes in time after the handshake, and never if one does.
    async fn silence(&self, asked: &Notify) {
        if timeout(self.limits.request_head, asked.notified()).await.is_ok() {
            std::future::pending::<()>().await;
        }
    }

    /// Runs a connection; once the listener stops, lets it finish what it has begun for as long as there is time.
    async fn drive<C>(&self, connection: C, finish: impl FnOnce(Pin<&mut C>)) -> hyper::Result<()>
    where
        C: Future<Output = hyper::Result<()>>,
    {
        let mut connection = pin!(connection);
        tokio::select! {
            biased;
            served = connection.as_mut() => return served,
            () = self.reached(Phase::Draining) => finish(connection.as_mut()),
        }
        tokio::select! {
            served = connection => served,
            () = self.reached(Phase::Over) => Ok(()),
        }
    }

    async fn reached(&self, phase: Phase) {
        self.progress.clone().reached(phase).await;
    }
}

/// The door in hyper's terms; `on_request` is told of each request before the door is, and each answer is dressed for its
/// protocol.
fn service<D: Door, B>(
    door: D,
    peer: Peer,
    on_request: impl Fn(),
    dressed: impl Fn(Response<Body>) -> Response<B> + Clone + Send + Sync,
) -> impl Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
where
    B: hyper::body::Body,
{
    service_fn(move |request: Request<Incoming>| {
        on_request();
        let (door, dressed) = (door.clone(), dressed.clone());
        async move { Ok(dressed(door.answer(request, peer).await)) }
    })
}

/// Its timer is each connection's: without one there would be no time limit at all.
fn http_1(limits: Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .header_read_timeout(limits.request_head)
        .max_buf_size(limits::HTTP_1_BUFFER)
        .keep_alive(true)
        // A client that has closed its side waits for nothing any more: what was asked of the upstream can be given up.
        .half_close(false);
    builder
}

fn http_2(limits: Limits) -> http2::Builder<Streams> {
    let mut builder = http2::Builder::new(Streams { patience: limits.client_stall });
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(limits::HTTP_2_PING)
        .keep_alive_timeout(limits::HTTP_2_PONG)
        .max_concurrent_streams(limits::HTTP_2_STREAMS)
        .max_header_list_size(limits::HTTP_2_HEAD)
        .max_pending_accept_reset_streams(limits::HTTP_2_PENDING_RESETS)
        .max_local_error_reset_streams(limits::HTTP_2_ERROR_RESETS)
        .initial_stream_window_size(limits::HTTP_2_STREAM_WINDOW)
        .initial_connection_window_size(limits::HTTP_2_CONNECTION_WINDOW)
        .max_send_buf_size(limits::HTTP_2_SEND_BUFFER);
    builder
}
