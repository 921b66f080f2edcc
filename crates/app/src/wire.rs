//! The wiring: from a configuration to a door that answers. Reads top to bottom; nothing else knows all the parties.

use std::num::NonZeroUsize;
use std::sync::Arc;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::entropy::Entropy;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::ports::password_hasher::PasswordHasher;
use portcullis_core::ports::token_codec::TokenCodec;
use portcullis_core::services::gate::Gate;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::login::Login;
use portcullis_core::services::policy::{LivePolicy, Policy};
use portcullis_crypto::bcrypt::Bcrypt;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::random::SystemEntropy;
use portcullis_guard::peer::TrustedProxies;
use portcullis_http::{DocsLink, Endpoints, RenderMetrics};
use portcullis_store_memory::MemoryLedger;
use tokio::sync::watch;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::front_door::{FrontDoor, Outside, Parties};
use crate::secret::Secrets;
use crate::session_watch::SessionWatch;
use crate::telemetry::metrics::{Gauges, Metrics, ReadExpiry};
use crate::telemetry::records;
use crate::tls::CertificateStore;
use crate::upstream;

/// How many records and sessions the ledger in memory keeps.
const LEDGER: usize = 10_000;

/// A door that answers, and the hand by which a changed configuration reaches it.
pub(crate) struct Wired {
    /// For the listener.
    pub(crate) door: FrontDoor,
    /// For whoever watches the configuration.
    pub(crate) takeover: Takeover,
    /// For a listener of their own.
    pub(crate) metrics: Arc<Metrics>,
    /// Tells the door that it is about to shut.
    pub(crate) closing: watch::Sender<bool>,
}

/// Puts a changed configuration in force.
pub(crate) struct Takeover {
    live: Arc<LivePolicy>,
    outside: Arc<ArcSwap<Outside>>,
    changes: watch::Sender<()>,
    /// Counts what was taken over.
    pub(crate) metrics: Arc<Metrics>,
}

/// Joins everybody to everybody.
pub(crate) fn wire(
    config: &Config,
    secrets: &Secrets,
    certificates: Option<Arc<CertificateStore>>,
    cores: NonZeroUsize,
) -> anyhow::Result<Wired> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let hasher = Bcrypt::new(cores).context("cannot start the hashing threads")?;
    let metrics = Arc::new(Metrics::new(gauges(hasher.clone(), certificates)));
    let ledger: Arc<dyn Ledger> =
        Arc::new(MemoryLedger::observed(LEDGER, records::observer(Arc::clone(&metrics))));
    let codec: Arc<dyn TokenCodec> = Arc::new(JwtCodec::new(&secrets.current, secrets.previous.as_ref()));
    let hasher: Arc<dyn PasswordHasher> = Arc::new(hasher);
    let ids = Arc::new(Ids::new(&*entropy)?);
    let outside = outside(config)?;
    let live = Arc::new(LivePolicy::new(outside.policy.clone()));
    let outside = Arc::new(ArcSwap::from_pointee(outside));

    let gate =
        Gate::new(live.clone(), codec.clone(), ledger.clone(), clock.clone(), metrics.clone(), ids.clone());
    let gate = Arc::new(gate);
    let login = Arc::new(Login::new(live.clone(), hasher, codec, ledger, clock.clone(), entropy));
    let endpoints = Endpoints::new(login, gate.clone(), live.clone(), render(&metrics), docs_link(&outside));
    let (closing, closed) = watch::channel(false);
    let (changes, heard) = watch::channel(());
    let sessions = SessionWatch { clock, live: live.clone(), changes: heard, closing: closed };
    let parties =
        Parties { gate, endpoints, outside: outside.clone(), ids, sessions, metrics: metrics.clone() };
    Ok(Wired {
        door: FrontDoor::new(parties),
        takeover: Takeover { live, outside, changes, metrics: Arc::clone(&metrics) },
        metrics,
        closing,
    })
}

impl Takeover {
    /// Takes a configuration over as a whole, or fails and changes nothing.
    pub(crate) fn take_over(&self, config: &Config) -> anyhow::Result<()> {
        let outside = outside(config)?;
        self.live.replace(outside.policy.clone());
        self.outside.store(Arc::new(outside));
        self.changes.send_replace(());
        Ok(())
    }
}

fn gauges(hasher: Bcrypt, certificates: Option<Arc<CertificateStore>>) -> Gauges {
    Gauges {
        hashing_queue: Some(Box::new(move || i64::try_from(hasher.waiting()).unwrap_or(i64::MAX))),
        certificate_expiry: certificates.map(|certificates| -> ReadExpiry {
            Box::new(move || certificates.expires_at().map(Timestamp::seconds))
        }),
    }
}

fn render(metrics: &Arc<Metrics>) -> RenderMetrics {
    let metrics = Arc::clone(metrics);
    Arc::new(move || metrics.render())
}

fn docs_link(outside: &Arc<ArcSwap<Outside>>) -> DocsLink {
    let outside = Arc::clone(outside);
    Arc::new(move || outside.load().upstream_openapi.clone())
}

/// What decisions rest on.
pub(crate) fn policy(config: &Config) -> Policy {
    Policy::new(
        config.routes.clone(),
        config.roles.clone(),
        config.tokens.clone(),
        config.users.clone(),
        config.logins.clone(),
    )
}

fn outside(config: &Config) -> anyhow::Result<Outside> {
    Ok(Outside {
        policy: Arc::new(policy(config)),
        trusted_proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        gateway: upstream::gateway(config)?,
        authorization: upstream::authorization(config.upstream_authorization),
        upstream_openapi: config.upstream_openapi.clone(),
    })
}
