//! The programs that are not ours: to measure with, and to compare with. Each is looked for among those that `--install`
//! fetched and those of the machine.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::fetch;

/// A program that the benchmark can use.
struct Known {
    name: &'static str,
    /// What it says its version to.
    version: &'static str,
    /// What is missed without it.
    without: &'static str,
}

const KNOWN: &[Known] = &[
    Known { name: "wrk", version: "-v", without: "nothing is measured under load" },
    Known { name: "taskset", version: "-V", without: "servers and load share their cores" },
    Known { name: "setpriv", version: "-V", without: "what runs stays if the benchmark is killed" },
    Known { name: "openssl", version: "version", without: "nothing is measured with TLS" },
    Known { name: "nginx", version: "-v", without: "no comparison with it, and a slower upstream" },
    Known { name: "haproxy", version: "-v", without: "no comparison with it" },
    Known { name: "envoy", version: "--version", without: "no comparison with it" },
    Known { name: "traefik", version: "version", without: "no comparison with it" },
    Known { name: "caddy", version: "version", without: "no comparison with it" },
    Known { name: "uvicorn", version: "--version", without: "no comparison with FastAPI" },
];

/// A program that is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) path: PathBuf,
    pub(super) version: String,
}

/// Those that are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Programs(Vec<Program>);

impl Programs {
    /// Looks for all of them. `target` is the folder of what is built.
    pub(super) fn look(target: &Path) -> Self {
        let places = places(target);
        Self(KNOWN.iter().filter_map(|known| find(known, &places)).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Program> {
        self.0.iter().find(|program| program.name == name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// What is missed, one sentence for each program that is not here.
    pub(super) fn missing(&self) -> impl Iterator<Item = String> {
        let absent = KNOWN.iter().filter(|known| !self.has(known.name));
        absent.map(|Known { name, without, .. }| format!("{name} is not installed: {without}"))
    }

    /// All of them with their versions.
    pub(super) fn versions(&self) -> String {
        let each = self.0.iter().map(|Program { name, version, .. }| format!("{name} {version}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// The folder of what `--install` fetched.
pub(crate) fn shelf(target: &Path) -> PathBuf {
    target.join("bench-programs")
}

/// Where programs may be, besides those that are found by their name alone.
fn places(target: &Path) -> [PathBuf; 3] {
    // What the proxies' documented configurations are tried with serves as well.
    [shelf(target).join("bin"), target.join("interop-programs/bin"), PathBuf::from("/usr/sbin")]
}

fn find(known: &Known, places: &[PathBuf]) -> Option<Program> {
    let Known { name, version, .. } = *known;
    let paths = places.iter().map(|place| place.join(name)).chain([PathBuf::from(name)]);
    paths.into_iter().find_map(|path| {
        let version = fetch::version(&path, &[version])?;
        Some(Program { name, path, version })
    })
}

/// Programs of these names, for tests.
#[cfg(test)]
pub(super) fn fake(names: &[&str]) -> Programs {
    let known = KNOWN.iter().filter(|known| names.contains(&known.name));
    Programs(
        known
            .map(|Known { name, .. }| Program { name, path: (*name).into(), version: "1.2".into() })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_what_that_means() {
        let missing: Vec<_> = fake(&["wrk", "nginx"]).missing().collect();
        assert!(
            missing.contains(&"uvicorn is not installed: no comparison with FastAPI".to_owned()),
            "{missing:?}"
        );
        assert!(
            !missing.iter().any(|said| said.starts_with("wrk") || said.starts_with("nginx")),
            "{missing:?}"
        );
    }
}
