//! Traefik and Caddy, which ask the gate about each request: what the gate takes for its answer counts too.

use anyhow::Context as _;

use super::gate::GATE_BESIDE;
use super::{Contestant, Server, Stand};
use crate::bench::process::Cores;

pub(in super::super) const TRAEFIK: Contestant =
    Contestant { name: "traefik forwardAuth", program: Some("traefik"), tls: false, start: traefik };

pub(in super::super) const CADDY: Contestant =
    Contestant { name: "caddy forward_auth", program: Some("caddy"), tls: false, start: caddy };

const TRAEFIK_STATIC: &str = r#"global: {checkNewVersion: false, sendAnonymousUsage: false}
log: {level: ERROR}
entryPoints: {web: {address: "{address}"}}
providers: {file: {filename: "{folder}/dynamic.yaml"}}
"#;

const TRAEFIK_DYNAMIC: &str = r#"http:
  routers:
    all: {rule: "PathPrefix(`/`)", middlewares: [portcullis], service: behind}
  middlewares:
    portcullis:
      forwardAuth:
        address: "http://{gate}/api/v1/auth/verify"
        authResponseHeaders: [X-Auth-User, X-Auth-Roles, X-Auth-Realms, X-Auth-Session]
  services:
    behind: {loadBalancer: {servers: [{url: "http://{upstream}"}]}}
"#;

const CADDYFILE: &str = r"{
    admin off
    auto_https off
    persist_config off
}
http://127.0.0.1:{port} {
    bind 127.0.0.1
    route {
        forward_auth {gate} {
            uri /api/v1/auth/verify
            copy_headers X-Auth-User X-Auth-Roles X-Auth-Realms X-Auth-Session
        }
        reverse_proxy {upstream}
    }
}
";

fn traefik(stand: &Stand<'_>) -> anyhow::Result<Server> {
    let gate = verifier(stand)?;
    stand.write("dynamic.yaml", &TRAEFIK_DYNAMIC.replace("{gate}", &gate.address.to_string()))?;
    let file = stand.write("traefik.yaml", TRAEFIK_STATIC)?;
    let mut command = stand.command();
    command.arg(format!("--configFile={}", file.display())).env("GOMAXPROCS", "1");
    Ok(stand.run(command)?.asking(gate))
}

fn caddy(stand: &Stand<'_>) -> anyhow::Result<Server> {
    let gate = verifier(stand)?;
    let file = stand.write("Caddyfile", &CADDYFILE.replace("{gate}", &gate.address.to_string()))?;
    let mut command = stand.command();
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    command.env("GOMAXPROCS", "1").env("HOME", &stand.folder).env("XDG_DATA_HOME", &stand.folder);
    Ok(stand.run(command)?.asking(gate))
}

/// A gate that they can ask, on the same core.
fn verifier(stand: &Stand<'_>) -> anyhow::Result<Server> {
    let gate = stand.site.start(&GATE_BESIDE, Cores::First)?;
    gate.context("there is no gate")
}

impl Server {
    /// With somebody else's processes, which then count as its own.
    fn asking(mut self, other: Self) -> Self {
        self.processes.extend(other.processes);
        self
    }
}
