//! One request on its way through the layer.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, MatchedPath, NestedPath};
use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Method, Request, Response, StatusCode, Uri};
use portcullis_core::domain::permit::{Permit, Principal};
use portcullis_core::domain::route::Destination;
use portcullis_guard::admission::admit;
use portcullis_guard::body::without_body;
use portcullis_guard::dialect::Dialect;
use portcullis_guard::origin::Origin;
use portcullis_guard::outbound::{Authorization, OutboundFacts, request_headers};
use portcullis_guard::refusal::PORTCULLIS_DECISION;
use portcullis_guard::reply::Reply;
use portcullis_guard::request::target;
use portcullis_guard::request_id::{RequestId, X_REQUEST_ID};
use portcullis_guard::target::path_and_query;
use portcullis_guard::{Body, BoxError, framing};

use super::GuardLayer;
use super::stream::Ending;
use crate::endpoints::Caller;

/// What is known of a request before and after the service has it.
pub(super) struct Passage<'l> {
    layer: &'l GuardLayer,
    id: RequestId,
    is_head: bool,
}

impl<'l> Passage<'l> {
    pub(super) fn new(layer: &'l GuardLayer, head: &Parts) -> Self {
        let id = RequestId::given(&head.headers);
        let id = id.unwrap_or_else(|| RequestId::new(layer.gate.request_id()));
        Self { layer, id, is_head: head.method == Method::HEAD }
    }

    /// The request as the service gets it, or our answer.
    pub(super) async fn walk<B>(&self, mut head: Parts, body: B) -> Result<Request<B>, Response<Body>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let GuardLayer { gate, ground, endpoints, .. } = self.layer;
        if has_been_routed(&head.extensions) {
            tracing::error!("a router stands before the gate: put GuardLayer::guard around the whole router");
            return Err(internal());
        }
        let ground = ground();
        let origin = Origin::new(peer(&head.extensions), &ground.trusted_proxies, &head.headers);
        let permit = match admit(gate, &ground.policy, &head, &self.id, &origin).await {
            Ok(permit) => permit,
            Err(turned) => {
                if turned.is_misframed() {
                    (self.layer.misframed)(head.method.as_str());
                }
                return Err(turned.answer(&head));
            }
        };
        match (permit.destination(), endpoints) {
            (Destination::Upstream, _) => {}
            (Destination::Own(endpoint), Some(endpoints)) => {
                let caller = Caller::new(&self.id, &origin, &head.headers);
                let request = Request::from_parts(head, body);
                return Err(Box::pin(endpoints.call(endpoint, permit, caller, request)).await);
            }
            (Destination::Own(_), None) | (Destination::Nowhere, _) => {
                return Err(Dialect::of(target(&head)).write(Reply::not_found()));
            }
        }
        let Some(uri) = decided(&head.uri, &permit) else {
            tracing::error!(request.id = self.id.as_str(), "a target that was permitted can't be handed on");
            return Err(internal());
        };
        self.clean(&mut head, &permit, &origin);
        head.uri = uri;
        Ok(Request::from_parts(head, body))
    }

    /// Leaves of the head what an upstream would get, and puts in what only we may say.
    fn clean(&self, head: &mut Parts, permit: &Permit, origin: &Origin) {
        let host = framing::host(head);
        let facts = OutboundFacts {
            permit,
            request_id: &self.id,
            host: host.as_ref(),
            peer: origin.peer,
            peer_is_trusted: origin.by_trusted_proxy,
            encrypted: self.layer.is_encrypted,
            authorization: Authorization::Drop,
        };
        let caller = Caller::new(&self.id, origin, &head.headers);
        head.headers = request_headers(&head.headers, &facts);
        head.extensions.insert(caller);
        head.extensions.insert(permit.clone());
        // Set or removed, whatever stood there before.
        match permit.principal() {
            Some(principal) => drop(head.extensions.insert(principal.clone())),
            None => drop(head.extensions.remove::<Principal>()),
        }
    }

    /// The end of the session of whoever asked, if anybody did.
    pub(super) fn ending(&self, permitted: &Extensions) -> Option<Ending> {
        permitted.get::<Principal>().and_then(|principal| (self.layer.ending)(principal))
    }

    /// The service's answer. What only we may say isn't in it.
    pub(super) fn answered<A>(&self, mut answer: Response<A>) -> Response<A> {
        answer.headers_mut().remove(PORTCULLIS_DECISION);
        self.stamped(answer)
    }

    /// Our answer in its stead.
    pub(super) fn answered_by_us(&self, answer: Response<Body>) -> Response<axum::body::Body> {
        let answer = if self.is_head { without_body(answer) } else { answer };
        self.stamped(answer.map(axum::body::Body::new))
    }

    fn stamped<A>(&self, mut answer: Response<A>) -> Response<A> {
        answer.headers_mut().insert(X_REQUEST_ID, self.id.value());
        answer
    }
}

/// 500: what should never be is for the log.
pub(super) fn internal() -> Response<Body> {
    Reply::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal Server Error").into_response()
}

/// Whether a router of axum has looked at the request before the gate: by a path that nothing has been decided about yet,
/// or that is only the end of the one that was asked for.
fn has_been_routed(extensions: &Extensions) -> bool {
    extensions.get::<MatchedPath>().is_some() || extensions.get::<NestedPath>().is_some()
}

/// The address at the other end of the connection, an IPv4 one always written as such; none where nobody says it, as over
/// a Unix socket.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

/// The URI with the target that was decided on.
fn decided(asked: &Uri, permit: &Permit) -> Option<Uri> {
    if asked.path_and_query().is_some_and(|asked| asked.as_str() == permit.target().as_str()) {
        return Some(asked.clone());
    }
    let mut parts = asked.clone().into_parts();
    parts.path_and_query = Some(path_and_query(permit.target())?);
    Uri::from_parts(parts).ok()
}
