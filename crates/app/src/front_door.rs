//! The front door: the walk of a request from the listener to whoever answers it. It fits on this page.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use portcullis_core::domain::permit::{Permit, Principal};
use portcullis_core::domain::route::Destination;
use portcullis_core::ports::clock::Clock;
use portcullis_core::services::gate::{Gate, Refused};
use portcullis_core::services::ids::Ids;
use portcullis_gateway::{Gateway, GatewayError, Outbound, Phase, Reclaim, SessionEnd, Upgrade};
use portcullis_guard::outbound::{Authorization, OutboundFacts, request_headers};
use portcullis_guard::peer::TrustedProxies;
use portcullis_guard::refusal::{PORTCULLIS_DECISION, framing_reply, reply};
use portcullis_guard::reply::Reply;
use portcullis_guard::request::view;
use portcullis_guard::request_id::{X_REQUEST_ID, given};
use portcullis_guard::{Body, body, fields, framing};
use portcullis_http::{Caller, Endpoints};

use tokio::time::Instant;

use crate::listener::{Door, Peer};
use crate::telemetry::metrics::Metrics;

/// What lies on both sides of the door, and may change while it stands open.
pub(crate) struct Outside {
    /// The proxies in front whose word is believed.
    pub(crate) trusted_proxies: TrustedProxies,
    /// What is behind, if anything.
    pub(crate) gateway: Option<Gateway>,
    /// Whether it gets to see the caller's token.
    pub(crate) authorization: Authorization,
    /// Where what is behind describes itself.
    pub(crate) upstream_openapi: Option<String>,
}

/// Answers requests: the gate decides, then we or the upstream answer.
#[derive(Clone)]
pub(crate) struct FrontDoor(Arc<Parties>);

/// Everybody who takes part.
pub(crate) struct Parties {
    pub(crate) gate: Arc<Gate>,
    pub(crate) endpoints: Endpoints,
    pub(crate) outside: Arc<ArcSwap<Outside>>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Door for FrontDoor {
    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let id = given(request.headers()).map_or_else(|| self.0.ids.next(), str::to_owned);
        let stamp = HeaderValue::from_str(&id);
        let mut response = self.walk(request, peer, id).await;
        if let Ok(stamp) = stamp {
            response.headers_mut().insert(X_REQUEST_ID, stamp);
        }
        response
    }
}

impl FrontDoor {
    /// A door with these parties.
    pub(crate) fn new(parties: Parties) -> Self {
        Self(Arc::new(parties))
    }

    /// The walk of a request. The gate comes before any router: what it permits is what is answered or sent on.
    async fn walk(&self, request: Request<Incoming>, peer: Peer, id: String) -> Response<Body> {
        let Parties { gate, endpoints, outside, metrics, .. } = &*self.0;
        let arrived = Instant::now();
        let outside = outside.load_full();
        let (parts, body) = request.into_parts();
        let is_head = parts.method == Method::HEAD;
        if let Err(fault) = framing::check(&parts) {
            metrics.misframed(parts.method.as_str());
            return without_body_if(is_head, framing_reply(fault).into_response());
        }
        let by_trusted_proxy = peer.address.is_some_and(|peer| outside.trusted_proxies.contain(peer));
        let address = peer.address.map(|peer| outside.trusted_proxies.client(peer, &parts.headers));
        let fields = fields::HeaderFields(&parts.headers);
        match gate.admit(&view(&parts, &fields, &id, address)).await {
            Err(refused) => without_body_if(is_head, refuse(&refused)),
            Ok(permit) => match permit.destination() {
                Destination::Own(endpoint) => {
                    let caller = Caller { request_id: id, address, by_trusted_proxy };
                    let request = Request::from_parts(parts, body);
                    without_body_if(is_head, endpoints.call(endpoint, permit, caller, request).await)
                }
                Destination::Upstream => {
                    let request = Request::from_parts(parts, body);
                    let answer = self.forward(&outside, &permit, request, peer, &id, arrived).await;
                    answer.unwrap_or_else(|reply| without_body_if(is_head, reply.into_response()))
                }
            },
        }
    }

    /// Hands a permitted request on, and its answer back.
    async fn forward(
        &self,
        outside: &Outside,
        permit: &Permit,
        mut request: Request<Incoming>,
        peer: Peer,
        id: &str,
        arrived: Instant,
    ) -> Result<Response<Body>, Reply> {
        let gateway = outside.gateway.as_ref();
        let gateway = gateway.ok_or_else(|| Reply::new(StatusCode::NOT_FOUND, "not_found", "Not Found"))?;
        let reclaim = request.extensions_mut().remove::<Reclaim>();
        let upgrade = reclaim.and_then(|reclaim| Upgrade::asked(&mut request, permit, reclaim));
        let (parts, body) = request.into_parts();
        let host = framing::host(&parts);
        let facts = OutboundFacts {
            permit,
            request_id: id,
            host: host.as_ref(),
            peer: peer.address,
            peer_is_trusted: peer.address.is_some_and(|peer| outside.trusted_proxies.contain(peer)),
            encrypted: peer.encrypted,
            authorization: outside.authorization,
        };
        let headers = request_headers(&parts.headers, &facts);
        let session_end = permit.principal().map(|principal| self.session_end(principal));
        let outbound = Outbound { method: parts.method, headers, body, upgrade, session_end };
        let sent = Instant::now();
        let answer =
            gateway.forward(permit, outbound).await.map_err(|error| self.failed(&error, permit, id))?;
        self.0.metrics.forwarded(sent - arrived, sent.elapsed());
        Ok(answer)
    }

    /// When what streams in this session is to be cut off.
    fn session_end(&self, principal: &Principal) -> SessionEnd {
        let left = principal.expires_at.micros().saturating_sub(self.0.clock.now().micros());
        SessionEnd::at(Instant::now() + Duration::from_micros(left.try_into().unwrap_or_default()))
    }

    /// What the client reads when the upstream gave no answer; why is for the log.
    fn failed(&self, error: &GatewayError, permit: &Permit, id: &str) -> Reply {
        let (status, code, detail) = match error {
            GatewayError::Target => (StatusCode::BAD_REQUEST, "ambiguous_path", "Ambiguous request path"),
            GatewayError::RequestBody(_) => {
                (StatusCode::BAD_REQUEST, "body_broken", "Incomplete request body")
            }
            GatewayError::Unavailable(_) => {
                (StatusCode::BAD_GATEWAY, "upstream_unavailable", "Upstream unavailable")
            }
            GatewayError::Malformed(_) => {
                (StatusCode::BAD_GATEWAY, "upstream_malformed", "Upstream unavailable")
            }
            GatewayError::TimedOut(Phase::Connect) => {
                (StatusCode::GATEWAY_TIMEOUT, "upstream_connect_timeout", "Upstream timed out")
            }
            GatewayError::TimedOut(Phase::ResponseHead) => {
                (StatusCode::GATEWAY_TIMEOUT, "upstream_timeout", "Upstream timed out")
            }
        };
        self.0.metrics.upstream_failed(code);
        let error = error as &(dyn std::error::Error + 'static);
        tracing::warn!(
            error,
            request.id = id,
            route = permit.route().id.as_str(),
            "no answer from the upstream"
        );
        Reply::new(status, code, detail)
    }
}

fn refuse(refused: &Refused) -> Response<Body> {
    if let portcullis_core::domain::refusal::Refusal::Unavailable(error) = &refused.refusal {
        let error = error as &(dyn std::error::Error + 'static);
        tracing::error!(error, decision.id = refused.decision_id, "the user store could not be read");
    }
    let mut response = reply(&refused.refusal).into_response();
    if let Ok(id) = HeaderValue::from_str(&refused.decision_id) {
        response.headers_mut().insert(PORTCULLIS_DECISION, id);
    }
    response
}

/// An answer to HEAD says how long its body would be, and has none (RFC 9110 9.3.2).
fn without_body_if(is_head: bool, response: Response<Body>) -> Response<Body> {
    if !is_head {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.entry(http::header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Response::from_parts(parts, body::empty())
}
