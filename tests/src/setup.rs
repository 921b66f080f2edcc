//! The configuration that a gate is started with.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::cast::{EVERYBODY, Person};
use crate::gate::Gate;
use crate::sockets::Sockets;
use crate::token::SECRET;

/// A configuration in the making: plain HTTP on loopback, everybody of the cast, the secret of the tests, no upstream.
#[derive(Debug, Clone)]
pub struct Setup {
    users: Vec<Person>,
    keys: Vec<(String, String)>,
    pub(crate) tls: bool,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) wrapper: Vec<String>,
    pub(crate) sockets: Sockets,
}

impl Setup {
    /// What every test begins with.
    pub fn new() -> Self {
        Self {
            users: EVERYBODY.to_vec(),
            keys: vec![],
            tls: false,
            environment: vec![("ABNG_API_SECRET".to_owned(), SECRET.to_owned())],
            wrapper: vec![],
            sockets: Sockets::default(),
        }
    }

    /// With an upstream.
    pub fn before(upstream: SocketAddr) -> Self {
        Self::new().with("upstream", &format!("http://{upstream}"))
    }

    /// With TLS, and so with a certificate of the gate's own.
    #[must_use]
    pub fn tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// With these users in place of everybody.
    #[must_use]
    pub fn users(self, users: &[Person]) -> Self {
        Self { users: users.to_vec(), ..self }
    }

    /// With this value of a key below `api`, in YAML; it may go over several lines.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.keys.retain(|(known, _)| known != key);
        self.keys.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With this environment variable, or another value of it.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self = self.without_environment(name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without this environment variable.
    #[must_use]
    pub fn without_environment(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// With this command in front, which becomes the gate in the end.
    #[must_use]
    pub fn inside(self, wrapper: &[String]) -> Self {
        Self { wrapper: wrapper.to_vec(), ..self }
    }

    /// With sockets that somebody else has opened, as systemd hands them over.
    #[must_use]
    pub fn inheriting(self, sockets: Sockets) -> Self {
        Self { wrapper: sockets.wrapper(), sockets, ..self }
    }

    /// The text of the configuration file; `folder` is where the state goes.
    pub fn text(&self, folder: &Path) -> String {
        let state = folder.join("state");
        let usual = [
            ("enabled", "true".to_owned()),
            ("listen", "127.0.0.1".to_owned()),
            ("port", "0".to_owned()),
            ("tls", if self.tls { "on" } else { "off" }.to_owned()),
            ("state_dir", state.display().to_string()),
        ];
        let is_given = |key: &str| self.keys.iter().any(|(given, _)| given == key);
        let usual = usual.iter().filter(|(key, _)| !is_given(key)).map(|(key, value)| (*key, value.as_str()));
        let given = self.keys.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let head = ["# Other sections belong to other programs.", "subscribers: {pool: [1, 2]}", "api:"];
        let mut lines = head.map(str::to_owned).to_vec();
        lines.extend(
            usual.chain(given).map(|(key, value)| format!("  {key}: {}", value.replace('\n', "\n    "))),
        );
        // Users who are kept in a store come there in another way.
        if is_given("user_store") {
            return lines.join("\n") + "\n";
        }
        lines.extend(self.users_yaml());
        lines.join("\n") + "\n"
    }

    /// The users, as the section `api` has them.
    pub fn users_yaml(&self) -> Vec<String> {
        let mut lines = vec!["  users:".to_owned()];
        lines.extend(self.users.iter().map(|person| format!("    - {}", person.yaml())));
        if self.users.is_empty() {
            lines.push("    []".to_owned());
        }
        lines
    }

    /// With the users in a database, in the place of the file. It is made by whoever comes first, and has nobody in it.
    #[must_use]
    pub fn in_database(self) -> Self {
        self.with("user_store", "sqlite:users.db")
    }

    /// Starts a gate with this configuration, and waits until it listens.
    pub async fn start(self) -> Gate {
        Gate::start(self).await
    }

    /// The same, in a folder in which there may be something already.
    pub async fn start_in(self, folder: TempDir) -> Gate {
        Gate::start_in(Arc::new(folder), self).await
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}
