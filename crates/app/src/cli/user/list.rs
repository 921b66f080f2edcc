//! `portcullis user list`, `portcullis user show`.

use std::process::ExitCode;

use clap::Args;
use portcullis_core::domain::directory::Profile;
use portcullis_core::services::registry::AdminError;
use serde_json::{Value, json};

use super::Named;
use crate::cli::administration::{look, refused};
use crate::cli::output::{Table, columns, or_dash, say, say_json, say_lines, time};
use crate::cli::paging::Paging;
use crate::cli::{ConfigFile, Outcome, grants};
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis user list --config bng.yaml\n\n\
    With --json each line is a user, as `user show --json` prints him.")]
pub(super) struct ListOptions {
    #[command(flatten)]
    file: ConfigFile,
    #[command(flatten)]
    paging: Paging,
    /// Print each as a line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis user show --config bng.yaml alice")]
pub(super) struct ShowOptions {
    #[command(flatten)]
    named: Named,
    /// Print him as JSON
    #[arg(long)]
    json: bool,
}

/// Lists the users in the order of their names.
pub(super) fn list(options: &ListOptions) -> Outcome {
    let mut table = Table::under(["USER", "STATE", "LAST LOGIN", "ROLES"]);
    let show = async |part: Vec<Profile>| {
        if options.json { say_json(part.iter().map(as_json)) } else { table.say(part.iter().map(row)) }
    };
    look(&options.file, async |policy, _| {
        let users = &policy.users;
        let key = |profile: &Profile| profile.user.name.key().to_owned();
        options.paging.each(async |page| users.profiles(page).await, key, show).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Shows one user.
pub(super) fn show(options: &ShowOptions) -> Outcome {
    let profile = look(&options.named.file, async |policy, _| {
        policy.users.profile(&options.named.name).await.map_err(Failure::failed)
    })?;
    let profile = profile.ok_or_else(|| refused(AdminError::NotFound, &options.named.called()))?;
    if options.json {
        say(&as_json(&profile).to_string())?;
    } else {
        let rows = [
            ["user", profile.user.name.as_str()].map(str::to_owned),
            ["state".to_owned(), state(&profile).to_owned()],
            ["roles".to_owned(), grants::list(&profile.user.grants)],
            ["created".to_owned(), or_dash(profile.created_at.map(time))],
            ["last login".to_owned(), or_dash(profile.last_login_at.map(time))],
        ];
        say_lines(&columns(&rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(profile: &Profile) -> [String; 4] {
    let user = &profile.user;
    let last_login = or_dash(profile.last_login_at.map(time));
    [user.name.to_string(), state(profile).to_owned(), last_login, grants::list(&user.grants)]
}

/// Whether he may come in, in a word or two.
pub(super) fn state(profile: &Profile) -> &'static str {
    match (profile.user.active, profile.user.api_login) {
        (true, true) => "active",
        (false, _) => "deactivated",
        (true, false) => "no API login",
    }
}

/// As `GET /api/v1/auth/users/{name}` answers.
fn as_json(Profile { user, created_at, last_login_at }: &Profile) -> Value {
    json!({
        "username": user.name.as_str(),
        "active": user.active,
        "api_login": user.api_login,
        "grants": user.grants.iter().map(grants::as_json).collect::<Vec<_>>(),
        "created_at": created_at.map(time),
        "last_login_at": last_login_at.map(time),
    })
}
