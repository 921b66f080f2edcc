//! The service behind the gate, as tower and axum call it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Extension;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::middleware::AddExtension;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use http::{Request, Response};
use portcullis_guard::BoxError;
use tower::{Layer as _, Service};

use super::GuardLayer;
use super::passage::Passage;
use super::stream::Watched;

/// A service behind the gate.
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    layer: GuardLayer,
    service: S,
}

impl<S> Guarded<S> {
    pub(super) fn new(layer: GuardLayer, service: S) -> Self {
        Self { layer, service }
    }
}

impl<S, B, A> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    A: http_body::Body<Data = Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let layer = self.layer.clone();
        // The one that was found ready is the one that is called.
        let next = self.service.clone();
        let mut service = std::mem::replace(&mut self.service, next);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let passage = Passage::new(&layer, &head);
            let answer = match passage.walk(head, body).await {
                Ok(permitted) => {
                    let ending = passage.ending(permitted.extensions());
                    service.call(permitted).await?.map(|body| Watched::until(ending, Body::new(body)))
                }
                Err(answer) => return Ok(passage.answered_by_us(answer)),
            };
            Ok(passage.answered(answer))
        })
    }
}

/// `axum::serve` asks for the service of each connection, and so the peer's address can't be forgotten.
impl<S, L> Service<IncomingStream<'_, L>> for Guarded<S>
where
    S: Clone,
    L: Listener<Addr = SocketAddr>,
{
    type Response = AddExtension<Self, ConnectInfo<SocketAddr>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, connection: IncomingStream<'_, L>) -> Self::Future {
        let peer = ConnectInfo(*connection.remote_addr());
        ready(Ok(Extension(peer).layer(self.clone())))
    }
}
