//! `portcullis plan`: what a changed configuration would change, before it is in force.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::user::User;
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_core::services::plan::{Change, Direction, Rules, plan};
use portcullis_store_yaml::snapshot::YamlUsers;
use serde_json::{Value, json};

use super::Outcome;
use super::output::{harmless, remark, say, say_lines};
use crate::config::{Config, UserSource};
use crate::failure::Failure;
use crate::opened::{configuration, runtime};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 compared, 1 somebody gains something and --no-gains was given, 2 wrong use or configuration."
)]
pub(super) struct Options {
    /// The configuration as it is
    old: PathBuf,
    /// The configuration as it would be
    new: PathBuf,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
    /// End with 1 if anybody gains anything
    #[arg(long)]
    no_gains: bool,
}

/// Compares two configurations by what they let whom do.
pub(super) fn run(options: &Options) -> Outcome {
    let (old, new) = (configuration(&options.old)?, configuration(&options.new)?);
    let users = users_of_both(&old, &new)?;
    let has_users = users.is_some();
    let [before, after] = users.unwrap_or_default();
    let changes = plan(&rules(&old, &before), &rules(&new, &after));
    if !has_users {
        remark("users and clients in a database are not compared; see what changes for each role");
    }
    if options.json {
        say(&as_json(&changes, has_users).to_string())?;
    } else {
        say_lines(&changes.iter().map(as_line).collect::<Vec<_>>())?;
        say(&totals(&changes))?;
    }
    let has_gains = changes.iter().any(|change| change.direction == Direction::Gain);
    Ok(if options.no_gains && has_gains { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn rules<'c>(config: &'c Config, users: &'c [User]) -> Rules<'c> {
    Rules { routes: &config.routes, roles: &config.roles, users, clients: &config.clients }
}

/// The users, where both configurations have them in the file itself: those in a database are not what a file changes.
fn users_of_both(old: &Config, new: &Config) -> Result<Option<[Vec<User>; 2]>, Failure> {
    let (UserSource::File(old), UserSource::File(new)) = (&old.users, &new.users) else { return Ok(None) };
    let runtime = runtime()?;
    let all = |users: &YamlUsers| {
        let profiles = runtime.block_on(users.profiles(Page::first(usize::MAX))).map_err(Failure::failed)?;
        Ok::<_, Failure>(profiles.into_iter().map(|profile| profile.user).collect())
    };
    Ok(Some([all(old)?, all(new)?]))
}

/// `operator may now: POST /api/v1/webhooks (route …; before: Admin role required)`.
fn as_line(change: &Change) -> String {
    let (now, when) = match change.direction {
        Direction::Gain => ("may now", "before"),
        Direction::Loss => ("may no longer", "after"),
    };
    let mut notes = vec![format!("route {}", change.route)];
    let others = change.methods.iter().filter(|method| **method != change.witness.method);
    let others: Vec<_> = others.map(String::as_str).collect();
    notes.extend((!others.is_empty()).then(|| format!("also {}", others.join(", "))));
    let realms = change.realms.to_string();
    notes.extend((!realms.is_empty()).then_some(realms));
    notes.push(format!("{when}: {}", change.reason));
    harmless(&format!("{} {now}: {} ({})", change.who, change.witness, notes.join("; ")))
}

fn totals(changes: &[Change]) -> String {
    let count = |direction: Direction, one: &str, many: &str| {
        let those: Vec<_> = changes.iter().filter(|change| change.direction == direction).collect();
        let people: BTreeSet<_> = those.iter().map(|change| change.who.to_string()).collect();
        let word = if those.len() == 1 { one } else { many };
        match people.len() {
            0 => format!("no {many}"),
            people => format!("{} {word} of {people}", those.len()),
        }
    };
    format!("{}, {}", count(Direction::Gain, "gain", "gains"), count(Direction::Loss, "loss", "losses"))
}

fn as_json(changes: &[Change], has_users: bool) -> Value {
    let of = |direction: Direction| -> Vec<Value> {
        changes.iter().filter(|change| change.direction == direction).map(change_as_json).collect()
    };
    json!({ "users_compared": has_users, "gains": of(Direction::Gain), "losses": of(Direction::Loss) })
}

fn change_as_json(change: &Change) -> Value {
    let Change { who, witness, methods, route, other, realms, reason, .. } = change;
    let fields = witness.fields.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    let named: Vec<_> = realms.named.iter().map(portcullis_core::domain::realm::Realm::as_str).collect();
    json!({
        "who": who.to_string(),
        "witness": { "method": witness.method, "target": witness.target, "fields": fields.collect::<Vec<_>>() },
        "methods": methods,
        "route": route.as_str(),
        "other_route": other.as_ref().map(portcullis_core::domain::route::RouteId::as_str),
        "realms": { "named": named, "others": realms.others, "unnamed": realms.unnamed },
        "reason": reason,
    })
}
