//! The command line: what is asked, and with which exit status it ends.

mod administration;
mod audit;
mod check;
mod client;
mod completions;
mod demo;
mod doctor;
mod explain;
mod grants;
mod hash_password;
mod keys;
mod output;
mod paging;
mod password_input;
mod plan;
mod role;
mod serve;
mod session;
mod terminal;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use portcullis_guard::cause::with_causes;

use crate::failure::Failure;

/// The front door for network-management REST APIs: logs people and robots in, decides who may do what in which realm,
/// and hands on only what passed.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 done, 1 failed (explain: refused), 2 wrong use or wrong configuration.\n\
    Results go to standard output, everything else to standard error."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the gate before the upstream
    Serve(ConfigFile),
    /// Try it out: a simulated BNG behind the gate, on this machine only
    Demo(demo::Options),
    /// Read the configuration, the secret and the certificate, and say everything that is wrong with them
    Check(check::Options),
    /// Make the bcrypt hash of a password, for `password_hash` in the configuration
    HashPassword(hash_password::Options),
    /// Say whether a request of a user would be let through, and why
    Explain(explain::Options),
    /// Compare two configurations: who may now do what, and who no longer
    Plan(plan::Options),
    /// Look for what makes an installation unsafe, and say how to mend it
    Doctor(doctor::Options),
    /// Manage the users of a database, while the server runs
    User(user::Options),
    /// Manage the roles of a database, while the server runs
    Role(role::Options),
    /// Manage the clients of a database, the machines that get tokens, while the server runs
    Client(client::Options),
    /// See who is logged in, and end sessions, while the server runs
    Session(session::Options),
    /// See what happened, and verify that a copy of it is as it was written
    Audit(audit::Options),
    /// See the keys that sign tokens, and change them, while the server runs
    Keys(keys::Options),
    /// Make a token without a login, on the box, in an emergency; leaves a record
    Token(token::Options),
    /// Print the completions of a shell
    Completions(completions::Options),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man(completions::ManOptions),
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
struct ConfigFile {
    /// The configuration: the BNG's YAML file with the section `api`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// What a command ends with when nothing failed.
type Outcome = Result<ExitCode, Failure>;

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    let outcome = match command {
        Command::Serve(file) => serve::run(&file.config),
        Command::Demo(options) => demo::run(&options),
        Command::Check(options) => check::run(&options),
        Command::HashPassword(options) => hash_password::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Plan(options) => plan::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::User(options) => user::run(&options),
        Command::Role(options) => role::run(&options),
        Command::Client(options) => client::run(&options),
        Command::Session(options) => session::run(&options),
        Command::Audit(options) => audit::run(&options),
        Command::Keys(options) => keys::run(&options),
        Command::Token(options) => token::run(&options),
        Command::Completions(options) => completions::run(&options, CommandLine::command()),
        Command::Man(options) => completions::man(&options, CommandLine::command()),
    };
    match outcome {
        Ok(code) => code,
        Err(Failure::Failed(error)) => ended(&error, 1),
        Err(Failure::Wrong(error)) => ended(&error, 2),
    }
}

fn ended(error: &anyhow::Error, status: u8) -> ExitCode {
    output::remark(&with_causes(error.as_ref()));
    ExitCode::from(status)
}
