//! `portcullis user grant`, `revoke`, `activate`, `deactivate`, `passwd`, `remove`.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;
use portcullis_core::domain::directory::Profile;
use portcullis_core::domain::grant::Grant;
use portcullis_core::services::user_admin::{Changes, Credential, Regrant};

use super::Named;
use super::list::state;
use crate::cli::administration::{Administration, change, change_with, editor, refused};
use crate::cli::output::say;
use crate::cli::password_input::Source;
use crate::cli::{Outcome, grants};
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(
    after_help = "In force for a running server within a second, and recorded as done by your user id.\n\
    The last active user who may manage users can be neither deactivated nor removed."
)]
pub(super) struct Options {
    #[command(flatten)]
    named: Named,
}

#[derive(Debug, Args)]
pub(super) struct GrantOptions {
    #[command(flatten)]
    named: Named,
    /// The role, and after an @ the realm; without one it is held everywhere
    #[arg(value_name = "ROLE[@REALM]", value_parser = grants::parse)]
    grant: Grant,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis user passwd --config bng.yaml alice\n  \
    pwgen -s 20 1 | portcullis user passwd --config bng.yaml alice --password-stdin")]
pub(super) struct PasswdOptions {
    #[command(flatten)]
    named: Named,
    /// Read the password from standard input instead of asking for it on the terminal
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn grant(GrantOptions { named, grant }: &GrantOptions) -> Outcome {
    let changes = Changes { grants: Some(Regrant::Also(grant.clone())), ..Changes::default() };
    let profile = changed(named, &changes)?;
    holds(&profile)
}

/// Takes a role away. One that is not held as it is named is an error: whoever mistypes a realm would believe that
/// somebody has lost what he still holds.
pub(super) fn revoke(GrantOptions { named, grant }: &GrantOptions) -> Outcome {
    let changes = Changes { grants: Some(Regrant::Without(grant.clone())), ..Changes::default() };
    let profile = change(&named.file, async |administration| {
        let users = administration.users()?;
        let known = users.show(&named.name).await.map_err(|error| refused(error, &named.called()))?.user;
        if !known.grants.contains(grant) {
            let (name, wanted, held) = (known.name, grants::text(grant), grants::list(&known.grants));
            return Err(Failure::Failed(anyhow!("{name} does not hold {wanted}; held: {held}")));
        }
        apply(administration, named, &changes).await
    })?;
    holds(&profile)
}

pub(super) fn activate(options: &Options) -> Outcome {
    set_active(options, true)
}

pub(super) fn deactivate(options: &Options) -> Outcome {
    set_active(options, false)
}

pub(super) fn passwd(PasswdOptions { named, password_stdin }: &PasswdOptions) -> Outcome {
    let password = || Source::of_switch(*password_stdin).read();
    let profile = change_with(&named.file, password, async |administration, password| {
        let credential = Some(Credential::Password(password));
        apply(administration, named, &Changes { credential, ..Changes::default() }).await
    })?;
    say(&format!("{} has another password, and no session any more", profile.user.name))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn remove(Options { named }: &Options) -> Outcome {
    change(&named.file, async |administration| {
        let removed = administration.users()?.remove(&editor(), &named.name).await;
        removed.map_err(|error| refused(error, &named.called()))
    })?;
    say(&format!("removed {}", named.name))?;
    Ok(ExitCode::SUCCESS)
}

fn set_active(Options { named }: &Options, active: bool) -> Outcome {
    let profile = changed(named, &Changes { active: Some(active), ..Changes::default() })?;
    say(&format!("{}: {}", profile.user.name, state(&profile)))?;
    Ok(ExitCode::SUCCESS)
}

fn holds(Profile { user, .. }: &Profile) -> Outcome {
    say(&format!("{}: {}", user.name, grants::list(&user.grants)))?;
    Ok(ExitCode::SUCCESS)
}

fn changed(named: &Named, changes: &Changes) -> Result<Profile, Failure> {
    change(&named.file, async |administration| apply(administration, named, changes).await)
}

async fn apply(
    administration: &Administration,
    named: &Named,
    changes: &Changes,
) -> Result<Profile, Failure> {
    let done = administration.users()?.change(&editor(), &named.name, changes).await;
    done.map_err(|error| refused(error, &named.called()))
}
