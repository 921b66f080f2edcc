//! `portcullis client add`: one more client, and its secret.

use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use ipnet::IpNet;
use portcullis_core::domain::client::{ClientId, TOKEN_LIFETIME};
use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::network::{NETWORK, network};
use portcullis_core::services::client_admin::NewClient;
use portcullis_http::NewClientBody;

use super::Named;
use crate::cli::administration::{change_clients, editor, refused};
use crate::cli::output::{remark, say};
use crate::cli::{Outcome, grants};
use crate::config::{Config, ListenAddress, TlsMode};
use crate::failure::Failure;
use crate::opened::configuration;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    SECRET=$(portcullis client add --config bng.yaml inventory --role viewer)\n  \
    portcullis client add --config bng.yaml backup --role operator --role field-tech@pop-syd \\\n      \
    --token-ttl 15m --allow-from 192.0.2.0/24\n\n\
    The secret goes to standard output, and only its SHA-256 is kept: whoever loses it removes the client and adds it again.")]
pub(super) struct Options {
    #[command(flatten)]
    named: Named,
    /// A role to hold, and after an @ the realm; without one it is held everywhere. May be given several times
    #[arg(long = "role", value_name = "ROLE[@REALM]", required = true, value_parser = grants::parse)]
    grants: Vec<Grant>,
    /// How long its tokens last, at most 24h; as a login's unless given
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    token_ttl: Option<Duration>,
    /// An address or a network that it may come from; from anywhere unless given. May be given several times
    #[arg(long = "allow-from", value_name = "CIDR", value_parser = allowed)]
    allow_from: Vec<IpNet>,
    /// Print the client with its secret as JSON
    #[arg(long)]
    json: bool,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    TOKEN_LIFETIME.read(text).ok_or_else(|| format!("expected {TOKEN_LIFETIME}"))
}

fn allowed(text: &str) -> Result<IpNet, String> {
    network(text).ok_or_else(|| format!("expected {NETWORK}"))
}

/// Adds a client.
pub(super) fn run(options: &Options) -> Outcome {
    let Options { named, grants, token_ttl, allow_from, json } = options;
    if named.id.as_str().ends_with('.') {
        return Err(Failure::Wrong(anyhow!("a client id must not end in a dot, since no path may")));
    }
    let config = configuration(&named.file.config)?;
    let new = NewClient {
        id: named.id.clone(),
        grants: grants.clone(),
        token_ttl: *token_ttl,
        allow_from: allow_from.clone(),
    };
    let (added, secret) = change_clients(&named.file, async |administration| {
        let added = administration.clients().add(&editor(), new).await;
        added.map_err(|error| refused(error, &named.called()))
    })?;
    if *json {
        let content = serde_json::to_string(&NewClientBody::of(added, &secret)).map_err(Failure::failed)?;
        say(&content)?;
    } else {
        say(secret.expose())?;
        let (id, held) = (&added.client.id, grants::list(&added.client.grants));
        remark(&format!(
            "added {id}: {held}\nThe secret is shown this once. With it in $SECRET, this gets a token:\n  {}",
            curl(&config, id)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The line that gets a token at the first place where this configuration listens.
fn curl(config: &Config, id: &ClientId) -> String {
    let (scheme, insecure) = match config.tls {
        TlsMode::Off => ("http", ""),
        TlsMode::SelfSigned => ("https", " -k"),
        TlsMode::Files { .. } => ("https", ""),
    };
    let (socket, host) = match config.listen.first() {
        Some(ListenAddress::Unix(path)) => {
            (format!(" --unix-socket {}", path.display()), "localhost".to_owned())
        }
        Some(ListenAddress::Ip(address)) => (String::new(), format!("{}:{}", host(*address), config.port)),
        Some(ListenAddress::Systemd(_)) | None => (String::new(), format!("localhost:{}", config.port)),
    };
    // In the field `Authorization` an id is written as in a form (RFC 6749 2.3.1); the secret has nothing to be written
    // otherwise.
    let id = id.as_str().replace('+', "%2B").replace('@', "%40");
    format!(
        "curl{insecure}{socket} {scheme}://{host}/oauth2/token -u \"{id}:$SECRET\" -d grant_type=client_credentials"
    )
}

fn host(address: IpAddr) -> String {
    match address {
        address if address.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
