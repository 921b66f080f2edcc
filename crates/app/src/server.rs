//! The server: from a configuration to an open door, and to a shut one when the process is asked to stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use portcullis_core::ports::clock::Clock;
use portcullis_guard::cause::with_causes;
use sd_notify::NotifyState;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::SystemClock;
use crate::config::{Config, ListenAddress, Metrics, Surroundings, TlsMode};
use crate::failure::Failure;
use crate::inherited::{Inherited, deny_plaintext};
use crate::journal::Journal;
use crate::listener::{self, Address, Drain, Handed, Limits, Plain};
use crate::metrics_door::MetricsDoor;
use crate::reload::{LookedAt, Watch, Watched};
use crate::secret::Secrets;
use crate::shutdown;
use crate::stores::Stores;
use crate::tls::{CertificateStore, Tls};
use crate::wire::{Wired, wire};

/// Everything that the server begins with.
pub(crate) struct Start {
    /// The file that the configuration was read from, and is read from again when it changes.
    pub(crate) file: PathBuf,
    /// The file as it was before it was read.
    pub(crate) watched: Watched,
    /// The configuration.
    pub(crate) config: Config,
    /// The environment and the machine.
    pub(crate) surroundings: Surroundings,
    /// What tokens are signed with.
    pub(crate) secrets: Secrets,
    /// What systemd has opened.
    pub(crate) inherited: Inherited,
}

/// Where it listens, once it does.
pub(crate) struct Ready<'s> {
    /// The addresses, with their real ports.
    pub(crate) addresses: &'s [Address],
    /// The fingerprint of the certificate, if there is TLS.
    pub(crate) fingerprint: Option<String>,
}

/// The threads that serve requests.
pub(crate) fn runtime(config: &Config) -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(config.workers)
        .thread_name("serving")
        .enable_all()
        .build();
    runtime.context("cannot start the serving threads").map_err(Failure::Failed)
}

/// Serves until the process is asked to stop, and tells `on_ready` when it begins.
pub(crate) async fn run(start: Start, on_ready: impl FnOnce(Ready<'_>)) -> Result<(), Failure> {
    let Start { file, watched, config, surroundings, secrets, inherited } = start;
    let handed = handed(&config, inherited)?;
    let stop = shutdown::requested().context("cannot catch signals").map_err(Failure::Failed)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let looked_at = LookedAt { configuration: watched, certificate: Watched::of_certificate(&config.tls) };
    let certificates = tls(&config).open(clock.now())?;
    let stores = Stores::open(&config, clock.clone()).await?;
    let Wired { door, takeover, metrics, closing, ledger } =
        wire(&file, &config, &secrets, &stores, certificates.clone(), clock.clone()).await?;
    let journal = Journal::new(ledger, clock);
    let listener = listener::bind_beside(handed, options(addresses(&config), certificates.clone())).await?;
    if let Metrics::Listener(address) = config.metrics {
        let listener = listener::bind(options(vec![Address::Tcp(address)], None)).await?;
        for address in listener.addresses() {
            tracing::info!(%address, "metrics on {address}");
        }
        tokio::spawn(listener.serve(MetricsDoor::new(metrics), std::future::pending()));
    }
    #[cfg(feature = "ext-authz")]
    let for_envoy = crate::ext_authz_door::open(&config, &door, closing.subscribe()).await?;

    warn(&file, &config, &secrets, &stores).await?;
    if config.tls == TlsMode::Off {
        tracing::warn!("TLS is off: passwords and tokens can be read by whoever is on the way");
    }
    let fingerprint = certificates.as_ref().map(|certificates| certificates.fingerprint());
    let changes = Watch::new(&file, looked_at, surroundings, takeover, certificates, config, journal.clone());
    watch(changes, Hangups::Ours)?;
    journal.note("start", env!("CARGO_PKG_VERSION"));
    announce(listener.addresses(), fingerprint.as_deref());
    on_ready(Ready { addresses: listener.addresses(), fingerprint });
    let _ = sd_notify::notify(&[NotifyState::Ready]);

    let drained = listener.serve(door, async {
        stop.await;
        let _ = sd_notify::notify(&[NotifyState::Stopping]);
        tracing::info!("stopping: requests in flight may finish");
        closing.send_replace(true);
    });
    let drained = drained.await;
    #[cfg(feature = "ext-authz")]
    for_envoy.shut().await;
    match drained {
        Drain::Finished => tracing::info!("stopped"),
        Drain::CutOff { connections } => tracing::warn!(connections, "stopped; connections were cut off"),
    }
    journal.note("stop", "asked to stop");
    if let Err(error) = stores.close().await {
        tracing::error!(error = with_causes(&error), "what was recorded last could not be written");
    }
    Ok(())
}

/// Whom SIGHUP is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hangups {
    /// It asks us to look at the files.
    Ours,
    /// The process is somebody else's, and so are its signals.
    Others,
}

/// Watches on a thread of its own, since a file system may keep whoever asks it waiting. If it is ours, SIGHUP is caught
/// from this call on: before that it would end the process.
pub(crate) fn watch(watch: Watch, hangups: Hangups) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    let hangup = {
        let _inside = runtime.enter();
        let ours = (hangups == Hangups::Ours).then(|| signal(SignalKind::hangup()));
        ours.transpose().map_err(Failure::failed)?
    };
    let thread = std::thread::Builder::new().name("watching".to_owned());
    thread.spawn(move || runtime.block_on(watch.run(hangup))).map(drop).map_err(Failure::failed)
}

/// The sockets of systemd's that the configuration names.
fn handed(config: &Config, inherited: Inherited) -> Result<Vec<Handed>, Failure> {
    let handed = inherited.claimed(&config.listen).map_err(Failure::wrong)?;
    if config.tls == TlsMode::Off && !config.allow_plaintext {
        deny_plaintext(&handed).map_err(Failure::wrong)?;
    }
    Ok(handed)
}

fn options(addresses: Vec<Address>, certificates: Option<Arc<CertificateStore>>) -> listener::Options {
    listener::Options { addresses, certificates, plain: Plain::Http1, limits: Limits::default() }
}

/// Where to listen, in the listener's terms, beside what listens already.
fn addresses(config: &Config) -> Vec<Address> {
    let address = |listen: &ListenAddress| match listen {
        ListenAddress::Ip(ip) => Some(Address::Tcp(SocketAddr::new(*ip, config.port))),
        ListenAddress::Unix(path) => Some(Address::Unix(path.clone())),
        ListenAddress::Systemd(_) => None,
    };
    config.listen.iter().filter_map(address).collect()
}

/// How connections are encrypted, in the listener's terms.
pub(crate) fn tls(config: &Config) -> Tls {
    match &config.tls {
        TlsMode::Off => Tls::Off,
        TlsMode::SelfSigned => Tls::SelfSigned { state_dir: config.state_dir.clone() },
        TlsMode::Files { cert, key } => Tls::Files { certificate: cert.clone(), key: key.clone() },
    }
}

/// Says what the operator should know of, and that nobody can log in, if so.
pub(crate) async fn warn(
    file: &Path,
    config: &Config,
    secrets: &Secrets,
    stores: &Stores,
) -> Result<(), Failure> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    if secrets.random && config.keys.algorithm.is_none() {
        tracing::warn!("ABNG_API_SECRET is not set: the secret is random, and tokens end with this process");
    }
    if stores.has_no_users().await.map_err(Failure::failed)? {
        let file = file.display();
        tracing::warn!(
            "nobody can log in yet; make the first user: \
             portcullis user add NAME --role admin --first-admin --config {file}"
        );
    }
    Ok(())
}

fn announce(addresses: &[Address], fingerprint: Option<&str>) {
    for address in addresses {
        tracing::info!(%address, tls = fingerprint.is_some(), "listening on {address}");
    }
    if let Some(fingerprint) = fingerprint {
        tracing::info!(fingerprint, "certificate SHA-256 fingerprint {fingerprint}");
    }
}
