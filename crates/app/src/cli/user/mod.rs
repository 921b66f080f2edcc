//! `portcullis user`: who there is, what they hold, and whether they may come in.

mod add;
mod candidate;
mod change;
mod export;
mod htpasswd;
mod import;
mod list;
mod yaml;

use clap::{Args, Subcommand};
use portcullis_core::domain::user::Username;

use super::{ConfigFile, Outcome};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis user add --config bng.yaml bob --role operator\n\n\
    The users are those of the configuration's `user_store`, and a running server takes a change over within a second. \
    Users of the configuration itself are only listed and shown: they are changed in the file.")]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a user
    Add(add::Options),
    /// List the users
    List(list::ListOptions),
    /// Show a user
    Show(list::ShowOptions),
    /// Give a user a role, everywhere or in one realm
    #[command(after_help = "Examples:\n  \
        portcullis user grant --config bng.yaml alice operator\n  \
        portcullis user grant --config bng.yaml alice field-tech@pop-syd\n\n\
        In force for a running server within a second; no new login is needed.")]
    Grant(change::GrantOptions),
    /// Take a role from a user
    #[command(
        after_help = "Example:\n  portcullis user revoke --config bng.yaml alice field-tech@pop-syd\n\n\
        It must be named as it is held: `operator` is not `operator@pop-syd`. In force for a running server within a \
        second."
    )]
    Revoke(change::GrantOptions),
    /// Let a user in again
    #[command(after_help = "Example:\n  portcullis user activate --config bng.yaml alice")]
    Activate(change::Options),
    /// Keep a user out: every token of his is refused from now on
    #[command(after_help = "Example:\n  portcullis user deactivate --config bng.yaml alice\n\n\
        In force for a running server within a second. The last active user who may manage users can't be deactivated.")]
    Deactivate(change::Options),
    /// Give a user another password; every session of his ends
    Passwd(change::PasswdOptions),
    /// Remove a user; every session of his ends
    #[command(after_help = "Example:\n  portcullis user remove --config bng.yaml alice\n\n\
        In force for a running server within a second. The last active user who may manage users can't be removed.")]
    Remove(change::Options),
    /// Take over the users of an AthenaBNG configuration, or of an htpasswd file, with their hashes
    Import(import::Options),
    /// Print the users with their hashes, as they can be imported again
    Export(export::Options),
}

/// Which user.
#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    file: ConfigFile,
    /// The user
    #[arg(value_parser = Username::parse)]
    name: Username,
}

impl Named {
    /// How he is called where he is missing.
    fn called(&self) -> String {
        format!("user `{}`", self.name)
    }
}

/// Does what `portcullis user` is told.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Add(options) => add::run(options),
        Command::List(options) => list::list(options),
        Command::Show(options) => list::show(options),
        Command::Grant(options) => change::grant(options),
        Command::Revoke(options) => change::revoke(options),
        Command::Activate(options) => change::activate(options),
        Command::Deactivate(options) => change::deactivate(options),
        Command::Passwd(options) => change::passwd(options),
        Command::Remove(options) => change::remove(options),
        Command::Import(options) => import::run(options),
        Command::Export(options) => export::run(options),
    }
}
