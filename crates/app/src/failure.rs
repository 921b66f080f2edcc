//! How a command ends that did not do what was asked.

use anyhow::anyhow;

use crate::config::ConfigError;
use crate::listener::ListenError;
use crate::secret::SecretError;
use crate::tls::TlsError;

/// Why a command did not do what was asked, and so its exit status.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It could not be done: exit status 1.
    Failed(anyhow::Error),
    /// Wrong use or wrong configuration: exit status 2.
    Wrong(anyhow::Error),
}

impl Failure {
    /// It could not be done.
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self::Failed(error.into())
    }

    /// It was not to be done.
    pub(crate) fn wrong(error: impl Into<anyhow::Error>) -> Self {
        Self::Wrong(error.into())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Wrong(anyhow!("the configuration can't be used\n{error}"))
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Self::wrong(error)
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Unwritable { .. } | TlsError::Setup { .. } => Self::failed(error),
            _ => Self::wrong(error),
        }
    }
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Self {
        match error {
            bind @ ListenError::Bind { .. } => Self::failed(bind),
            ListenError::Tls(tls) => tls.into(),
        }
    }
}
