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

use crate::config::{Config, ConfigError, Surroundings, TlsMode};
use crate::journal::Journal;
use crate::tls::CertificateStore;
use crate::wire::Takeover;

/// How often the files are looked at. A change counts once it was seen to rest, so it is in force within twice this.
const LOOK: Duration = Duration::from_millis(500);

/// Watches the configuration file, and the files of the certificate.
pub(crate) struct Watch {
    file: PathBuf,
    looked_at: LookedAt,
    surroundings: Surroundings,
    takeover: Takeover,
    certificates: Option<Arc<CertificateStore>>,
    /// What the process began with, since that is what a restart would change.
    started: Config,
    journal: Journal,
}

/// What is watched, as it was before it was read.
pub(crate) struct LookedAt {
    /// The configuration file.
    pub(crate) configuration: Watched,
    /// The files of the certificate that is shown, if it is the operator's.
    pub(crate) certificate: Watched,
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

    /// The same with the files of a certificate. There are none to be looked at but the operator's.
    pub(crate) fn of_certificate(tls: &TlsMode) -> Self {
        Self::new(match tls {
            TlsMode::Files { cert, key } => vec![cert.clone(), key.clone()],
            TlsMode::Off | TlsMode::SelfSigned => vec![],
        })
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
        looked_at: LookedAt,
        surroundings: Surroundings,
        takeover: Takeover,
        certificates: Option<Arc<CertificateStore>>,
        started: Config,
        journal: Journal,
    ) -> Self {
        Self { file: file.to_owned(), looked_at, surroundings, takeover, certificates, started, journal }
    }

    /// Watches until it is dropped, and hears every `hangup`, where that is for us to hear.
    pub(crate) async fn run(mut self, mut hangup: Option<Signal>) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = heard(hangup.as_mut()) => {
                    self.looked_at.configuration.accept();
                    self.looked_at.certificate.accept();
                    self.reload();
                    self.reload_certificate();
                }
                _ = look.tick() => {
                    if self.looked_at.configuration.have_changed() {
                        self.reload();
                    }
                    if self.looked_at.certificate.have_changed() {
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
                self.journal.note_failure("reload", &why_not(&error));
                tracing::error!(%file, "the changed configuration is not taken over; the one before stays in force");
                for line in format!("{error:#}").lines() {
                    tracing::error!("{line}");
                }
            }
        }
    }
}

/// Why a configuration is not taken over, for the record. Its faults are for the log: they may be many.
fn why_not(error: &anyhow::Error) -> String {
    if error.is::<ConfigError>() { "the configuration has faults".to_owned() } else { format!("{error:#}") }
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
    // What a file says of a certificate beside `tls: off` is not known.
    let both_encrypt = before.tls != TlsMode::Off && after.tls != TlsMode::Off;
    let ((cert, key), (new_cert, new_key)) = (files(&before.tls), files(&after.tls));
    let differences = [
        ("enabled", before.enabled != after.enabled),
        ("listen", before.listen != after.listen),
        ("port", before.port != after.port),
        ("tls", (before.tls == TlsMode::Off) != (after.tls == TlsMode::Off)),
        ("tls_cert", both_encrypt && cert != new_cert),
        ("tls_key", both_encrypt && key != new_key),
        ("workers", before.workers != after.workers),
        ("state_dir", before.state_dir != after.state_dir),
        ("audit.keep", before.audit.keep != after.audit.keep),
        ("user_store", before.users.store() != after.users.store()),
        ("metrics", before.metrics != after.metrics),
        ("ext_authz", before.ext_authz != after.ext_authz),
    ];
    differences.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}

/// The files that a configuration names, where it encrypts with any.
fn files(tls: &TlsMode) -> (Option<&Path>, Option<&Path>) {
    match tls {
        TlsMode::Files { cert, key } => (Some(cert), Some(key)),
        TlsMode::Off | TlsMode::SelfSigned => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use anyhow::anyhow;

    use super::*;

    fn config(api: &str) -> Config {
        let text = format!("api: {{listen: 127.0.0.1, {api}}}");
        Config::from_text(&text, Path::new("bng.yaml"), &Surroundings::new([], 1)).unwrap()
    }

    #[test]
    fn what_only_a_restart_changes_is_called_by_the_key_that_was_changed() {
        let differs = |before: &str, after: &str| needs_restart(&config(before), &config(after));
        assert_eq!(differs("tls_cert: a, tls_key: b", "tls_cert: a, tls_key: b"), [""; 0]);
        assert_eq!(differs("tls_cert: a, tls_key: b", "tls_cert: c, tls_key: b"), ["tls_cert"]);
        assert_eq!(differs("tls_cert: a, tls_key: b", "tls_cert: a, tls_key: c"), ["tls_key"]);
        assert_eq!(differs("tls: on", "tls_cert: a, tls_key: b"), ["tls_cert", "tls_key"]);
        assert_eq!(differs("tls_cert: a, tls_key: b", "tls: on"), ["tls_cert", "tls_key"]);
        assert_eq!(differs("tls: off, tls_cert: a, tls_key: b", "tls_cert: a, tls_key: b"), ["tls"]);
        assert_eq!(differs("tls: on, port: 1", "tls: off, port: 2"), ["port", "tls"]);
    }

    #[test]
    fn a_certificate_that_is_renewed_after_the_first_look_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        fs::write(&cert, "old").unwrap();
        fs::write(&key, "old").unwrap();
        let mut files = Watched::of_certificate(&TlsMode::Files { cert: cert.clone(), key });
        assert!(!files.have_changed());
        fs::write(&cert, "another").unwrap();
        assert!(!files.have_changed(), "who writes it may not be done");
        assert!(files.have_changed());
        assert!(!files.have_changed());
        assert!(!Watched::of_certificate(&TlsMode::SelfSigned).have_changed());
    }

    #[test]
    fn the_record_says_why_a_configuration_without_fault_was_not_taken_over() {
        let faults = Config::from_text("api: []", Path::new("f"), &Surroundings::default()).unwrap_err();
        assert_eq!(why_not(&anyhow::Error::from(faults)), "the configuration has faults");
        let unreadable = anyhow!("no such file").context("cannot read ca.pem");
        assert_eq!(why_not(&unreadable), "cannot read ca.pem: no such file");
    }
}
