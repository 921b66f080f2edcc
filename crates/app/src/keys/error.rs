//! What can be wrong with the key ring. Each message is one line, complete by itself and made for the operator's eyes; none
//! quotes a key.

use std::io;
use std::path::{Path, PathBuf};

use portcullis_crypto::keys::TokenKeyError;
use portcullis_crypto::signing::KeyError;

use crate::failure::Failure;
use crate::tls::reason;

/// Why the ring can't be used, or not be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeysError {
    /// A file or the folder can't be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// A file or the folder can't be written.
    #[error("cannot write {}: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    /// The folder is somebody else's: what was written there, its owner could not read.
    #[error(
        "{} belongs to the user with the number {owner}; do this as that user, with: sudo -u '#{owner}' portcullis …",
        path.display()
    )]
    OthersFolder { path: PathBuf, owner: u32 },
    /// Others can read a private key.
    #[error("the key {0} is accessible to others than its owner (mode {mode:04o}); run: chmod 600 {0}", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    /// A private key was put there by somebody else.
    #[error("the key {} belongs to the user with the number {owner}, and not to the one that uses it", path.display())]
    OthersKey { path: PathBuf, owner: u32 },
    /// It is no key that can be used.
    #[error("the key {} can't be used: {fault}", path.display())]
    Unusable { path: PathBuf, fault: TokenKeyError },
    /// It is no key that can be used for the audit.
    #[error("the audit's key {} can't be used: {fault}", path.display())]
    UnusableForAudit { path: PathBuf, fault: KeyError },
    /// It is a good key, and another one.
    #[error("{} holds another key than the one of its name", path.display())]
    Another { path: PathBuf },
    /// The list of keys can't be understood.
    #[error("{} is no list of keys for its purpose: {reason}", path.display())]
    Manifest { path: PathBuf, reason: String },
    /// There are too many.
    #[error("there are {0} keys already; wait until some of them have verified their last tokens")]
    TooMany(usize),
}

impl KeysError {
    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Unreadable { path, reason: reason(&error) }
    }

    pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Unwritable { path, reason: reason(&error) }
    }

    pub(super) fn unusable(path: &Path) -> impl FnOnce(TokenKeyError) -> Self {
        let path = path.to_owned();
        move |fault| Self::Unusable { path, fault }
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Unreadable { .. } | KeysError::Unwritable { .. } | KeysError::TooMany(_) => {
                Self::failed(error)
            }
            _ => Self::wrong(error),
        }
    }
}
