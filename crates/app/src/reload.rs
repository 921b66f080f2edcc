//! Watches the configuration file and the certificate, and takes changed ones over: as a whole, or not at all.
//!
//! The files are looked at twice a second instead of being watched by the kernel: that finds a change wherever it comes
//! from (an editor that renames, a mounted secret, a network file system), and costs one `stat`.

use std::fs::Metadata;
use std::future::pending;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::{Config, Surroundings, TlsMode};
use crate::journal::Journal;
use crate::tls::CertificateStore;
use crate::wire::Takeover;

/// How often the files are looked at. A change counts once it was seen to rest, so it is in force within twice this.
const LOOK: Duration = Duration::from_millis(500);

/// Watches the configuration file, and the files of the certificate.
pub(crate) struct Watch {
    file: PathBuf,
    configuration: Watched,
    surroundings: Surroundings,
    takeover: Takeover,
    certificates: Option<Arc<CertificateStore>>,
    /// What the process began with, since that is what a restart would change.
    started: Config,
    journal: Journal,
}

/// Files that are looked at together.
pub(crate) struct Watched {
    paths: Vec<PathBuf>,
    in_force: Vec<Option<Stamp>>,
    seen: Vec<Option<Stamp>>,
}

impl Watched {
    /// Looks at the files for the first time. That must be before they are read: a change in between would go unseen.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        let mut watched = Self { paths, in_force: vec![], seen: vec![] };
        watched.accept();
        watched
    }

    /// Takes the files as they are now for those in force.
    fn accept(&mut self) {
        self.in_force = self.stamps();
        self.seen.clone_from(&self.in_force);
    }

    /// Whether the files are there and others than those in force. Who writes in place may not be done yet, so a change
    /// counts once it has rested from one look to the next.
    fn have_changed(&mut self) -> bool {
        let now = self.stamps();
        let rested = now == self.seen && now.iter().all(Option::is_some);
        let changed = rested && now != self.in_force;
        self.seen = now;
        if changed {
            self.in_force.clone_from(&self.seen);
        }
        changed
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        self.paths.iter().map(|path| std::fs::metadata(path).ok().map(Stamp::from)).collect()
    }
}

/// What tells one content of a file from the next without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl From<Metadata> for Stamp {
    fn from(metadata: Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Watch {
    /// A watch over the file that `started` was read from, and over the certificate in `certificates`.
    pub(crate) fn new(
        file: &Path,
        configuration: Watched,
        surroundings: Surroundings,
        takeover: Takeover,
        certificates: Option<Arc<CertificateStore>>,
        started: Config,
        journal: Journal,
    ) -> Self {
        Self { file: file.to_owned(), configuration, surroundings, takeover, certificates, started, journal }
    }

    /// Watches until it is dropped, and hears every `hangup`, where that is for us to hear.
    pub(crate) async fn run(mut self, mut hangup: Option<Signal>) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pair = Watched::new(match &self.started.tls {
            TlsMode::Files { cert, key } => vec![cert.clone(), key.clone()],
            TlsMode::Off | TlsMode::SelfSigned => vec![],
        });
        loop {
            tokio::select! {
                () = heard(hangup.as_mut()) => {
                    self.configuration.accept();
                    pair.accept();
                    self.reload();
                    self.reload_certificate();
                }
                _ = look.tick() => {
                    if self.configuration.have_changed() {
                        self.reload();
                    }
                    if pair.have_changed() {
                        self.reload_certificate();
                    }
                }
            }
        }
    }

    /// Connections from now on are shown what the files hold; those there are keep theirs.
    fn reload_certificate(&self) {
        let Some(certificates) = &self.certificates else { return };
        match certificates.reload() {
            Ok(()) => {
                let fingerprint = certificates.fingerprint();
                self.journal.note("certificate.reload", &fingerprint);
                tracing::info!(fingerprint, "certificate taken over");
            }
            Err(error) => {
                self.journal.note_failure("certificate.reload", &error.to_string());
                tracing::error!("{error}; the certificate before stays in force");
            }
        }
    }

    fn reload(&self) {
        let file = self.file.display();
        let loaded = Config::load(&self.file, &self.surroundings).map_err(anyhow::Error::from);
        let taken = loaded.and_then(|config| self.takeover.take_over(&config).map(|()| config));
        self.takeover.metrics.reloaded(taken.is_ok());
        match taken {
            Ok(config) => {
                for key in needs_restart(&self.started, &config) {
                    tracing::warn!(%file, key, "a changed `{key}` needs a restart");
                }
                for warning in &config.warnings {
                    tracing::warn!(%file, "{warning}");
                }
                self.journal.note("reload", "taken over");
                tracing::info!(%file, "configuration taken over");
            }
            Err(error) => {
                self.journal.note_failure("reload", "the configuration has faults");
                tracing::error!(%file, "the changed configuration is not taken over; the one before stays in force");
                for line in format!("{error:#}").lines() {
                    tracing::error!("{line}");
                }
            }
        }
    }
}

/// Comes with the next signal.
async fn heard(hangup: Option<&mut Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => pending().await,
    }
}

/// The keys that differ and that only a restart puts in force.
fn needs_restart(before: &Config, after: &Config) -> Vec<&'static str> {
    let differences = [
        ("enabled", before.enabled != after.enabled),
        ("listen", before.listen != after.listen),
        ("port", before.port != after.port),
        ("tls", before.tls != after.tls),
        ("workers", before.workers != after.workers),
        ("state_dir", before.state_dir != after.state_dir),
        ("audit.keep", before.audit.keep != after.audit.keep),
        ("user_store", before.users.store() != after.users.store()),
        ("metrics", before.metrics != after.metrics),
        ("ext_authz", before.ext_authz != after.ext_authz),
    ];
    differences.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}
