//! The gate's configuration, in the forms that it has by turns while it runs.

use std::net::SocketAddr;
use std::path::Path;

use super::stage::Kind;

/// How long a token lasts: short, so that what is kept of it as long as it is good does not add up.
pub(super) const TOKENS_LAST: &str = "30s";

/// What changes nothing but by being asked for: open by one turn, the admin's by the next.
pub(super) const TURN: &str = "/__echo/turn";

const COMMON: &str = r"api:
  enabled: true
  listen: 127.0.0.1
  port: {port}
  tls: {tls}
  upstream: http://{upstream}
  upstream_timeouts: {pool_idle: 5s}
  state_dir: {folder}/state
  user_store: sqlite:users.db
  trusted_proxies: [127.0.0.1]
";

const OPEN: &str = r#"  token: {ttl: {ttl}, refresh: true, algorithm: {algorithm}}
  routes:
    - {path: "/__echo/turn", methods: [GET], require: public}
    - {path: "/api/v1/**", methods: [GET], require: {role: [admin, operator]}}
    - {path: "/{probe}", methods: [GET], require: {role: [admin, operator]}}
"#;

const SHUT: &str = r#"  token: {ttl: {ttl}, refresh: true, algorithm: {algorithm}}
  upstream_openapi: /openapi.json
  routes:
    - {path: "/{probe}", methods: [GET], require: {role: [admin, operator]}}
    - {path: "/api/v1/**", methods: [GET], require: {role: [operator, admin]}}
    - {path: "/__echo/turn", methods: [GET], require: {role: admin}}
"#;

/// What is the same in all of them.
#[derive(Debug)]
pub(super) struct Configuration {
    common: String,
    algorithm: &'static str,
}

/// What a configuration is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Good: [`TURN`] is public.
    Open,
    /// Good: [`TURN`] is the admin's.
    Shut,
    /// It has a fault, and would open [`TURN`] if it counted.
    Broken(Fault),
    /// There is no file.
    Gone,
}

/// Faults of each of the stages of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Cut,
    UnknownKey,
    UnknownRole,
}

impl Configuration {
    pub(super) fn new(address: SocketAddr, kind: &Kind, upstream: SocketAddr, folder: &Path) -> Self {
        let common = COMMON
            .replace("{port}", &address.port().to_string())
            .replace("{tls}", if kind.tls { "on" } else { "off" })
            .replace("{upstream}", &upstream.to_string())
            .replace("{folder}", &folder.display().to_string());
        Self { common, algorithm: kind.algorithm }
    }

    /// The text of the file, if there is to be one.
    pub(super) fn text(&self, turn: Turn) -> Option<String> {
        let own = match turn {
            Turn::Open => OPEN.to_owned(),
            Turn::Shut => SHUT.to_owned(),
            Turn::Broken(Fault::Cut) => format!("{OPEN}    - {{path: \"/cut"),
            Turn::Broken(Fault::UnknownKey) => format!("{OPEN}  soaked: true\n"),
            Turn::Broken(Fault::UnknownRole) => {
                format!("{OPEN}    - {{path: \"/unknown\", require: {{role: nobody}}}}\n")
            }
            Turn::Gone => return None,
        };
        Some(format!(
            "{}{}",
            self.common,
            own.replace("{ttl}", TOKENS_LAST).replace("{algorithm}", self.algorithm)
        ))
    }
}

impl Turn {
    /// What has its turn when so many had theirs: every other one is good, and those are open and shut by turns.
    pub(super) fn number(number: usize) -> Self {
        const BAD: [Turn; 4] = [
            Turn::Broken(Fault::Cut),
            Turn::Broken(Fault::UnknownKey),
            Turn::Broken(Fault::UnknownRole),
            Turn::Gone,
        ];
        match number % 4 {
            0 => Self::Shut,
            2 => Self::Open,
            _ => BAD.get(number / 2 % BAD.len()).copied().unwrap_or(Self::Gone),
        }
    }

    pub(super) fn is_good(self) -> bool {
        matches!(self, Self::Open | Self::Shut)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::KINDS;
    use super::*;

    #[test]
    fn every_other_turn_is_good_and_every_fault_has_its_turn() {
        let turns: Vec<Turn> = (0..16).map(Turn::number).collect();
        assert_eq!(turns.iter().filter(|turn| turn.is_good()).count(), 8);
        assert!(turns.chunks(2).all(|pair| pair[0].is_good() && !pair[1].is_good()), "{turns:?}");
        for fault in [Fault::Cut, Fault::UnknownKey, Fault::UnknownRole] {
            assert!(turns.contains(&Turn::Broken(fault)), "{turns:?}");
        }
        assert!(turns.contains(&Turn::Gone));
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8443));
        let configuration = Configuration::new(address, &KINDS[1], address, Path::new("/folder"));
        for turn in [Turn::Open, Turn::Shut] {
            let text = configuration.text(turn).unwrap();
            assert!(text.contains("port: 8443\n  tls: on\n"), "{text}");
            assert!(text.contains("ttl: 30s, refresh: true, algorithm: HS256}"), "{text}");
            assert!(!text.contains("{ttl}") && !text.contains("{port}"), "{text}");
        }
        assert_eq!(configuration.text(Turn::Gone), None);
    }
}
