//! The exchange with the upstream: one request, one answer.

use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use portcullis_core::domain::path::Target;
use portcullis_core::domain::permit::Permit;
use portcullis_guard::outbound::strip_response;
use portcullis_guard::{Body, BoxError};
use tokio::select;

use crate::body::{Download, Upload};
use crate::connector::Connector;
use crate::error::{GatewayError, Phase};
use crate::framing::{frame_answer, frame_request};
use crate::options::UpstreamOptions;
use crate::progress::Progress;
use crate::session_end::SessionEnd;
use crate::tunnel::Tunnel;
use crate::upgrade::Upgrade;

/// The way to the upstream, with the connections that are kept open to it. Clones share them. A connection lives on
/// the runtime that made it, so where there are several, each is given a gateway of its own.
#[derive(Clone)]
pub struct Gateway {
    client: Client<Connector, Body>,
    authority: Authority,
    response_head: Duration,
    tunnel_idle: Duration,
}

/// What is sent, beside the target, which is the permit's.
#[derive(Debug)]
pub struct Outbound<B> {
    /// The method.
    pub method: Method,
    /// The header fields, clean: nothing in them is about another connection, and `Host` is as the client wrote it.
    pub headers: HeaderMap,
    /// The body.
    pub body: B,
    /// The upgrade that the request asks for.
    pub upgrade: Option<Upgrade>,
    /// The end of the session that the request was made in, where it has one.
    pub session_end: Option<SessionEnd>,
}

impl Gateway {
    /// A gateway to this upstream. Nothing is connected before there is a request.
    pub fn new(options: UpstreamOptions) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(options.pool_idle)
            .pool_max_idle_per_host(options.pool_size)
            .set_host(false)
            // A request of which nothing was sent, since its connection had been closed meanwhile, gets another one.
            // One of which anything may have been sent never does.
            .retry_canceled_requests(true)
            .build(Connector::new(options.endpoint, options.connect));
        Self {
            client,
            authority: Authority::from_static("upstream"),
            response_head: options.response_head,
            tunnel_idle: options.tunnel_idle,
        }
    }

    /// Sends what was permitted, with the target that was decided on byte for byte, and returns the answer as soon as
    /// its head is there. Whoever drops this future, or the body of the answer, takes the request back.
    pub async fn forward<B>(
        &self,
        permit: &Permit,
        outbound: Outbound<B>,
    ) -> Result<Response<Body>, GatewayError>
    where
        B: http_body::Body<Data = bytes::Bytes, Error: Into<BoxError>> + Unpin + Send + 'static,
    {
        let Outbound { method, mut headers, body, upgrade, session_end } = outbound;
        frame_request(&mut headers, &body);
        if let Some(upgrade) = &upgrade {
            upgrade.announce(&mut headers);
        }
        let progress = Arc::new(Progress::begin());
        let is_repeatable = method.is_safe() && body.is_end_stream() && upgrade.is_none();
        let mut request = Request::new(Upload::new(body, Arc::clone(&progress)).boxed_unsync());
        *request.uri_mut() = self.uri(permit.target())?;
        *request.method_mut() = method.clone();
        *request.headers_mut() = headers;
        let again = is_repeatable.then(|| without_body(&request));

        let limit = permit.route().timeout.unwrap_or(self.response_head);
        let answer = match (self.exchange(request, &progress, limit).await, again) {
            // An idle connection may be closed by the upstream at the very moment when it is used again. What changes
            // nothing is asked once more then (RFC 9110 9.2.2).
            (Err(error), Some(again)) if error.is_broken_connection() => {
                self.exchange(again, &progress, limit).await?
            }
            (answer, _) => answer?,
        };
        match upgrade {
            Some(upgrade) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                self.open_tunnel(upgrade, answer, session_end)
            }
            _ => pass_on(answer, &method, session_end),
        }
    }

    /// Sends a request, and waits for the head of its answer.
    async fn exchange(
        &self,
        mut request: Request<Body>,
        progress: &Progress,
        limit: Duration,
    ) -> Result<Response<Incoming>, GatewayError> {
        let connection = capture_connection(&mut request);
        let mut connecting = connection.clone();
        let overdue = async {
            // Until there is a connection it is the connector's time that runs.
            drop(connecting.wait_for_connection_metadata().await);
            progress.touch();
            progress.stalled(limit).await;
        };
        let answer = select! {
            biased;
            answer = self.client.request(request) => answer.map_err(GatewayError::of_exchange)?,
            () = overdue => return Err(GatewayError::TimedOut(Phase::ResponseHead)),
        };
        if answer.version() == Version::HTTP_10 {
            retire(&connection);
        }
        Ok(answer)
    }

    /// The target as it was decided on, in the form that the pool wants. Only path and query of it are sent.
    fn uri(&self, target: &Target) -> Result<Uri, GatewayError> {
        let path = PathAndQuery::try_from(target.as_str()).map_err(|_| GatewayError::Target)?;
        // A URI drops a fragment without a word. The target has none by now, and this is where it would matter.
        if path.as_str() != target.as_str() {
            return Err(GatewayError::Target);
        }
        let mut parts = Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|_| GatewayError::Target)
    }

    /// Answers the client that the protocol changes, and joins the two connections when it does.
    fn open_tunnel(
        &self,
        upgrade: Upgrade,
        mut upstream: Response<Incoming>,
        session_end: Option<SessionEnd>,
    ) -> Result<Response<Body>, GatewayError> {
        let answer = upgrade.answer(std::mem::take(upstream.headers_mut()))?;
        let tunnel = Tunnel {
            client: upgrade.client,
            reclaim: upgrade.reclaim,
            upstream: hyper::upgrade::on(upstream),
            idle: self.tunnel_idle,
            session_end,
        };
        tokio::spawn(tunnel.run());
        Ok(answer)
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

/// The same request, if it has no body.
fn without_body(request: &Request<Body>) -> Request<Body> {
    let mut again = Request::new(portcullis_guard::body::empty());
    *again.uri_mut() = request.uri().clone();
    *again.method_mut() = request.method().clone();
    *again.headers_mut() = request.headers().clone();
    again
}

/// The upstream's answer, as the client gets it.
fn pass_on(
    answer: Response<Incoming>,
    method: &Method,
    session_end: Option<SessionEnd>,
) -> Result<Response<Body>, GatewayError> {
    let (mut head, body) = answer.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(GatewayError::malformed("a change of protocol that nobody asked for"));
    }
    frame_answer(&mut head.headers, method, head.status, &body)?;
    strip_response(&mut head.headers);
    let mut passed = Response::new(Download::new(body, session_end).boxed_unsync());
    *passed.status_mut() = head.status;
    *passed.headers_mut() = head.headers;
    Ok(passed)
}

/// Keeps the next request off a connection whose upstream speaks HTTP/1.0: it would be written in HTTP/1.0 itself, and
/// lose a body of unknown length without a word.
fn retire(connection: &CaptureConnection) {
    if let Some(connected) = connection.connection_metadata().as_ref() {
        connected.poison();
    }
}
