//! The gate inside somebody else's service: all that the server has, from the same file, but for its listener and its
//! upstream. The service takes their place.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::store_error::StoreError;
use portcullis_http::{GuardLayer, Guarded};

use crate::clock::SystemClock;
use crate::config::{Config, Surroundings, TlsMode};
use crate::failure::Failure;
use crate::front_door::FrontDoor;
use crate::journal::Journal;
use crate::opened::{secrets, surroundings};
use crate::reload::{LookedAt, Watch, Watched};
use crate::secret::Secrets;
use crate::server::{self, Hangups};
use crate::stores::Stores;
use crate::wire::{Wired, wire};

/// A gate for a service of your own, opened from a configuration file. One is enough for a process.
///
/// It logs people in, ends their sessions and answers on all endpoints of Portcullis; it follows the file, the database
/// and the keys like the server does, for as long as the process lives. Where it listens, and what is behind, is yours:
/// `listen`, `port`, `tls…`, `upstream…`, `ext_authz` and an address in `metrics` count for nothing.
pub struct Portcullis {
    door: FrontDoor,
    stores: Stores,
    journal: Journal,
}

/// Why there is no gate: without one, there should be no service.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OpenError(#[from] anyhow::Error);

impl Portcullis {
    /// Opens the gate that this file describes, with the secret that the environment names. It wants a tokio runtime that
    /// lives as long as the gate.
    pub async fn from_file(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        Ok(open(file.as_ref()).await?)
    }

    /// The service behind the gate, ready for `axum::serve`. What the gate refuses never reaches it.
    pub fn guard<S>(&self, service: S) -> Guarded<S> {
        self.layer().guard(service)
    }

    /// The same as a tower layer, for servers that are put together of layers. It must be the outermost that looks at a
    /// path.
    pub fn layer(&self) -> GuardLayer {
        self.door.layer()
    }

    /// Writes what waits to be written. For the end of the process, once nothing is served any more.
    pub async fn close(self) -> Result<(), StoreError> {
        self.journal.note("stop", "asked to stop");
        self.stores.close().await
    }
}

impl std::fmt::Debug for Portcullis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Portcullis")
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Failed(error) | Failure::Wrong(error) => Self(error),
        }
    }
}

async fn open(file: &Path) -> Result<Portcullis, Failure> {
    let watched = Watched::new(vec![file.to_owned()]);
    let surroundings = surroundings();
    let config = Config::load(file, &surroundings)?;
    if !config.enabled {
        return Err(Failure::Wrong(anyhow!("`api.enabled` is not true in {}", file.display())));
    }
    let secrets = secrets()?;
    open_with(file, watched, config, surroundings, &secrets).await
}

async fn open_with(
    file: &Path,
    watched: Watched,
    config: Config,
    surroundings: Surroundings,
    secrets: &Secrets,
) -> Result<Portcullis, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let stores = Stores::open(&config, clock.clone()).await?;
    let Wired { door, takeover, ledger, .. } =
        wire(file, &config, secrets, &stores, None, clock.clone()).await?;
    let journal = Journal::new(ledger, clock);
    server::warn(file, &config, secrets, &stores).await?;
    let looked_at = LookedAt { configuration: watched, certificate: Watched::of_certificate(&TlsMode::Off) };
    let changes = Watch::new(file, looked_at, surroundings, takeover, None, config, journal.clone());
    server::watch(changes, Hangups::Others)?;
    journal.note("start", env!("CARGO_PKG_VERSION"));
    Ok(Portcullis { door, stores, journal })
}

#[cfg(test)]
mod tests;
