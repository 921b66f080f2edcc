//! The gate around somebody else's service: a tower layer, and what its handlers may take.

mod extract;
mod guarded;
mod passage;
mod stream;

pub use extract::{Permit, Principal, Unguarded};
pub use guarded::Guarded;

use std::sync::Arc;

use portcullis_core::domain::permit;
use portcullis_core::services::gate::Gate;
use portcullis_core::services::policy::Policy;
use portcullis_guard::peer::TrustedProxies;
use tower::Layer;

use self::stream::{Ending, Endings};
use crate::endpoints::Endpoints;

/// What a layer goes by at one moment: all of it at once, so that no request is decided by one configuration and told
/// of in the words of another.
#[derive(Clone)]
pub struct Ground {
    /// What decisions rest on.
    pub policy: Arc<Policy>,
    /// The proxies in front whose word is believed.
    pub trusted_proxies: TrustedProxies,
}

/// Puts the gate before a service. What the gate refuses never reaches the service; what it permits reaches it with the
/// target that was decided on, byte for byte, with the header fields that an upstream would get, and with the permit and
/// the principal among its extensions.
///
/// It belongs around a whole router, by [`GuardLayer::guard`]. axum's `Router::layer` stands behind the routing, where the
/// path of the decision would come too late: a request that a router has touched before is answered with 500.
#[derive(Clone)]
pub struct GuardLayer {
    gate: Arc<Gate>,
    ground: Arc<dyn Fn() -> Ground + Send + Sync>,
    endpoints: Option<Endpoints>,
    ending: Endings,
    misframed: Arc<dyn Fn(&str) + Send + Sync>,
    is_encrypted: bool,
}

impl GuardLayer {
    /// Before this gate, with nobody's word about his clients believed, and without endpoints: what is ours is not
    /// found.
    pub fn new(gate: Arc<Gate>) -> Self {
        let policies = gate.clone();
        let ground = move || Ground { policy: policies.policy(), trusted_proxies: TrustedProxies::default() };
        Self {
            gate,
            ground: Arc::new(ground),
            endpoints: None,
            ending: Arc::new(|_| None),
            misframed: Arc::new(|_| ()),
            is_encrypted: false,
        }
    }

    /// Goes by what this says, which is asked once for each request.
    #[must_use]
    pub fn on(self, ground: impl Fn() -> Ground + Send + Sync + 'static) -> Self {
        Self { ground: Arc::new(ground), ..self }
    }

    /// Answers for our own endpoints, in the service's stead.
    #[must_use]
    pub fn answering(self, endpoints: Endpoints) -> Self {
        Self { endpoints: Some(endpoints), ..self }
    }

    /// Cuts off what still streams to somebody when this comes, which is the end of his session.
    #[must_use]
    pub fn until<F>(self, ending: impl Fn(&permit::Principal) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let ending =
            move |principal: &permit::Principal| -> Option<Ending> { Some(Box::pin(ending(principal))) };
        Self { ending: Arc::new(ending), ..self }
    }

    /// Tells the method of each request that is refused before the gate, which knows nothing of it then.
    #[must_use]
    pub fn telling(self, misframed: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { misframed: Arc::new(misframed), ..self }
    }

    /// Says to the service that its clients come over TLS. Only whoever listens knows.
    #[must_use]
    pub fn over_tls(self) -> Self {
        Self { is_encrypted: true, ..self }
    }

    /// The service behind the gate, ready for `axum::serve`.
    pub fn guard<S>(&self, service: S) -> Guarded<S> {
        Guarded::new(self.clone(), service)
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, service: S) -> Guarded<S> {
        self.guard(service)
    }
}

impl std::fmt::Debug for GuardLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GuardLayer")
    }
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ground")
    }
}

#[cfg(test)]
mod tests;
