//! The front door: the walk of a request from the listener to whoever answers it. It fits on this page.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use portcullis_core::domain::permit::{Permit, Principal};
use portcullis_core::domain::route::Destination;
use portcullis_core::services::gate::Gate;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::policy::Policy;
use portcullis_gateway::{GatewayError, Outbound, Phase, RequestHead, SessionEnd, Upgrade};
use portcullis_guard::admission::admit;
use portcullis_guard::body::without_body;
use portcullis_guard::cause::with_causes;
use portcullis_guard::dialect::Dialect;
use portcullis_guard::origin::Origin;
use portcullis_guard::outbound::{Authorization, OutboundFacts, put_request_fields};
use portcullis_guard::peer::TrustedProxies;
use portcullis_guard::reply::Reply;
use portcullis_guard::request::target;
use portcullis_guard::request_id::{RequestId, X_REQUEST_ID};
use portcullis_guard::{Body, framing};
use portcullis_http::{Caller, Endpoints, Ground, GuardLayer};
use tokio::time::Instant;

use crate::listener::{Door, Peer};
use crate::session_watch::SessionWatch;
use crate::telemetry::metrics::Metrics;
use crate::upstream::Upstreams;

/// What the door goes by, and may change while it stands open: all of it at once, so that no request is decided by one
/// configuration and sent on by another.
pub(crate) struct Outside {
    /// What decisions rest on.
    pub(crate) policy: Arc<Policy>,
    /// The proxies in front whose word is believed.
    pub(crate) trusted_proxies: TrustedProxies,
    /// What is behind, if anything.
    pub(crate) upstreams: Arc<Upstreams>,
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
    pub(crate) sessions: SessionWatch,
    pub(crate) metrics: Arc<Metrics>,
}

impl Door for FrontDoor {
    /// No async function, and the walk only borrows the head: each of those would keep a copy of what it takes, and the
    /// whole is moved several times before it begins.
    fn answer(&self, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Body>> + Send {
        let (mut head, body) = request.into_parts();
        let id = RequestId::given(&head.headers).unwrap_or_else(|| RequestId::new(self.0.ids.next()));
        async move {
            let stamp = id.value();
            let mut response = self.walk(&mut head, body, peer, id).await;
            response.headers_mut().insert(X_REQUEST_ID, stamp);
            response
        }
    }

    /// A proxy brings everybody, and whoever is never held is known not to mean harm.
    fn may_crowd(&self, address: IpAddr) -> bool {
        let outside = self.0.outside.load();
        outside.trusted_proxies.contain(address) || outside.policy.logins.throttle.exempts(address)
    }
}

impl FrontDoor {
    /// A door with these parties.
    pub(crate) fn new(parties: Parties) -> Self {
        Self(Arc::new(parties))
    }

    /// The same gate before somebody else's service, which takes the place of the upstream.
    pub(crate) fn layer(&self) -> GuardLayer {
        let Parties { gate, endpoints, outside, metrics, .. } = &*self.0;
        let (outside, metrics) = (outside.clone(), metrics.clone());
        let ground = move || {
            let outside = outside.load();
            Ground { policy: outside.policy.clone(), trusted_proxies: outside.trusted_proxies.clone() }
        };
        let door = self.clone();
        let ending = move |principal: &Principal| {
            let (door, principal) = (door.clone(), principal.clone());
            async move { door.0.sessions.end_of(Some(principal), false).await }
        };
        let layer = GuardLayer::new(gate.clone()).on(ground).answering(endpoints.clone()).until(ending);
        layer.telling(move |method| metrics.misframed(method))
    }

    /// The same gate for Envoy, which asks over gRPC.
    #[cfg(feature = "ext-authz")]
    pub(crate) fn ext_authz(&self) -> portcullis_ext_authz::ExtAuthz {
        let Parties { gate, outside, .. } = &*self.0;
        let outside = outside.clone();
        portcullis_ext_authz::ExtAuthz::new(gate.clone(), move || {
            let outside = outside.load();
            portcullis_ext_authz::Ground {
                policy: outside.policy.clone(),
                trusted_proxies: outside.trusted_proxies.clone(),
                authorization: outside.authorization,
            }
        })
    }

    /// The walk of a request. The gate comes before any router: what it permits is what is answered or sent on.
    async fn walk(&self, head: &mut Parts, body: Incoming, peer: Peer, id: RequestId) -> Response<Body> {
        let Parties { gate, endpoints, outside, metrics, .. } = &*self.0;
        let outside = outside.load_full();
        let arrival = Arrival::new(id, peer, &outside.trusted_proxies, head);
        let answer = match admit(gate, &outside.policy, head, &arrival.id, &arrival.origin).await {
            Err(turned) => {
                if turned.is_misframed() {
                    metrics.misframed(head.method.as_str());
                }
                turned.answer(head)
            }
            Ok(permit) => match permit.destination() {
                Destination::Own(endpoint) => {
                    let caller = Caller::new(&arrival.id, &arrival.origin, &head.headers);
                    let request = Request::from_parts(taken(head), body);
                    // Boxed, since what an endpoint needs for its answer would be carried along by every request.
                    Box::pin(endpoints.call(endpoint, permit, caller, request)).await
                }
                Destination::Nowhere => Dialect::of(target(head)).write(Reply::not_found()),
                Destination::Upstream => {
                    return self.forward(&outside, &permit, head, body, &arrival).await;
                }
            },
        };
        if arrival.is_head { without_body(answer) } else { answer }
    }

    /// Hands a permitted request on, and its answer back.
    async fn forward(
        &self,
        outside: &Outside,
        permit: &Permit,
        head: &mut Parts,
        body: Incoming,
        arrival: &Arrival,
    ) -> Response<Body> {
        let Some(gateway) = outside.upstreams.of(permit.target()) else {
            return arrival.answered(permit, Reply::not_found());
        };
        let upgrade = arrival.peer.reclaim.and_then(|reclaim| Upgrade::asked(head, &body, permit, reclaim));
        let host = framing::host(head);
        let facts = OutboundFacts {
            permit,
            request_id: &arrival.id,
            host: host.as_ref(),
            peer: arrival.origin.peer,
            peer_is_trusted: arrival.origin.by_trusted_proxy,
            encrypted: arrival.peer.encrypted,
            authorization: outside.authorization,
        };
        let fields = |to: &mut RequestHead| put_request_fields(&head.headers, &facts, to);
        let session_end = self.session_end(permit, upgrade.is_some());
        let (method, asked) = (head.method.clone(), head.uri.path_and_query().cloned());
        let outbound = Outbound { method, asked, fields, body, upgrade, session_end };
        let sent = Instant::now();
        match gateway.forward(permit, outbound).await {
            Ok(answer) => {
                self.0.metrics.forwarded(sent - arrival.at, sent.elapsed());
                answer
            }
            Err(error) => arrival.answered(permit, self.failed(&error, permit, arrival.id.as_str())),
        }
    }

    /// The end of whatever streams on this permit, for whom there is one. Nobody watches for it before he is asked.
    fn session_end(&self, permit: &Permit, is_tunnel: bool) -> Option<SessionEnd> {
        let principal = permit.principal().cloned();
        if principal.is_none() && !is_tunnel {
            return None;
        }
        let door = self.clone();
        // Boxed, since it is nearly always thrown away before it begins.
        Some(SessionEnd::when(async move { Box::pin(door.0.sessions.end_of(principal, is_tunnel)).await }))
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
        let is_the_clients_fault = status == StatusCode::BAD_REQUEST;
        let (error, route) = (with_causes(error), permit.route().id.as_str());
        if is_the_clients_fault {
            tracing::debug!(error, request.id = id, route, "a request broke off");
        } else {
            tracing::warn!(error, request.id = id, route, "no answer from the upstream");
        }
        Reply::new(status, code, detail)
    }
}

/// The head of a request, for whoever needs it as his own.
fn taken(head: &mut Parts) -> Parts {
    std::mem::replace(head, Request::new(()).into_parts().0)
}

/// What is known of a request beside what it says.
struct Arrival {
    id: RequestId,
    peer: Peer,
    origin: Origin,
    is_head: bool,
    at: Instant,
}

impl Arrival {
    fn new(id: RequestId, peer: Peer, trusted: &TrustedProxies, request: &Parts) -> Self {
        Self {
            id,
            peer,
            origin: Origin::new(peer.address, trusted, &request.headers),
            is_head: request.method == Method::HEAD,
            at: Instant::now(),
        }
    }

    /// An answer of ours in the upstream's stead.
    fn answered(&self, permit: &Permit, reply: Reply) -> Response<Body> {
        let response = Dialect::of(permit.target().as_str()).write(reply);
        if self.is_head { without_body(response) } else { response }
    }
}
