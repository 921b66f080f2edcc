//! Why an exchange failed.

use std::io;

use portcullis_guard::BoxError;

use super::Malformed;

/// Why an exchange failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The connection broke before anything was sent on it.
    Unsent(Broken),
    /// The connection broke.
    Broken(Broken),
    /// The body that was to be sent broke off.
    Body(BoxError),
    /// What came is no answer.
    Malformed(Malformed),
}

/// The connection broke before an answer came.
#[derive(Debug, thiserror::Error)]
#[error("the connection broke before an answer came")]
pub(crate) struct Broken(#[source] pub(crate) io::Error);

impl Failed {
    pub(crate) fn broken(error: io::Error) -> Self {
        Self::Broken(Broken(error))
    }
}

impl From<Malformed> for Failed {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
