//! Watches the configuration file, and takes a changed one over: as a whole, or not at all.
//!
//! The file is looked at twice a second instead of being watched by the kernel: that finds a change wherever it comes
//! from (an editor that renames, a mounted secret, a network file system), and costs one `stat`.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::config::{Config, Surroundings};
use crate::wire::Takeover;

/// How often the file is looked at. A change counts once it was seen to rest, so it is in force within twice this.
const LOOK: Duration = Duration::from_millis(500);

/// Watches one configuration file.
pub(crate) struct Watch {
    file: PathBuf,
    surroundings: Surroundings,
    takeover: Takeover,
    /// What is in force.
    current: Config,
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
    /// A watch over the file that `current` was read from.
    pub(crate) fn new(file: &Path, surroundings: Surroundings, takeover: Takeover, current: Config) -> Self {
        Self { file: file.to_owned(), surroundings, takeover, current }
    }

    /// Watches until it is dropped.
    pub(crate) async fn run(mut self) -> std::io::Result<()> {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut in_force = self.stamp();
        let mut seen = in_force;
        loop {
            tokio::select! {
                _ = hangup.recv() => {
                    in_force = self.stamp();
                    self.reload();
                }
                _ = look.tick() => {
                    let now = self.stamp();
                    // Who writes in place may not be done yet: a change counts once it has rested.
                    if now != in_force && now == seen && now.is_some() {
                        in_force = now;
                        self.reload();
                    }
                    seen = now;
                }
            }
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        std::fs::metadata(&self.file).ok().map(Stamp::from)
    }

    fn reload(&mut self) {
        let file = self.file.display();
        let loaded = Config::load(&self.file, &self.surroundings).map_err(anyhow::Error::from);
        let taken = loaded.and_then(|config| self.takeover.take_over(&config).map(|()| config));
        self.takeover.metrics.reloaded(taken.is_ok());
        match taken {
            Ok(config) => {
                for key in needs_restart(&self.current, &config) {
                    tracing::warn!(%file, key, "a changed `{key}` needs a restart");
                }
                for warning in &config.warnings {
                    tracing::warn!(%file, "{warning}");
                }
                tracing::info!(%file, "configuration taken over");
                self.current = config;
            }
            Err(error) => {
                tracing::error!(%file, "the changed configuration is not taken over; the one before stays in force");
                for line in format!("{error:#}").lines() {
                    tracing::error!("{line}");
                }
            }
        }
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
        ("metrics", before.metrics != after.metrics),
    ];
    differences.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}
