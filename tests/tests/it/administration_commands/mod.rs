//! `portcullis user`, `role`, `client`, `session` and `audit`, beside a running gate whose users are in a database.

mod audit;
mod clients;
mod first_admin;
mod import;
mod lists;
mod roles;
mod sessions;
mod users;
mod yaml_users;

use std::fs;
use std::path::Path;
use std::time::Duration;

use portcullis_tests::ask::Ask;
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::gate::Gate;
use portcullis_tests::patience::until_told;
use portcullis_tests::setup::Setup;
use tokio::time::Instant;

/// An acceptable password that nobody has.
const NEW_PASSWORD: &str = "gX3-pT9-kw7-qZ1";

/// How soon a change by another process is in force: a second, and another one for a machine that is busy.
const SOON: Duration = Duration::from_secs(2);

/// A gate, and whoever sits before the machine that it runs on.
struct Office {
    gate: Gate,
}

impl Office {
    /// With everybody of the cast in the database.
    async fn open() -> Self {
        Self::open_with(Setup::new()).await
    }

    async fn open_with(setup: Setup) -> Self {
        let everybody = format!("api:\n{}\n", setup.users_yaml().join("\n"));
        let office = Self { gate: setup.in_database().start().await };
        let imported = office.import(&everybody, &[]);
        assert_eq!(imported.status, 0, "{imported:?}");
        office
    }

    /// Runs `portcullis` with these arguments, on this gate's configuration.
    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// The same, with something on standard input.
    fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        run(&self.gate.file(), arguments, input)
    }

    /// Runs what must succeed without a remark, and gives what it printed.
    fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{arguments:?}: {ended:?}");
        ended.output
    }

    /// Runs what must be refused in these words.
    fn refused(&self, arguments: &[&str], words: &str) {
        refused(&self.run(arguments), words);
    }

    /// Adds a user.
    fn add(&self, name: &str, role: &str, password: &str) -> Ended {
        self.run_with(&["user", "add", name, "--role", role, "--password-stdin"], password)
    }

    /// Imports a file of this text.
    fn import(&self, text: &str, more: &[&str]) -> Ended {
        let file = self.gate.file().with_file_name("import");
        fs::write(&file, text).unwrap();
        self.run(&[&["user", "import", file.to_str().unwrap()], more].concat())
    }

    async fn status(&self, ask: Ask) -> u16 {
        self.gate.send(ask).await.status
    }

    /// Whether a login is answered with a token.
    async fn can_log_in(&self, name: &str, password: &str) -> bool {
        self.status(Ask::login(name, password)).await == 200
    }

    async fn is_alive(&self, token: &str) -> bool {
        self.status(Ask::get("/api/v1/auth/me").bearer(token)).await == 200
    }

    /// Waits until a request is answered with this status, which must be soon.
    async fn soon(&self, ask: Ask, status: u16) {
        let begin = Instant::now();
        until_told("a change being in force", async || self.status(ask.clone()).await == status).await;
        assert!(begin.elapsed() < SOON, "in force after {:?}", begin.elapsed());
    }

    /// Waits until a token is refused, which must be soon.
    async fn soon_dead(&self, token: &str) {
        self.soon(Ask::get("/api/v1/auth/me").bearer(token), 401).await;
    }
}

fn run(file: &Path, arguments: &[&str], input: &str) -> Ended {
    let arguments = [arguments, &["--config", file.to_str().unwrap()]].concat();
    Portcullis::with(&arguments).within(file.parent().unwrap()).input(input).run()
}

/// It has failed, has said exactly this, and has printed nothing.
fn refused(ended: &Ended, words: &str) {
    let said = format!("portcullis: {words}\n");
    assert_eq!((ended.status, ended.output.as_str(), ended.error.as_str()), (1, "", said.as_str()));
}

/// It was not used as it must be.
fn wrong_use(ended: &Ended, part: &str) {
    assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{ended:?}");
    assert!(ended.error.contains(part), "{part}: {}", ended.error);
}

#[test]
fn every_command_has_a_help_with_an_example() {
    for (command, subcommands) in [
        ("user", "add list show grant revoke activate deactivate passwd remove import export"),
        ("role", "list show add set remove"),
        ("client", "add list show remove"),
        ("session", "list end"),
        ("audit", "list export verify prune"),
    ] {
        let help = Portcullis::with(&[command, "--help"]).run();
        assert!(help.status == 0 && help.error.is_empty(), "{help:?}");
        for subcommand in subcommands.split(' ') {
            assert!(help.output.contains(&format!("\n  {subcommand} ")), "{subcommand}: {}", help.output);
            let help = Portcullis::with(&[command, subcommand, "--help"]).run();
            let usage = format!("Usage: portcullis {command} {subcommand}");
            assert!(help.status == 0 && help.output.contains(&usage), "{help:?}");
            let example = format!("portcullis {command} {subcommand} --");
            let examples = help.output.split("Example").nth(1).unwrap_or_default();
            assert!(examples.contains(&example), "{command} {subcommand}: {}", help.output);
        }
    }
}
