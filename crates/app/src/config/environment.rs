//! What surrounds the process, beside the file: the environment and the machine. Passed in, so that one place alone asks.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use portcullis_store_yaml::document::{Fault, Faults, nearest, shown};

use super::keys::{SETTINGS, STRUCTURES};

/// What every variable of ours begins with.
const PREFIX: &str = "PORTCULLIS_";

/// The environment variables and what is known of the machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    variables: BTreeMap<OsString, OsString>,
    cores: usize,
}

impl Surroundings {
    /// Environment variables, and the number of processor cores.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>, cores: usize) -> Self {
        Self { variables: variables.into_iter().collect(), cores }
    }

    /// The number of processor cores, at least 1.
    pub(super) fn cores(&self) -> usize {
        self.cores.max(1)
    }

    /// The first folder of `STATE_DIRECTORY`, by which systemd names what belongs to a service.
    pub(super) fn state_directory(&self) -> Option<PathBuf> {
        let folders = self.variables.get(&OsString::from("STATE_DIRECTORY"))?;
        // A folder in it is separated by a colon from the next one, as the paths in `PATH` are.
        std::env::split_paths(folders).next().filter(|folder| !folder.as_os_str().is_empty())
    }

    /// The settings that the environment overrides, as text.
    pub(super) fn overrides(&self, faults: &mut Faults) -> Vec<(&'static str, String)> {
        let mut overrides = Vec::new();
        for key in SETTINGS {
            let name = variable(key);
            match self.variables.get(&OsString::from(&name)).map(|value| value.to_str()) {
                Some(Some(text)) => overrides.push((*key, text.to_owned())),
                Some(None) => faults.push(fault_of(&name, "is not UTF-8")),
                None => {}
            }
        }
        overrides
    }

    /// A warning for each variable that begins like ours and is none.
    pub(super) fn warnings(&self) -> Vec<String> {
        let settings: Vec<_> = SETTINGS.iter().map(|key| variable(key)).collect();
        let names = self.variables.keys().map(|name| name.to_string_lossy());
        let ours = names.filter(|name| starts_like_ours(name) && !settings.iter().any(|known| known == name));
        ours.map(|name| warning(&name)).collect()
    }
}

/// The environment variable that overrides a key: `PORTCULLIS_TOKEN__TTL` for `token.ttl`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "__"))
}

/// A fault of an environment variable.
pub(super) fn fault_of(variable: &str, message: impl Into<String>) -> Fault {
    Fault { at: None, key: variable.to_owned(), message: message.into() }
}

fn starts_like_ours(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn warning(name: &str) -> String {
    let rest = name.get(PREFIX.len()..).unwrap_or_default();
    let said = shown(name);
    if let Some(key) = STRUCTURES.iter().find(|key| key.eq_ignore_ascii_case(rest)) {
        return format!("{said} is ignored: `{key}` is given in the file only");
    }
    // Without the prefix, which all have in common and which would make all seem near.
    match nearest(rest, SETTINGS) {
        Some(key) => format!("{said} is not known and is ignored; did you mean {}?", variable(key)),
        None => format!("{said} is not known and is ignored"),
    }
}
