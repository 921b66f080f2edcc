//! What must outlive the process: one database, and the users, who are in it or in the configuration.

mod observed;
mod upkeep;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use portcullis_core::domain::directory::Page;
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore;
use portcullis_core::services::generations::Generations;
use portcullis_core::services::registry::Origin;
use portcullis_store_sql::{IfMissing, OpenError, Options, Signer, SqliteStore, Users};
use portcullis_store_yaml::snapshot::YamlUsers;

pub(crate) use observed::{Observed, Observer};

use crate::config::{Config, UserSource};
use crate::failure::Failure;
use crate::keys::KeyFolder;

/// The database where none is named: sessions and records, with the users elsewhere.
const DATABASE: &str = "portcullis.db";

/// The stores that a configuration names.
#[derive(Clone)]
pub(crate) struct Stores {
    /// Sessions and records, and the users if they are kept there.
    pub(crate) database: Arc<SqliteStore>,
    /// Whether the users are kept in the database.
    source: UserSource,
}

impl Stores {
    /// Opens them for whoever may make what is missing, and set checkpoints.
    pub(crate) async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        make_folder(&config.state_dir).map_err(Failure::Failed)?;
        let key = KeyFolder::within(&config.state_dir).audit_key(clock.now())?;
        let signer = Signer { key: key.verifying().name(), sign: Box::new(move |message| key.sign(message)) };
        let options = Options { signer: Some(signer), ..options(config) };
        Self::opened(config, options, clock).await
    }

    /// Removes what is older than it is to be kept, from now on. This is for the server alone: somebody who wants a copy of
    /// it by a command must get it.
    pub(crate) fn keep_only(&self, keep: Option<Duration>, clock: &Arc<dyn Clock>) {
        if let Some(keep) = keep {
            tokio::spawn(upkeep::prune(self.database.clone(), clock.clone(), keep));
        }
    }

    /// Whether nobody can log in until somebody makes the first user.
    pub(crate) async fn has_no_users(&self) -> Result<bool, StoreError> {
        let is_database = self.source.store().is_some();
        Ok(is_database && self.database.profiles(Page::first(1)).await?.is_empty())
    }

    /// Opens them as they are, for a command beside the server: nothing is made.
    pub(crate) async fn open_existing(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let options = Options { if_missing: IfMissing::Refuse, ..options(config) };
        Self::opened(config, options, clock).await
    }

    /// The same, where a file has the users: then there need be no database yet.
    pub(crate) async fn open_if_there(
        config: &Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, Failure> {
        match config.users {
            UserSource::File(_) if !path(config).exists() => Ok(None),
            UserSource::File(_) | UserSource::Sqlite(_) => Self::open_existing(config, clock).await.map(Some),
        }
    }

    async fn opened(config: &Config, options: Options, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let database = SqliteStore::open(options, clock).await.map_err(wrong)?;
        Ok(Self { database: Arc::new(database), source: config.users.clone() })
    }

    /// The ledger alone.
    pub(crate) fn ledger(&self) -> Arc<dyn Ledger> {
        self.database.clone()
    }

    /// The users of a configuration, with the generations of their sessions. Which kind of store they are in is fixed at
    /// the start; those of a file change with it.
    pub(crate) fn users(&self, config: &Config, ledger: Arc<dyn Ledger>) -> Arc<dyn UserStore> {
        let users: Arc<dyn UserStore> = match (&self.source, &config.users) {
            (UserSource::File(_), UserSource::File(users))
            | (UserSource::File(users), UserSource::Sqlite(_)) => users.clone(),
            (UserSource::Sqlite(_), _) => self.database.clone(),
        };
        Arc::new(Generations::new(users, ledger))
    }

    /// Writes what waits, and sets a last checkpoint.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        self.database.close().await
    }

    /// Where users are changed.
    pub(crate) fn origin(&self, file: &Path) -> Origin {
        match self.source {
            UserSource::File(_) => Origin::File(file.display().to_string()),
            UserSource::Sqlite(_) => Origin::Store,
        }
    }
}

/// The users of a configuration for a command that only reads: with the generations of their sessions as far as there is a
/// database.
pub(crate) fn users(config: &Config, stores: Option<&Stores>) -> Arc<dyn UserStore> {
    match (stores, &config.users) {
        (Some(stores), _) => stores.users(config, stores.ledger()),
        (None, UserSource::File(users)) => users.clone(),
        (None, UserSource::Sqlite(_)) => Arc::new(YamlUsers::new([])),
    }
}

/// Where the database of a configuration is.
pub(crate) fn path(config: &Config) -> PathBuf {
    match &config.users {
        UserSource::File(_) => config.state_dir.join(DATABASE),
        UserSource::Sqlite(path) => config.state_dir.join(path),
    }
}

fn options(config: &Config) -> Options {
    let users = match config.users {
        UserSource::File(_) => Users::Elsewhere,
        UserSource::Sqlite(_) => Users::Here,
    };
    Options { users, ..Options::at(path(config)) }
}

/// The folder for what must outlive the process, for its owner's eyes.
pub(crate) fn make_folder(state_dir: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(state_dir);
    made.with_context(|| format!("cannot make the state directory {}", state_dir.display()))
}

/// A database that is not one, or of another program, is a wrong configuration; one that can't be used now is a failure.
fn wrong(error: OpenError) -> Failure {
    match error {
        OpenError::Missing(path) => {
            let path = path.display();
            Failure::Wrong(anyhow!(
                "there is no database {path}; `portcullis serve` or `user add --first-admin` makes it"
            ))
        }
        OpenError::File { .. } | OpenError::Store(_) => Failure::failed(error),
        OpenError::NotADatabase(_)
        | OpenError::NotOurs(_)
        | OpenError::NewerSchema { .. }
        | OpenError::ForeignLog(_)
        | OpenError::Replaced(_) => Failure::wrong(error),
    }
}
