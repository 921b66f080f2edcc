//! The key ring: pairs of keys that sign tokens, kept in the state directory, and changed without logging anybody out.
//!
//! `keys/` there has one file for each private key, and `ring.json`, which says when each is used and is swapped as a whole.
//! The key of the audit is there too, on a list of its own.
//! Everybody who uses the ring looks at that file again and again, so that the server finds what a command beside it did.

mod audit;
mod chain;
mod error;
mod folder;
mod live;
mod manifest;
mod survey;

use std::time::Duration;

use portcullis_crypto::keys::KeyAlgorithm;

pub(crate) use audit::{AuditEntry, PUBLIC as AUDIT_PUBLIC_KEY};
pub(crate) use chain::{Entry, Phase};
pub(crate) use folder::KeyFolder;
pub(crate) use live::{LiveKeys, Tell};
pub(crate) use survey::Survey;

use crate::config::Config;

#[cfg(test)]
mod live_tests;

/// How long a key is told of before it signs: as long as others may keep the list of keys, and a minute for those who are
/// slow. Whoever verifies tokens knows the key before he sees the first token of it.
pub(crate) const GRACE: Duration = Duration::from_mins(6);

/// What of the configuration the ring goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signing {
    /// The algorithm that signs; none if the shared secret does.
    pub(crate) algorithm: Option<KeyAlgorithm>,
    /// How old a key becomes before the next is made.
    pub(crate) rotate: Option<Duration>,
    /// How long a token lasts.
    pub(crate) ttl: Duration,
}

impl From<&Config> for Signing {
    fn from(config: &Config) -> Self {
        Self { algorithm: config.keys.algorithm, rotate: config.keys.rotate, ttl: config.longest_token() }
    }
}
