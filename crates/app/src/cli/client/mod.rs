//! `portcullis client`: the machines that get tokens with a secret of their own. Those of the configuration are listed too.

mod add;
mod list;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use portcullis_core::domain::client::ClientId;

use super::administration::{change_clients, editor, refused};
use super::output::say;
use super::{ConfigFile, Outcome};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis client add --config bng.yaml inventory --role viewer\n\n\
    The clients are kept beside the users of the configuration's `user_store`, and a running server takes a change over \
    within a second. Clients of the configuration itself are only listed and shown: they are changed in the file.")]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a client, and print its secret, this once
    Add(add::Options),
    /// List the clients
    List(list::ListOptions),
    /// Show a client
    Show(list::ShowOptions),
    /// Remove a client; its tokens end
    #[command(after_help = "Example:\n  portcullis client remove --config bng.yaml inventory\n\n\
        In force for a running server within a second.")]
    Remove(Named),
}

/// Which client.
#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    file: ConfigFile,
    /// The client's id
    #[arg(value_name = "ID", value_parser = ClientId::parse)]
    id: ClientId,
}

impl Named {
    /// How it is called where it is missing.
    fn called(&self) -> String {
        format!("client `{}`", self.id)
    }
}

/// Does what `portcullis client` is told.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Add(options) => add::run(options),
        Command::List(options) => list::list(options),
        Command::Show(options) => list::show(options),
        Command::Remove(named) => remove(named),
    }
}

fn remove(named: &Named) -> Outcome {
    change_clients(&named.file, async |administration| {
        let removed = administration.clients().remove(&editor(), &named.id).await;
        removed.map_err(|error| refused(error, &named.called()))
    })?;
    say(&format!("removed {}", named.id))?;
    Ok(ExitCode::SUCCESS)
}
