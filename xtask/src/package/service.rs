//! The unit's own command line, with what systemd would give it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context as _;

use super::root::Root;
use super::system::run;
use super::unit::Unit;
use crate::interop::process::Process;

/// Where the pages have the gate listen.
const GATE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

/// The folder of the credentials, `%d` in a unit.
const CREDENTIALS: &str = "/run/credentials/portcullis.service";

/// Starts the unit that is installed, as its user, and waits until it listens.
pub(super) fn start(root: &Root) -> anyhow::Result<Process> {
    let unit = Unit::installed(root.folder())?;
    let user = unit.value("User")?;
    let (state, mode) = (unit.value("StateDirectory")?, unit.value("StateDirectoryMode")?);
    root.shell(&format!("install -d -o {user} -g {user} -m {mode} /var/lib/{state}"))?;
    root.shell(&format!("install -d -o {user} -m 0700 {CREDENTIALS}"))?;
    for credential in unit.values("LoadCredential") {
        let (name, file) = credential.split_once(':').context("a credential without a file")?;
        root.shell(&format!("install -o {user} -m 0400 {file} {CREDENTIALS}/{name}"))?;
    }
    let environment = environment(root, &unit)?;
    let command = |line: &str| {
        let mut command = root.command(Some(user));
        command.args(["env", "-i"]).arg(format!("STATE_DIRECTORY=/var/lib/{state}")).args(&environment);
        command.args(line.split_whitespace());
        command
    };
    for line in unit.values("ExecStartPre") {
        run(&mut command(line), "the installation")?;
    }
    let mut process = Process::start("gate", command(unit.value("ExecStart")?), &root.folder().join("tmp"))?;
    process.listens(GATE)?;
    Ok(process)
}

/// The environment that the unit and its file give.
fn environment(root: &Root, unit: &Unit) -> anyhow::Result<Vec<String>> {
    let mut environment: Vec<String> =
        unit.values("Environment").iter().map(|value| value.replace("%d", CREDENTIALS)).collect();
    for file in unit.values("EnvironmentFile") {
        // After a minus, the file need not be there.
        let (file, may_be_missing) = file.strip_prefix('-').map_or((file, false), |file| (file, true));
        let path = root.folder().join(file.trim_start_matches('/'));
        if may_be_missing && !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("{file} is not there"))?;
        environment.extend(text.lines().map(str::to_owned));
    }
    Ok(environment)
}
