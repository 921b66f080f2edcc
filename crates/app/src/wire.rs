//! The wiring: from a configuration to a door that answers. Reads top to bottom; nothing else knows all the parties.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::entropy::Entropy;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::ports::password_hasher::PasswordHasher;
use portcullis_core::ports::token_codec::TokenCodec;
use portcullis_core::ports::user_store::UserStore;
use portcullis_core::services::client_admin::ClientAdmin;
use portcullis_core::services::clients::Clients;
use portcullis_core::services::follow::{BELIEVED, Follower};
use portcullis_core::services::gate::Gate;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::known_sessions::KnownSessions;
use portcullis_core::services::login::Login;
use portcullis_core::services::oauth::client_auth::ClientAuth;
use portcullis_core::services::oauth::client_tokens::ClientTokens;
use portcullis_core::services::oauth::refresh_grant::RefreshGrant;
use portcullis_core::services::oauth::token_affairs::TokenAffairs;
use portcullis_core::services::personal_tokens::PersonalTokens;
use portcullis_core::services::policy::{LivePolicy, Policy};
use portcullis_core::services::registry::Registrar;
use portcullis_core::services::role_admin::RoleAdmin;
use portcullis_core::services::sessions::Sessions;
use portcullis_core::services::token_reader::TokenReader;
use portcullis_core::services::user_admin::UserAdmin;
use portcullis_crypto::bcrypt::Bcrypt;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::random::SystemEntropy;
use portcullis_guard::cause::with_causes;
use portcullis_guard::peer::TrustedProxies;
use portcullis_http::{DocsLink, Endpoints, RenderJwks, RenderMetrics, Services};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Config;
use crate::failure::Failure;
use crate::front_door::{FrontDoor, Outside, Parties};
use crate::journal::Journal;
use crate::keys::{KeyFolder, LiveKeys, Signing, Tell};
use crate::secret::Secrets;
use crate::session_watch::SessionWatch;
use crate::stores::{Observed, Stores};
use crate::telemetry::gauges::{Gauges, ReadExpiry};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::records;
use crate::tls::CertificateStore;
use crate::upstream::Upstreams;
use crate::{opened, upstream};

/// How often what another process has changed is looked for; it is in force within twice this.
const FOLLOW: Duration = Duration::from_millis(400);

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
    /// For the first and the last record.
    pub(crate) ledger: Arc<dyn Ledger>,
}

/// Puts a changed configuration in force.
pub(crate) struct Takeover {
    outside: Arc<ArcSwap<Outside>>,
    /// The same ones as outside, for the metrics.
    upstreams: Arc<ArcSwap<Upstreams>>,
    stores: Stores,
    ledger: Arc<dyn Ledger>,
    follower: Arc<Follower>,
    changes: watch::Sender<()>,
    keys: Arc<LiveKeys>,
    /// Counts what was taken over.
    pub(crate) metrics: Arc<Metrics>,
}

/// Joins everybody to everybody.
pub(crate) async fn wire(
    file: &Path,
    config: &Config,
    secrets: &Secrets,
    stores: &Stores,
    certificates: Option<Arc<CertificateStore>>,
    clock: Arc<dyn Clock>,
) -> Result<Wired, Failure> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let hasher =
        Bcrypt::new(opened::cores()).context("cannot start the hashing threads").map_err(Failure::Failed)?;
    let database = stores.ledger();
    let upstreams = Arc::<ArcSwap<Upstreams>>::default();
    let gauges = gauges(hasher.clone(), certificates, database.clone(), upstreams.clone());
    let metrics = Arc::new(Metrics::new(gauges));
    let ledger: Arc<dyn Ledger> = Arc::new(Observed::new(database, records::observer(metrics.clone())));
    let codec = Arc::new(JwtCodec::new(&secrets.current, secrets.previous.as_ref()));
    let keys = keys(config, &codec, &clock, Journal::new(ledger.clone(), clock.clone()))?;
    let jwks = jwks(&codec);
    let codec: Arc<dyn TokenCodec> = codec;
    let hasher: Arc<dyn PasswordHasher> = Arc::new(hasher);
    let ids = Arc::new(Ids::new(&*entropy).map_err(Failure::failed)?);
    let outside = outside(config, stores, &ledger, &Upstreams::default()).map_err(Failure::Wrong)?;
    let live = Arc::new(LivePolicy::new(outside.policy.clone()));
    upstreams.store(outside.upstreams.clone());
    let outside = Arc::new(ArcSwap::from_pointee(outside));
    let (shut, closing) = watch::channel(false);
    let (tell, changes) = watch::channel(());
    let known: Arc<KnownSessions> = Arc::default();
    let follower = follower(&ledger, &live, &known, &clock, &tell);
    follower.begin().await.map_err(Failure::failed)?;
    tokio::spawn(follow(follower.clone(), metrics.clone()));
    stores.keep_only(config.audit.keep, &clock);

    let gate = Arc::new(Gate::new(
        live.clone(),
        codec.clone(),
        known.clone(),
        ledger.clone(),
        clock.clone(),
        metrics.clone(),
        ids.clone(),
    ));
    let sessions = Sessions::new(ledger.clone(), live.clone(), follower.clone(), clock.clone());
    let reader = TokenReader::new(codec.clone(), known.clone(), ledger.clone());
    let refresh_grant =
        RefreshGrant::new(live.clone(), reader.clone(), sessions.clone(), clock.clone(), entropy.clone());
    let client_tokens = ClientTokens::new(codec.clone(), ledger.clone(), clock.clone(), entropy.clone());
    let login = Login::new(
        live.clone(),
        hasher.clone(),
        codec,
        ledger.clone(),
        clock.clone(),
        entropy.clone(),
        known.clone(),
    );
    let registrar =
        Registrar::new(live.clone(), ledger.clone(), follower.clone(), clock.clone(), stores.origin(file));
    let registrar = Arc::new(registrar);
    let personal_tokens = PersonalTokens::new(
        registrar.clone(),
        ledger.clone(),
        follower.clone(),
        known.clone(),
        entropy.clone(),
    );
    let endpoints = Endpoints::new(Services {
        personal_tokens: Arc::new(personal_tokens),
        users: Arc::new(UserAdmin::new(registrar.clone(), hasher, entropy.clone(), login.throttle().clone())),
        roles: Arc::new(RoleAdmin::new(registrar.clone())),
        clients: Arc::new(ClientAdmin::new(registrar, entropy.clone())),
        login: Arc::new(login),
        ids: ids.clone(),
        gate: gate.clone(),
        live: live.clone(),
        client_auth: Arc::new(ClientAuth::new(live.clone(), ledger.clone(), clock.clone())),
        client_tokens: Arc::new(client_tokens),
        refresh_grant: Arc::new(refresh_grant),
        token_affairs: Arc::new(TokenAffairs::new(reader, sessions.clone(), clock.clone())),
        sessions,
        ledger: ledger.clone(),
        metrics: render(&metrics),
        docs: docs_link(&outside),
        jwks,
    });
    let watch = SessionWatch { clock, live: live.clone(), known, ledger: ledger.clone(), changes, closing };
    let parties =
        Parties { gate, endpoints, outside: outside.clone(), ids, sessions: watch, metrics: metrics.clone() };
    Ok(Wired {
        door: FrontDoor::new(parties),
        takeover: Takeover {
            outside,
            upstreams,
            stores: stores.clone(),
            ledger: ledger.clone(),
            follower,
            changes: tell,
            keys,
            metrics: Arc::clone(&metrics),
        },
        metrics,
        closing: shut,
        ledger,
    })
}

/// Looks again and again for what another process has changed. While it can't be looked for, what is known stays known
/// for a while.
async fn follow(follower: Arc<Follower>, metrics: Arc<Metrics>) {
    let mut look = interval(FOLLOW);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut is_failing, mut was_out_of_touch) = (false, false);
    loop {
        look.tick().await;
        let outcome = follower.catch_up().await;
        // Whoever wanted it was told that it could not be done, and why is in the log.
        let _ = follower.settle().await;
        metrics.confirmed(follower.confirmed_at());
        let is_out_of_touch = follower.is_out_of_touch();
        if is_out_of_touch && !was_out_of_touch {
            let seconds = BELIEVED.as_secs();
            tracing::error!(
                seconds,
                "the database could not be followed for too long: nobody is let in from memory"
            );
        }
        was_out_of_touch = is_out_of_touch;
        match &outcome {
            Ok(()) if is_failing => tracing::info!("the database is followed again"),
            Err(error) if !is_failing => {
                tracing::error!(error = with_causes(error), "the database can't be followed");
            }
            Ok(()) | Err(_) => {}
        }
        is_failing = outcome.is_err();
    }
}

/// Whoever holds what was decided earlier is told when something has changed since.
fn follower(
    ledger: &Arc<dyn Ledger>,
    live: &Arc<LivePolicy>,
    known: &Arc<KnownSessions>,
    clock: &Arc<dyn Clock>,
    changes: &watch::Sender<()>,
) -> Arc<Follower> {
    let changes = changes.clone();
    let tell = Box::new(move || {
        changes.send_replace(());
    });
    Arc::new(Follower::new(ledger.clone(), live.clone(), known.clone(), clock.clone(), tell))
}

impl Takeover {
    /// Takes a configuration over as a whole, or fails and changes nothing.
    pub(crate) fn take_over(&self, config: &Config) -> anyhow::Result<()> {
        let outside = outside(config, &self.stores, &self.ledger, &self.outside.load().upstreams)?;
        let upstreams = outside.upstreams.clone();
        // What signs has to know how long tokens last before one of them lasts so long.
        self.keys.adopt(Signing::from(config))?;
        self.follower.put_in_force(outside.policy.clone(), || self.outside.store(Arc::new(outside)));
        self.upstreams.store(upstreams);
        self.changes.send_replace(());
        Ok(())
    }
}

/// The keys that sign tokens, watched from now on.
fn keys(
    config: &Config,
    codec: &Arc<JwtCodec>,
    clock: &Arc<dyn Clock>,
    journal: Journal,
) -> Result<Arc<LiveKeys>, Failure> {
    let folder = KeyFolder::within(&config.state_dir);
    let tell: Tell = Box::new(move |made| journal.note("keys.rotate", made));
    let keys = LiveKeys::open(folder, Signing::from(config), codec.clone(), clock.clone(), tell)?;
    keys.watch()?;
    Ok(keys)
}

fn gauges(
    hasher: Bcrypt,
    certificates: Option<Arc<CertificateStore>>,
    ledger: Arc<dyn Ledger>,
    upstreams: Arc<ArcSwap<Upstreams>>,
) -> Gauges {
    Gauges {
        addresses: Some(Box::new(move || upstreams.load().gauges())),
        audit: Some(Box::new(move || ledger.condition())),
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

fn jwks(codec: &Arc<JwtCodec>) -> RenderJwks {
    let codec = Arc::clone(codec);
    RenderJwks(Arc::new(move || codec.jwks()))
}

fn docs_link(outside: &Arc<ArcSwap<Outside>>) -> DocsLink {
    let outside = Arc::clone(outside);
    Arc::new(move || outside.load().upstream_openapi.clone())
}

/// What decisions rest on; the clients of the configuration as they were at first.
pub(crate) fn policy(config: &Config, users: Arc<dyn UserStore>) -> Policy {
    Policy::new(
        config.routes.clone(),
        config.roles.clone(),
        config.tokens.clone(),
        users,
        config.logins.clone(),
    )
    .refusing_unrecorded(config.audit.refuse_on_failure)
    .with_clients(Clients::without_generations(config.clients.clone()))
}

/// The same, with the generations of everybody's sessions.
pub(crate) fn policy_with(config: &Config, stores: &Stores, ledger: &Arc<dyn Ledger>) -> Policy {
    let clients = Clients::new(config.clients.clone(), Arc::clone(ledger));
    policy(config, stores.users(config, Arc::clone(ledger))).with_clients(clients)
}

fn outside(
    config: &Config,
    stores: &Stores,
    ledger: &Arc<dyn Ledger>,
    before: &Upstreams,
) -> anyhow::Result<Outside> {
    Ok(Outside {
        policy: Arc::new(policy_with(config, stores, ledger)),
        trusted_proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        upstreams: Arc::new(Upstreams::open(config, before)?),
        authorization: upstream::authorization(config.upstream_authorization),
        upstream_openapi: config.upstream_openapi.clone(),
    })
}
