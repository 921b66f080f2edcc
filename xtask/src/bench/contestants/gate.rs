//! The gate, in all the ways that it is asked for.

use std::fmt::Write as _;
use std::thread::available_parallelism;

use super::{Contestant, HEALTH, Server, Stand};
use crate::bench::process::Cores;
use crate::bench::site::{PASSWORD, SECRET, USER};
use crate::interop::stage::output;

/// As most use it, but without TLS.
pub(in super::super) const GATE: Contestant =
    Contestant { name: "portcullis", program: None, tls: false, start: |stand| start(stand, &USUAL) };

pub(in super::super) const GATE_TLS: Contestant =
    Contestant { name: "portcullis", program: None, tls: true, start: |stand| start(stand, &USUAL) };

pub(in super::super) const GATE_EDDSA: Contestant = Contestant {
    name: "portcullis EdDSA",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { algorithm: "EdDSA", ..USUAL }),
};

pub(in super::super) const GATE_ES256: Contestant = Contestant {
    name: "portcullis ES256",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { algorithm: "ES256", ..USUAL }),
};

pub(in super::super) const GATE_ROUTES: Contestant = Contestant {
    name: "portcullis 10 routes",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { routes: Some(10), ..USUAL }),
};

pub(in super::super) const GATE_MANY_ROUTES: Contestant = Contestant {
    name: "portcullis 10,000 routes",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { routes: Some(10_000), ..USUAL }),
};

/// As many as a file can hold, which may be 1 MiB.
pub(in super::super) const GATE_MANY_USERS: Contestant = Contestant {
    name: "portcullis 8,000 users",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { users: Users::InTheFile(8_000), ..USUAL }),
};

/// Users in a database, and a client that may ask about tokens.
pub(in super::super) const GATE_SQLITE: Contestant = Contestant {
    name: "portcullis SQLite",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { users: Users::InSqlite, ..USUAL }),
};

/// One that other proxies ask, and believe.
pub(in super::super) const GATE_BESIDE: Contestant = Contestant {
    name: "portcullis",
    program: None,
    tls: false,
    start: |stand| start(stand, &Setup { believes: true, ..USUAL }),
};

/// What the client that asks about tokens shows: its id and secret, for HTTP Basic.
pub(in super::super) const CLIENT_BASIC: &str =
    "Basic YmVuY2g6dGhlLXNlY3JldC1vZi10aGUtY2xpZW50LW9mLXRoZS1iZW5jaG1hcms=";

const CLIENT: &str = "
  clients:
    - client_id: bench
      secret_sha256: {client_sha256}
      grants: [{role: operator}]
";
const CLIENT_SHA256: &str = "14f20bc9f387d6c77f8abfd14be810554152ad512697a00f4c57cb5973b8e7f3";

const CONFIGURATION: &str = r#"api:
  enabled: true
  listen: {ip}
  port: {port}
  state_dir: {folder}/state
  upstream: http://{upstream}
  workers: {workers}
  token: {ttl: 12h, algorithm: {algorithm}}
  throttle: {never_limit: ["127.0.0.0/8"]}
"#;

/// How a gate is set up.
struct Setup {
    algorithm: &'static str,
    users: Users,
    /// So many routes in the place of the built-in ones.
    routes: Option<usize>,
    /// Whether it believes what proxies on this machine tell it.
    believes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Users {
    /// So many.
    InTheFile(usize),
    InSqlite,
}

const USUAL: Setup = Setup { algorithm: "HS256", users: Users::InTheFile(2), routes: None, believes: false };

fn start(stand: &Stand<'_>, setup: &Setup) -> anyhow::Result<Server> {
    let file = stand.write("gate.yaml", &configuration(stand, setup))?;
    let with_file = |words: &[&str]| {
        let mut command = stand.command();
        command.env_clear().env("ABNG_API_SECRET", SECRET).args(words).arg("--config").arg(&file);
        command
    };
    if setup.users == Users::InSqlite {
        let mut add = with_file(&["user", "add"]);
        add.args([USER, "--first-admin", "--password-stdin"]);
        output(add, PASSWORD)?;
    }
    let mut server = stand.run_until(with_file(&["serve"]), HEALTH)?;
    if setup.algorithm != USUAL.algorithm || setup.users == Users::InSqlite {
        server.token = server.log_in()?;
    }
    Ok(server)
}

fn configuration(stand: &Stand<'_>, setup: &Setup) -> String {
    let workers = if stand.cores == Cores::All { available_parallelism().map_or(1, usize::from) } else { 1 };
    let mut text =
        CONFIGURATION.replace("{workers}", &workers.to_string()).replace("{algorithm}", setup.algorithm);
    text += if stand.who.tls { "  tls_cert: {certificate}\n  tls_key: {key}\n" } else { "  tls: off\n" };
    text += if setup.believes { "  trusted_proxies: [127.0.0.1/32]\n" } else { "" };
    text += &setup.users.section(&stand.site.hash);
    text += &setup.routes.map(routes).unwrap_or_default();
    text
}

impl Users {
    fn section(self, hash: &str) -> String {
        let Self::InTheFile(count) = self else {
            return format!(
                "  user_store: sqlite:users.db{}",
                CLIENT.replace("{client_sha256}", CLIENT_SHA256)
            );
        };
        let mut text = "  users:\n".to_owned();
        // Who asks stands behind all others.
        for number in 1..count {
            let _ = writeln!(
                text,
                r#"    - {{username: user-{number}, password_hash: "{hash}", role: operator}}"#
            );
        }
        let _ = writeln!(text, r#"    - {{username: {USER}, password_hash: "{hash}", role: operator}}"#);
        text
    }
}

/// So many routes that look alike, the one that is asked for behind all others.
fn routes(count: usize) -> String {
    let require = "methods: [GET], require: {role: operator}}";
    let mut text = "  routes:\n".to_owned();
    for number in 1..count {
        let _ = writeln!(text, r#"    - {{path: "/api/v1/area-{number}/{{id}}", {require}"#);
    }
    let _ = writeln!(text, r#"    - {{path: "/api/v1/subscribers", {require}"#);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_routes_as_are_asked_for_and_the_right_one_is_among_them() {
        let text = routes(10);
        assert_eq!(text.lines().count(), 11);
        assert!(
            text.ends_with(
                "    - {path: \"/api/v1/subscribers\", methods: [GET], require: {role: operator}}\n"
            )
        );
    }

    #[test]
    fn there_are_as_many_users_as_are_asked_for_and_who_asks_is_among_them() {
        let text = Users::InTheFile(2).section("$2b$");
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("username: user-1,") && text.contains("username: operator,"), "{text}");
    }
}
