//! `portcullis session`: who is logged in, and the end of it.

use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use portcullis_core::domain::client::ClientId;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::domain::user::Username;
use portcullis_core::services::sessions::{EndOf, SessionsError};
use serde_json::{Value, json};

use super::administration::{actor, administer};
use super::output::{Table, harmless, or_dash, say, say_json, time};
use super::paging::Paging;
use super::{ConfigFile, Outcome};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the sessions that are open
    List(ListOptions),
    /// End a session, or all of somebody
    End(EndOptions),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis session list --config bng.yaml --user alice\n\n\
    The sessions are in the order of their ids. With --json each line is a session, as the endpoint \
    /api/v1/auth/sessions has it.")]
struct ListOptions {
    #[command(flatten)]
    file: ConfigFile,
    /// Those of this user alone
    #[arg(long, value_name = "NAME", value_parser = Username::parse)]
    user: Option<Username>,
    #[command(flatten)]
    paging: Paging,
    /// Print each as a line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis session end --config bng.yaml 7f7f0a2f055721089096d33993e54968\n  \
    portcullis session end --config bng.yaml --user alice\n  \
    portcullis session end --config bng.yaml --everybody\n\n\
    A running server refuses the tokens within a second. Whoever still may, can log in again.")]
struct EndOptions {
    #[command(flatten)]
    file: ConfigFile,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The session of this id
    #[arg(value_parser = id)]
    id: Option<SessionId>,
    /// All of this user
    #[arg(long, value_name = "NAME", value_parser = Username::parse)]
    user: Option<Username>,
    /// All of this client: every token that it has
    #[arg(long, value_name = "ID", value_parser = ClientId::parse)]
    client: Option<ClientId>,
    /// All of every user who holds this role, wherever; those of clients are ended by --client
    #[arg(long, value_name = "NAME", value_parser = RoleName::parse)]
    role: Option<RoleName>,
    /// All of every user who holds a role in this realm; those of clients are ended by --client
    #[arg(long, value_name = "NAME", value_parser = Realm::parse)]
    realm: Option<Realm>,
    /// All of everybody
    #[arg(long)]
    everybody: bool,
}

fn id(text: &str) -> Result<SessionId, &'static str> {
    SessionId::parse(text).ok_or("expected 32 hexadecimal digits")
}

/// Does what `portcullis session` is told.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::List(options) => list(options),
        Command::End(options) => end(options),
    }
}

fn list(options: &ListOptions) -> Outcome {
    let mut table = Table::under(["ID", "USER", "ISSUED", "EXPIRES", "ADDRESS", "AGENT"]);
    let show = async |part: Vec<Session>| {
        if options.json { say_json(part.iter().map(as_json)) } else { table.say(part.iter().map(row)) }
    };
    administer(&options.file, async |administration| {
        let sessions = administration.sessions();
        let read = async |page| sessions.open(options.user.clone(), page).await;
        options.paging.each(read, |session| session.id.as_str().to_owned(), show).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn end(EndOptions { file, which }: &EndOptions) -> Outcome {
    let done = administer(file, async |administration| {
        let (sessions, actor) = (administration.sessions(), actor());
        if let Some(id) = &which.id {
            let ended = sessions.end(id, &actor).await;
            ended.map_err(|error| not_ended(error, "there is no open session of this id"))?;
            return Ok(format!("ended session {}", id.as_str()));
        }
        let (of, done) = which.all();
        let ended = sessions.end_all(of, &actor).await;
        let missing =
            if which.client.is_some() { "there is no such client" } else { "there is no such user" };
        let count = ended.map_err(|error| not_ended(error, missing))?;
        Ok(match count {
            Some(count) => format!("{done}: {count} {}", if count == 1 { "user" } else { "users" }),
            None => done,
        })
    })?;
    say(&done)?;
    Ok(ExitCode::SUCCESS)
}

impl Which {
    /// Whose sessions end, and what is to be said of it.
    fn all(&self) -> (EndOf, String) {
        if let Some(name) = &self.user {
            (EndOf::User(name.clone()), format!("ended all sessions of {name}"))
        } else if let Some(id) = &self.client {
            (EndOf::Client(id.clone()), format!("ended all sessions of client:{id}"))
        } else if let Some(role) = &self.role {
            (EndOf::Role(role.clone()), format!("ended all sessions of whoever holds {role}"))
        } else if let Some(realm) = &self.realm {
            (EndOf::Realm(realm.clone()), format!("ended all sessions of whoever holds a role in {realm}"))
        } else {
            (EndOf::Everybody, "ended all sessions of everybody".to_owned())
        }
    }
}

fn not_ended(error: SessionsError, missing: &'static str) -> Failure {
    match error {
        SessionsError::NotFound => Failure::Failed(anyhow!(missing)),
        SessionsError::Ledger(error) => Failure::failed(error),
    }
}

fn row(session: &Session) -> [String; 6] {
    let address = or_dash(session.address.as_ref().map(IpAddr::to_string));
    let (id, user) = (session.id.as_str().to_owned(), session.user.to_string());
    let agent = or_dash(session.agent.as_deref().map(harmless));
    [id, user, time(session.issued_at), time(session.expires_at), address, agent]
}

/// As `GET /api/v1/auth/sessions` has it.
fn as_json(session: &Session) -> Value {
    json!({
        "id": session.id.as_str(),
        "user": session.user.as_str(),
        "kind": session.kind.as_str(),
        "issued_at": time(session.issued_at),
        "last_seen_at": time(session.last_seen_at),
        "expires_at": time(session.expires_at),
        "address": session.address.map(|address| address.to_string()),
        "agent": session.agent.as_deref(),
    })
}
