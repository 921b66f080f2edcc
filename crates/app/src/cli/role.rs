//! `portcullis role`: what roles hold. Those that are built in, and those of the configuration, are listed too.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleName, is_built_in};
use portcullis_core::services::policy::Policy;
use portcullis_core::services::registry::AdminError;
use serde_json::{Value, json};

use super::administration::{change, editor, look, refused};
use super::output::{Table, columns, say, say_json, say_lines};
use super::{ConfigFile, Outcome};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the roles
    List(ListOptions),
    /// Show a role
    Show(ShowOptions),
    /// Add a role
    #[command(after_help = "Example:\n  \
        portcullis role add --config bng.yaml field-tech --right 'device:*' --right config:view")]
    Add(PutOptions),
    /// Give a role other rights, in the place of those it has
    #[command(after_help = "Example:\n  \
        portcullis role set --config bng.yaml field-tech --right device:view\n\n\
        In force for a running server within a second, for everybody who holds the role.")]
    Set(PutOptions),
    /// Remove a role that nobody holds
    #[command(after_help = "Example:\n  portcullis role remove --config bng.yaml field-tech")]
    Remove(Named),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis role list --config bng.yaml\n\n\
    With --json each line is a role, as `role show --json` prints it.")]
struct ListOptions {
    #[command(flatten)]
    file: ConfigFile,
    /// Print each as a line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis role show --config bng.yaml operator")]
struct ShowOptions {
    #[command(flatten)]
    named: Named,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PutOptions {
    #[command(flatten)]
    named: Named,
    /// A right, area:action; * stands for either half. May be given several times
    #[arg(long = "right", value_name = "RIGHT", required = true, value_parser = RightPattern::parse)]
    rights: Vec<RightPattern>,
}

/// Which role.
#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    file: ConfigFile,
    /// The role
    #[arg(value_parser = RoleName::parse)]
    name: RoleName,
}

/// Does what `portcullis role` is told.
pub(super) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::List(options) => list(options),
        Command::Show(options) => show(options),
        Command::Add(options) => add(options),
        Command::Set(options) => set(options),
        Command::Remove(named) => remove(named),
    }
}

fn list(options: &ListOptions) -> Outcome {
    let roles = look(&options.file, async |policy, _| Ok(roles(policy)))?;
    if options.json {
        say_json(roles.iter().map(|(role, from)| as_json(role, from)))?;
    } else {
        let row = |(role, from): &(Role, &str)| [role.name.to_string(), (*from).to_owned(), rights(role)];
        Table::under(["ROLE", "FROM", "RIGHTS"]).say(roles.iter().map(row))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(ShowOptions { named, json }: &ShowOptions) -> Outcome {
    let all = look(&named.file, async |policy, _| Ok(roles(policy)))?;
    let known = all.iter().find(|(role, _)| role.name == named.name);
    let (role, from) = known.ok_or_else(|| refused(AdminError::NotFound, &named.called()))?;
    if *json {
        say(&as_json(role, from).to_string())?;
    } else {
        let rows = [["role", role.name.as_str()], ["from", from], ["rights", &rights(role)]];
        say_lines(&columns(&rows.map(|row| row.map(str::to_owned))))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn add(options: &PutOptions) -> Outcome {
    if options.named.name.as_str().ends_with('.') {
        let why = "a role name must not end in a dot, since no path may";
        return Err(Failure::Wrong(anyhow!(why)));
    }
    let role = options.role();
    change(&options.named.file, async |administration| {
        administration.roles().add(&editor(), &role).await.map_err(|error| refused(error, ""))
    })?;
    say(&format!("added {}: {}", role.name, rights(&role)))?;
    Ok(ExitCode::SUCCESS)
}

fn set(options: &PutOptions) -> Outcome {
    let role = options.role();
    change(&options.named.file, async |administration| {
        let replaced = administration.roles().replace(&editor(), &role).await;
        replaced.map_err(|error| refused(error, &options.named.called()))
    })?;
    say(&format!("{}: {}", role.name, rights(&role)))?;
    Ok(ExitCode::SUCCESS)
}

fn remove(named: &Named) -> Outcome {
    change(&named.file, async |administration| {
        let removed = administration.roles().remove(&editor(), &named.name).await;
        removed.map_err(|error| refused(error, &named.called()))
    })?;
    say(&format!("removed {}", named.name))?;
    Ok(ExitCode::SUCCESS)
}

impl Named {
    /// How it is called where it is missing.
    fn called(&self) -> String {
        format!("role `{}`", self.name)
    }
}

impl PutOptions {
    /// The role, with each right once.
    fn role(&self) -> Role {
        let mut rights: Vec<RightPattern> = vec![];
        for right in &self.rights {
            if !rights.contains(right) {
                rights.push(right.clone());
            }
        }
        Role { name: self.named.name.clone(), rights }
    }
}

/// All roles in the order of their names, and where they are defined.
fn roles(policy: &Policy) -> Vec<(Role, &'static str)> {
    let book = policy.roles();
    let from = |name: &RoleName| match policy.fixed_roles().get(name) {
        Some(_) if is_built_in(name) => "built in",
        Some(_) => "configuration",
        None => "store",
    };
    let mut roles: Vec<_> =
        book.names().filter_map(|name| Some((Role::clone(book.get(name)?), from(name)))).collect();
    roles.sort_unstable_by(|(one, _), (other, _)| one.name.key().cmp(other.name.key()));
    roles
}

fn rights(role: &Role) -> String {
    let rights: Vec<_> = role.rights.iter().map(RightPattern::as_str).collect();
    if rights.is_empty() { "-".to_owned() } else { rights.join(", ") }
}

fn as_json(role: &Role, from: &str) -> Value {
    let rights: Vec<_> = role.rights.iter().map(RightPattern::as_str).collect();
    json!({ "name": role.name.as_str(), "rights": rights, "from": from })
}
