//! What a deployment on `SQLite` survives: each fault is brought about, and each has its assertions.
//!
//! While records can't be written, administrative changes and logins are refused, and soon; running tokens that need no
//! read go on, and so do forwarded calls; health and metrics say so; and when the fault is gone, it heals by itself.
//!
//! Each test has a short form and a long one. `cargo xtask faults` runs the long ones.

mod clock;
mod damaged;
mod disk;
mod killed;
mod last_admin;
mod locked;
mod moved;
mod reloads;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::gate::Gate;
use portcullis_tests::patience::until_told;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::{SECRET, with_claims};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

/// How soon whoever wants to write is told that he can't.
const SOON: Duration = Duration::from_secs(5);

const ME: &str = "/api/v1/auth/me";
const LOGOUT: &str = "/api/v1/auth/logout";
const USERS: &str = "/api/v1/auth/users";
const SESSIONS: &str = "/api/v1/auth/sessions";
const READ: &str = "/api/v1/subscribers";
const CALL: &str = "/api/v1/webhooks";

/// Whether the long forms are asked for.
fn is_long() -> bool {
    matches!(form().as_deref(), Some("long" | "long-as-allowed"))
}

/// Whether what this machine does not allow is a failure, as `cargo xtask faults` asks for. The test command runs on any
/// machine, and says what it could not do.
fn is_strict() -> bool {
    form().as_deref() == Some("long")
}

#[expect(clippy::disallowed_methods, reason = "how long the tests may take is said by their environment")]
fn form() -> Option<String> {
    std::env::var("PORTCULLIS_FAULTS").ok()
}

/// One of both, as the form is.
fn either<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// A gate with its users in a database and a BNG behind it, and the tokens of those who were there before the fault.
struct Site {
    gate: Gate,
    bng: Bng,
    admin: String,
    operator: String,
    /// Of somebody who has logged out before.
    gone: String,
    /// How many more have wanted to.
    leaving: AtomicU64,
}

impl Site {
    async fn open() -> Self {
        Self::open_with(|setup| setup).await
    }

    /// With another configuration.
    async fn open_with(change: impl FnOnce(Setup) -> Setup) -> Self {
        let bng = Bng::start().await;
        let gate = change(Setup::before(bng.address())).in_database().start().await;
        import(&gate);
        Self::before(gate, bng).await
    }

    /// With a gate that has its users already.
    async fn before(gate: Gate, bng: Bng) -> Self {
        let (admin, operator) = (gate.login(&ADMIN).await, gate.login(&OPERATOR).await);
        let gone = another(&operator, 0);
        let site = Self { gate, bng, admin, operator, gone, leaving: AtomicU64::new(0) };
        assert_eq!(site.status(Ask::post(LOGOUT).bearer(&site.gone)).await, 204);
        site.goes_on().await;
        site
    }

    fn database(&self) -> PathBuf {
        database(&self.gate)
    }

    async fn send(&self, ask: Ask) -> Answer {
        self.gate.send(ask).await
    }

    async fn status(&self, ask: Ask) -> u16 {
        self.send(ask).await.status
    }

    /// Refuses what would have to be written, and soon.
    async fn refuses_writes(&self) {
        let leaving = another(&self.operator, 1 + self.leaving.fetch_add(1, Ordering::Relaxed));
        let writes = [
            Ask::login(OPERATOR.name, OPERATOR.password),
            self.patch(),
            Ask::new("DELETE", &format!("{SESSIONS}?user=nobody")).bearer(&self.admin),
            Ask::post(LOGOUT).bearer(&leaving),
        ];
        let begin = Instant::now();
        let [login, patch, end, logout] = writes.map(|ask| {
            Box::pin(async move {
                let answer = self.send(ask.clone()).await;
                assert_eq!(answer.status, 503, "{ask:?}: {}", answer.text());
                assert!(begin.elapsed() < SOON, "{ask:?}: refused after {:?}", begin.elapsed());
            })
        });
        tokio::join!(login, patch, end, logout);
        // He is out here and now, though nobody can promise him that it lasts.
        assert_eq!(self.status(Ask::get(ME).bearer(&leaving)).await, 401);
    }

    /// A change of a user, which has not been made yet.
    fn patch(&self) -> Ask {
        let body = json!({ "grants": [{ "role": "viewer", "realm": "pop-syd" }] });
        Ask::new("PATCH", &format!("{USERS}/nobody")).json(&body).bearer(&self.admin)
    }

    /// Lets running tokens through, and whom they were taken from stay out.
    async fn goes_on(&self) {
        let begin = Instant::now();
        for token in [&self.admin, &self.operator] {
            assert_eq!(self.status(Ask::get(ME).bearer(token)).await, 200);
        }
        assert_eq!(self.status(Ask::get(READ).bearer(&self.operator)).await, 200);
        assert_eq!(self.status(Ask::get(ME).bearer(&self.gone)).await, 401);
        assert_eq!(self.status(Ask::post(CALL).bearer(&self.operator)).await, 403);
        assert!(begin.elapsed() < Duration::from_secs(2), "after {:?}", begin.elapsed());
    }

    /// Lets calls through that would change something behind it.
    async fn forwards_calls(&self) {
        assert_ne!(self.status(Ask::post(CALL).bearer(&self.admin)).await, 503);
        assert_eq!(self.bng.seen().last(), Some(&("POST".to_owned(), CALL.to_owned())));
    }

    /// Says that something is wrong.
    async fn is_loud(&self) {
        let health = self.send(Ask::get("/api/v1/health")).await.json();
        assert_eq!((&health["status"], &health["audit"]), (&json!("degraded"), &json!("failing")));
        assert!(self.says("portcullis_audit_failing 1").await);
    }

    /// Does all that it should while records can't be written.
    async fn is_degraded(&self) {
        self.refuses_writes().await;
        self.is_loud().await;
        self.goes_on().await;
        self.forwards_calls().await;
    }

    /// Is as before, after a while and by itself, and so is its database.
    async fn heals(&self) {
        self.recovers().await;
        self.is_whole().await;
    }

    /// Is as before, after a while and by itself; what was refused meanwhile has not happened.
    async fn recovers(&self) {
        let is_well =
            async || self.send(Ask::get("/api/v1/health")).await.json() == json!({ "status": "ok" });
        until_told("the gate being well", is_well).await;
        // What was read while it was broken may be remembered until the next write.
        let lets_in = async || self.status(Ask::login(OPERATOR.name, OPERATOR.password)).await == 200;
        until_told("the gate letting somebody in", lets_in).await;
        assert!(self.says("portcullis_audit_failing 0").await);
        self.goes_on().await;
        self.forwards_calls().await;
        assert_eq!(self.status(self.patch()).await, 200);
    }

    /// Has nothing in its database that does not fit together, and a chain of records without a fault.
    async fn is_whole(&self) {
        let mut connection = connected(&self.database()).await;
        let found: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
        assert_eq!(found, "ok");
        connection.close().await.unwrap();
        let folder = self.gate.file().parent().unwrap().to_owned();
        let file = folder.join("audit.jsonl");
        let exported = self.command(&["audit", "export"]);
        assert_eq!(exported.status, 0, "{exported:?}");
        std::fs::write(&file, exported.output).unwrap();
        let verified = self.command(&["audit", "verify", file.to_str().unwrap()]);
        assert_eq!((verified.status, verified.error.as_str()), (0, ""), "{verified:?}");
    }

    async fn says(&self, metric: &str) -> bool {
        self.send(Ask::get("/metrics")).await.text().lines().any(|line| line == metric)
    }

    /// Runs `portcullis` beside the gate.
    fn command(&self, arguments: &[&str]) -> Ended {
        command(&self.gate, arguments)
    }
}

/// A token of another session of the same user, which the gate has not seen yet: it is as good as any other.
fn another(token: &str, session: u64) -> String {
    with_claims(token, |claims| claims["sid"] = format!("{session:032x}").into())
}

fn database(gate: &Gate) -> PathBuf {
    gate.state_dir().join("users.db")
}

/// Somebody else who uses the database.
async fn connected(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

fn command(gate: &Gate, arguments: &[&str]) -> Ended {
    let file = gate.file().display().to_string();
    let arguments = [arguments, &["--config", &file]].concat();
    Portcullis::with(&arguments).within(gate.file().parent().unwrap()).run()
}

/// Takes everybody of the cast into the database.
fn import(gate: &Gate) {
    let people = gate.file().with_file_name("people.yaml");
    std::fs::write(&people, format!("api:\n{}\n", gate.setup().users_yaml().join("\n"))).unwrap();
    let imported = command(gate, &["user", "import", people.to_str().unwrap()]);
    assert_eq!(imported.status, 0, "{imported:?}");
}

/// A gate that does not start: what the attempt said. It would go on until it is killed if it did.
fn start_refused(folder: &Path) -> Ended {
    let file = folder.join("bng.yaml").display().to_string();
    let serve = Portcullis::with(&["serve", "--config", &file]).within(folder);
    serve.environment("ABNG_API_SECRET", SECRET).run()
}
