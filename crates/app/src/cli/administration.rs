//! What the commands share that look at users, sessions and records, or change them, beside a running server.
//!
//! They work on the database itself, with the services that the server's own endpoints use, so that the rules and the
//! records are the same. The server finds the change there within a second.

use std::num::NonZeroUsize;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::Ledger;
use portcullis_core::services::actor::Actor;
use portcullis_core::services::client_admin::ClientAdmin;
use portcullis_core::services::follow::Follower;
use portcullis_core::services::policy::{LivePolicy, Policy};
use portcullis_core::services::registry::{AdminError, Authority, Editor, Registrar};
use portcullis_core::services::role_admin::RoleAdmin;
use portcullis_core::services::sessions::Sessions;
use portcullis_core::services::user_admin::UserAdmin;
use portcullis_crypto::bcrypt::Bcrypt;
use portcullis_crypto::random::SystemEntropy;

use super::ConfigFile;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::failure::Failure;
use crate::opened::{configuration, runtime};
use crate::stores::{Stores, users};
use crate::wire::{policy, policy_with};

/// The stores of a configuration, with all that decides on a change.
pub(super) struct Administration {
    pub(super) stores: Stores,
    pub(super) live: Arc<LivePolicy>,
    pub(super) clock: Arc<dyn Clock>,
    registrar: Arc<Registrar>,
    follower: Arc<Follower>,
}

impl Administration {
    /// Over stores that were opened. `file` is where users are defined who are not in them.
    pub(super) async fn over(
        file: &ConfigFile,
        config: &Config,
        stores: Stores,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let ledger = stores.ledger();
        let live = Arc::new(LivePolicy::new(policy_with(config, &stores, &ledger)));
        let nobody = Box::new(|| ());
        let follower = Follower::new(ledger.clone(), live.clone(), Arc::default(), clock.clone(), nobody);
        let follower = Arc::new(follower);
        follower.begin().await.map_err(Failure::failed)?;
        let origin = stores.origin(&file.config);
        let registrar = Registrar::new(live.clone(), ledger, follower.clone(), clock.clone(), origin);
        Ok(Self { stores, live, clock, registrar: Arc::new(registrar), follower })
    }

    /// Users, to be changed.
    pub(super) fn users(&self) -> Result<UserAdmin, Failure> {
        // One password at a time is hashed here at the most.
        let hasher = Bcrypt::new(NonZeroUsize::MIN).context("cannot start the hashing thread");
        let hasher = Arc::new(hasher.map_err(Failure::Failed)?);
        Ok(UserAdmin::new(self.registrar.clone(), hasher, Arc::new(SystemEntropy), Arc::default()))
    }

    /// Roles, to be changed.
    pub(super) fn roles(&self) -> RoleAdmin {
        RoleAdmin::new(self.registrar.clone())
    }

    /// Clients, to be changed.
    pub(super) fn clients(&self) -> ClientAdmin {
        ClientAdmin::new(self.registrar.clone(), Arc::new(SystemEntropy))
    }

    /// Sessions, to be listed and ended.
    pub(super) fn sessions(&self) -> Sessions {
        Sessions::new(self.ledger(), self.live.clone(), self.follower.clone(), self.clock.clone())
    }

    /// The records.
    pub(super) fn ledger(&self) -> Arc<dyn Ledger> {
        self.stores.ledger()
    }

    /// Does something, and writes what it has left to be written, however it went.
    pub(super) async fn finish<T>(
        self,
        action: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let done = action(&self).await;
        let closed = self.stores.close().await.context("the database could not be closed in order");
        let done = done?;
        closed.map_err(Failure::Failed)?;
        Ok(done)
    }
}

/// Does something with the sessions or the records of a configuration.
pub(super) fn administer<T>(
    file: &ConfigFile,
    action: impl AsyncFnOnce(&Administration) -> Result<T, Failure>,
) -> Result<T, Failure> {
    administer_with(file, &configuration(&file.config)?, action)
}

/// Changes clients, if they are where they can be changed.
pub(super) fn change_clients<T>(
    file: &ConfigFile,
    action: impl AsyncFnOnce(&Administration) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = configuration(&file.config)?;
    if config.users.store().is_none() {
        let file = file.config.display().to_string();
        return Err(Failure::failed(AdminError::ClientsDefinedElsewhere(file)));
    }
    administer_with(file, &config, action)
}

/// Changes users or roles, if they are where they can be changed.
pub(super) fn change<T>(
    file: &ConfigFile,
    action: impl AsyncFnOnce(&Administration) -> Result<T, Failure>,
) -> Result<T, Failure> {
    change_with(file, || Ok(()), async |administration, ()| action(administration).await)
}

/// The same with what is prepared first, while nothing is open yet.
pub(super) fn change_with<P, T>(
    file: &ConfigFile,
    prepare: impl FnOnce() -> Result<P, Failure>,
    action: impl AsyncFnOnce(&Administration, P) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = changeable(file)?;
    let prepared = prepare()?;
    administer_with(file, &config, async |administration| action(administration, prepared).await)
}

/// The configuration, if its users and roles can be changed.
pub(super) fn changeable(file: &ConfigFile) -> Result<Config, Failure> {
    let config = configuration(&file.config)?;
    if config.users.store().is_none() {
        return Err(Failure::failed(AdminError::DefinedElsewhere(file.config.display().to_string())));
    }
    Ok(config)
}

fn administer_with<T>(
    file: &ConfigFile,
    config: &Config,
    action: impl AsyncFnOnce(&Administration) -> Result<T, Failure>,
) -> Result<T, Failure> {
    runtime()?.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let stores = Stores::open_existing(config, clock.clone()).await?;
        Administration::over(file, config, stores, clock).await?.finish(action).await
    })
}

/// Looks at users or roles, of a file too that has no database yet.
pub(super) fn look<T>(
    file: &ConfigFile,
    action: impl AsyncFnOnce(&Policy, Option<&Stores>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = configuration(&file.config)?;
    runtime()?.block_on(async {
        let stores = Stores::open_if_there(&config, Arc::new(SystemClock::new())).await?;
        let policy = policy(&config, users(&config, stores.as_ref()));
        policy.set_store_roles(&policy.users.roles().await.map_err(Failure::failed)?);
        let done = action(&policy, stores.as_ref()).await?;
        if let Some(stores) = stores {
            stores.close().await.map_err(Failure::failed)?;
        }
        Ok(done)
    })
}

/// Whoever runs the command, on the record.
pub(super) fn actor() -> Actor {
    let uid = rustix::process::getuid().as_raw();
    Actor { subject: format!("uid {uid}"), address: None, request_id: String::new() }
}

/// The same, as somebody who could write the database by hand.
pub(super) fn editor() -> Editor {
    Editor { actor: actor(), authority: Authority::Machine, decision_id: None }
}

/// Why a change was not made, in the words of the service as far as it has some; `what` is what was to be changed.
pub(super) fn refused(error: AdminError, what: &str) -> Failure {
    match error {
        AdminError::NotFound => Failure::Failed(anyhow!("there is no {what}")),
        AdminError::Password(broken) => {
            let broken: Vec<_> = broken.iter().map(ToString::to_string).collect();
            Failure::Failed(anyhow!("{}", broken.join("\n")))
        }
        AdminError::UnknownRoles(unknown) => {
            let unknown: Vec<_> =
                unknown.iter().map(|unknown| format!("There is no role '{}'", unknown.role)).collect();
            Failure::Failed(anyhow!("{}", unknown.join("\n")))
        }
        other => Failure::failed(other),
    }
}
