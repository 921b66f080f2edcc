//! What comes from around the process: its environment, its machine, the file that it was named.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, ConfigError, Surroundings};
use crate::failure::Failure;
use crate::inherited::Inherited;
use crate::secret::{SecretError, Secrets};

/// The number of cores.
pub(crate) fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// What a command waits with that talks to the database.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(Failure::failed)
}

/// The environment and the machine.
pub(crate) fn surroundings() -> Surroundings {
    Surroundings::new(std::env::vars_os(), cores().get())
}

/// The configuration, or everything that is wrong with it.
pub(crate) fn configuration(file: &Path) -> Result<Config, ConfigError> {
    Config::load(file, &surroundings())
}

/// The sockets that systemd has opened for us. Asked for once, and first of all.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is asked for sockets")]
pub(crate) fn inherited() -> Result<Inherited, Failure> {
    Inherited::take(&|name| std::env::var_os(name)).map_err(Failure::wrong)
}

/// The secrets, or why there are none.
#[expect(clippy::disallowed_methods, reason = "the one place where a secret is read from the environment")]
pub(crate) fn secrets() -> Result<Secrets, SecretError> {
    Secrets::read(&|name| -> Option<OsString> { std::env::var_os(name) })
}

/// The files that hold the secrets, as far as they are in files.
#[expect(clippy::disallowed_methods, reason = "the one place where a secret is read from the environment")]
pub(crate) fn secret_files() -> Vec<PathBuf> {
    Secrets::FILES.iter().filter_map(std::env::var_os).map(PathBuf::from).collect()
}
