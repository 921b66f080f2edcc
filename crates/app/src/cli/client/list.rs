//! `portcullis client list`, `portcullis client show`.

use std::process::ExitCode;

use clap::Args;
use ipnet::IpNet;
use portcullis_core::domain::span;
use portcullis_core::services::clients::{ClientProfile, listed, shown};
use portcullis_core::services::registry::AdminError;
use portcullis_http::ClientBody;

use super::Named;
use crate::cli::administration::{look, refused};
use crate::cli::output::{Table, columns, or_dash, say, say_lines, time};
use crate::cli::paging::Paging;
use crate::cli::{ConfigFile, Outcome, grants};
use crate::failure::Failure;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis client list --config bng.yaml\n\n\
    With --json each line is a client, as `client show --json` prints it.")]
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
#[command(after_help = "Example:\n  portcullis client show --config bng.yaml inventory")]
pub(super) struct ShowOptions {
    #[command(flatten)]
    named: Named,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Lists the clients in the order of their ids.
pub(super) fn list(options: &ListOptions) -> Outcome {
    let mut table = Table::under(["CLIENT", "FROM", "ROLES"]);
    let show = async |part: Vec<ClientProfile>| {
        if options.json {
            return say_lines(&part.into_iter().map(as_json).collect::<Result<Vec<_>, _>>()?);
        }
        table.say(part.iter().map(row))
    };
    look(&options.file, async |policy, _| {
        let key = |known: &ClientProfile| known.client.id.key().to_owned();
        options.paging.each(async |page| listed(policy, page).await, key, show).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Shows one client.
pub(super) fn show(ShowOptions { named, json }: &ShowOptions) -> Outcome {
    let known = look(&named.file, async |policy, _| shown(policy, &named.id).await.map_err(Failure::failed))?;
    let known = known.ok_or_else(|| refused(AdminError::NotFound, &named.called()))?;
    if *json {
        say(&as_json(known)?)?;
    } else {
        let ClientProfile { client, source, created_at } = &known;
        let networks: Vec<_> = client.allow_from.iter().map(IpNet::to_string).collect();
        let networks = if networks.is_empty() { "anywhere".to_owned() } else { networks.join(", ") };
        let rows = [
            ["client", client.id.as_str()].map(str::to_owned),
            ["from", source.as_str()].map(str::to_owned),
            ["roles".to_owned(), grants::list(&client.grants)],
            ["tokens last".to_owned(), or_dash(client.token_ttl.map(span::spelled))],
            ["may come from".to_owned(), networks],
            ["created".to_owned(), or_dash(created_at.map(time))],
        ];
        say_lines(&columns(&rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(ClientProfile { client, source, .. }: &ClientProfile) -> [String; 3] {
    [client.id.to_string(), source.as_str().to_owned(), grants::list(&client.grants)]
}

/// As `GET /api/v1/auth/clients/{id}` answers.
fn as_json(known: ClientProfile) -> Result<String, Failure> {
    serde_json::to_string(&ClientBody::from(known)).map_err(Failure::failed)
}
