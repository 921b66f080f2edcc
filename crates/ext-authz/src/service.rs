//! The service: from a call to its answer.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use envoy_types::ext_authz::v3::pb::{Authorization, AuthorizationServer, CheckRequest, CheckResponse};
use http_body_util::BodyExt as _;
use portcullis_core::domain::request::{AmbiguousField, Credential, Fields, RequestView};
use portcullis_core::services::gate::Gate;
use portcullis_core::services::policy::Policy;
use portcullis_guard::cause::with_causes;
use portcullis_guard::credential::credential;
use portcullis_guard::fields::HeaderFields;
use portcullis_guard::origin::Origin;
use portcullis_guard::outbound;
use portcullis_guard::peer::TrustedProxies;
use portcullis_guard::question::{Told, not_trusted, told, unclear};
use portcullis_guard::request_id::RequestId;
use portcullis_guard::{Body, BoxError};
use tonic::codegen::Service as _;
use tonic::{Request, Response, Status};

use crate::answer::{passes, refused};
use crate::attributes::Held;
use crate::removal;

/// The largest question that is read, in bytes. The gate takes 40 KiB of a request; Envoy adds what it knows of the way.
const MAX_QUESTION: usize = 256 * 1024;

/// What is recorded of a call whose question isn't known.
const CHECK: (&str, &str) = ("POST", "/envoy.service.auth.v3.Authorization/Check");

/// Answers Envoy.
#[derive(Clone)]
pub struct ExtAuthz(Arc<Parties>);

struct Parties {
    gate: Arc<Gate>,
    ground: Box<dyn Fn() -> Ground + Send + Sync>,
    identity_cousins: Vec<String>,
}

/// What an answer goes by: all of it at once, so that no request is decided by one configuration and sent on by another.
pub struct Ground {
    /// What decisions rest on.
    pub policy: Arc<Policy>,
    /// The proxies whose word is believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether the upstream gets to see the caller's token.
    pub authorization: outbound::Authorization,
}

/// Whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// From this address; he is answered if he is a trusted proxy.
    At(IpAddr),
    /// Over a Unix socket. Who may open it is up to the rights of its file, and it is there for this alone.
    OnSocket,
}

impl ExtAuthz {
    /// Answers by this gate, and goes by what `ground` says, which is asked once for each request.
    pub fn new(gate: Arc<Gate>, ground: impl Fn() -> Ground + Send + Sync + 'static) -> Self {
        let identity_cousins = removal::identity_cousins();
        Self(Arc::new(Parties { gate, ground: Box::new(ground), identity_cousins }))
    }

    #[cfg(test)]
    pub(crate) async fn told(&self, question: CheckRequest, asker: Asker) -> Result<CheckResponse, BoxError> {
        self.0.answer(question, asker).await
    }

    /// Answers a gRPC call. Whoever listens says who asks.
    pub async fn answer<B>(&self, mut call: http::Request<B>, asker: Asker) -> http::Response<Body>
    where
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError> + Send + 'static,
    {
        call.extensions_mut().insert(asker);
        let mut server =
            AuthorizationServer::from_arc(Arc::clone(&self.0)).max_decoding_message_size(MAX_QUESTION);
        let answered: Result<_, Infallible> = server.call(call).await;
        let Ok(answer) = answered;
        grpc(answer)
    }
}

/// The answer to a call that could not be answered in time: Envoy lets nobody through for it.
pub fn too_late() -> http::Response<Body> {
    grpc(Status::deadline_exceeded("no decision in time").into_http())
}

fn grpc(answer: http::Response<tonic::body::Body>) -> http::Response<Body> {
    answer.map(|body| body.map_err(BoxError::from).boxed_unsync())
}

#[tonic::async_trait]
impl Authorization for Parties {
    async fn check(&self, call: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let asker = call.extensions().get::<Asker>().copied();
        let asker = asker.ok_or_else(|| Status::internal("it is not known who asks"))?;
        self.answer(call.into_inner(), asker).await.map(Response::new).map_err(|error| {
            tracing::error!(error = with_causes(&*error), "an answer to Envoy could not be written");
            Status::internal("no answer")
        })
    }
}

impl Parties {
    async fn answer(&self, question: CheckRequest, asker: Asker) -> Result<CheckResponse, BoxError> {
        let ground = (self.ground)();
        let own_id = || RequestId::new(self.gate.request_id());
        if !asker.is_believed(&ground.trusted_proxies) {
            let id = own_id();
            return refused(not_trusted(&self.gate, &call(&id, asker)), &id).await;
        }
        match Held::read(question) {
            Ok(held) => {
                let id = RequestId::given(&held.headers).unwrap_or_else(own_id);
                self.decide(&ground, &held, &id).await
            }
            Err(fault) => {
                let id = own_id();
                refused(unclear(&self.gate, &call(&id, asker), &fault.to_string()), &id).await
            }
        }
    }

    async fn decide(&self, ground: &Ground, held: &Held, id: &RequestId) -> Result<CheckResponse, BoxError> {
        let origin = Origin::new(held.source, &ground.trusted_proxies, &held.headers);
        let about = RequestView {
            method: &held.method,
            target: &held.target,
            credential: credential(&held.headers),
            fields: &HeaderFields(&held.headers),
            id: id.as_str(),
            address: origin.client,
        };
        match told(&self.gate, &ground.policy, &about).await {
            Told::Refused(answer) => refused(answer, id).await,
            Told::Passes(permit) => {
                let mut removed =
                    removal::of_request(&held.headers, origin.by_trusted_proxy, ground.authorization);
                removed.extend(self.identity_cousins.iter().cloned());
                Ok(passes(&permit, id, removed))
            }
        }
    }
}

/// The call itself, for the record of one that is not answered.
fn call(id: &RequestId, asker: Asker) -> RequestView<'_> {
    let (method, target) = CHECK;
    let fields = &NoFields;
    let address = match asker {
        Asker::At(address) => Some(address),
        Asker::OnSocket => None,
    };
    RequestView { method, target, credential: Credential::Absent, fields, id: id.as_str(), address }
}

/// Those of the call say nothing of the request that is asked about.
struct NoFields;

impl Fields for NoFields {
    fn only(&self, _: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}

impl Asker {
    fn is_believed(self, trusted: &TrustedProxies) -> bool {
        match self {
            Self::At(address) => trusted.contain(address),
            Self::OnSocket => true,
        }
    }
}

impl std::fmt::Debug for ExtAuthz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExtAuthz")
    }
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ground")
    }
}
