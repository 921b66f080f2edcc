//! `portcullis user add`: one more user, or the first one of all.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::secret::Password;
use portcullis_core::ports::clock::Clock;
use portcullis_core::services::user_admin::{Credential, NewUser};

use super::Named;
use crate::cli::administration::{Administration, change_with, changeable, editor, refused};
use crate::cli::output::say;
use crate::cli::password_input::Source;
use crate::cli::{Outcome, grants};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::failure::Failure;
use crate::opened::runtime;
use crate::stores::{Stores, make_folder};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis user add --config bng.yaml alice --first-admin\n  \
    portcullis user add --config bng.yaml bob --role operator --role field-tech@pop-syd\n  \
    pwgen -s 20 1 | portcullis user add --config bng.yaml robot --role viewer --password-stdin\n\n\
    The password has 12 to 72 bytes unless the configuration says otherwise, is not the user's name, and none of those \
    that are tried first. Make the first admin as the user that the server runs as: what is made here must be his.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Options {
    #[command(flatten)]
    named: Named,
    /// A role to hold, and after an @ the realm; without one it is held everywhere. May be given several times
    #[arg(long = "role", value_name = "ROLE[@REALM]", value_parser = grants::parse)]
    #[arg(required_unless_present = "first_admin")]
    grants: Vec<Grant>,
    /// Read the password from standard input instead of asking for it on the terminal
    #[arg(long)]
    password_stdin: bool,
    /// The first user of all, an admin: makes the database if it is not there
    #[arg(long, conflicts_with_all = ["inactive", "no_api_login"])]
    first_admin: bool,
    /// Keep him out for now
    #[arg(long)]
    inactive: bool,
    /// Without the right to use the API
    #[arg(long)]
    no_api_login: bool,
}

/// Adds a user.
pub(super) fn run(options: &Options) -> Outcome {
    can_be_named(options.named.name.as_str()).map_err(|why| Failure::Wrong(anyhow!("{why}")))?;
    let file = &options.named.file;
    let password = || Source::of_switch(options.password_stdin).read();
    let Profile { user, .. } = if options.first_admin {
        let config = changeable(file)?;
        let _alone = alone(&config.state_dir)?;
        runtime()?.block_on(add_first(options, &config, password))?
    } else {
        change_with(file, password, async |administration, password| {
            add(administration, options, password, options.grants.clone()).await
        })?
    };
    say(&format!("added {}: {}", user.name, grants::list(&user.grants)))?;
    Ok(ExitCode::SUCCESS)
}

/// A name that ends in a dot can't be in a path, so that over HTTP nobody could change its user.
pub(super) fn can_be_named(name: &str) -> Result<(), &'static str> {
    if name.ends_with('.') { Err("a user name must not end in a dot, since no path may") } else { Ok(()) }
}

async fn add(
    administration: &Administration,
    options: &Options,
    password: Password,
    grants: Vec<Grant>,
) -> Result<Profile, Failure> {
    let new = NewUser {
        name: options.named.name.clone(),
        credential: Credential::Password(password),
        active: !options.inactive,
        api_login: !options.no_api_login,
        grants,
    };
    let added = administration.users()?.add(&editor(), new).await;
    added.map_err(|error| refused(error, &options.named.called()))
}

/// Makes the store, and in it a user who may do everything, unless there is anybody.
async fn add_first(
    options: &Options,
    config: &Config,
    password: impl FnOnce() -> Result<Password, Failure>,
) -> Result<Profile, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let stores = Stores::open(config, clock.clone()).await?;
    let administration = Administration::over(&options.named.file, config, stores, clock).await?;
    administration
        .finish(async |administration| {
            let users = administration.live.current().users.clone();
            if !users.profiles(Page::first(1)).await.map_err(Failure::failed)?.is_empty() {
                let why = "there are users already; add another one without --first-admin";
                return Err(Failure::Failed(anyhow!(why)));
            }
            let admin = RoleName::parse("admin").map_err(Failure::failed)?;
            let admin = Grant { role: admin, scope: Scope::Everywhere };
            let grants = [admin].into_iter().chain(options.grants.iter().cloned()).collect();
            add(administration, options, password()?, grants).await
        })
        .await
}

/// The state directory, locked: of two who make the first admin at one moment, the second finds the first one's.
fn alone(state_dir: &Path) -> Result<File, Failure> {
    make_folder(state_dir).map_err(Failure::Failed)?;
    let (mine, owner) =
        (rustix::process::geteuid().as_raw(), fs::metadata(state_dir).map(|folder| folder.uid()));
    let owner = owner.with_context(|| format!("cannot look at {}", state_dir.display()));
    let owner = owner.map_err(Failure::Failed)?;
    if owner != mine {
        let (folder, as_owner) = (state_dir.display(), format!("sudo -u '#{owner}' portcullis user add …"));
        let why = format!(
            "{folder} belongs to the user id {owner}, who could not use what is made here; run: {as_owner}"
        );
        return Err(Failure::Wrong(anyhow!(why)));
    }
    let lock = File::open(state_dir).and_then(|folder| folder.lock().map(|()| folder));
    lock.with_context(|| format!("cannot lock {}", state_dir.display())).map_err(Failure::Failed)
}
