//! Why an upstream gave no answer that could be passed on.

use portcullis_guard::BoxError;

use crate::connector::ConnectError;
use crate::http1::failed::{Broken, Failed};

/// What the upstream was too slow with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Taking a connection.
    Connect,
    /// Beginning its answer.
    ResponseHead,
}

/// Why an upstream gave no answer that could be passed on.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// 400: HTTP/1.1 can't carry this target as it stands, and it must not be changed.
    #[error("the request target can't be sent as it stands")]
    Target,
    /// 400: the client's body broke off, or was none, or its session ended before all of it was sent. Most often there is no
    /// client left to read the answer.
    #[error("the body of the request broke off")]
    RequestBody(#[source] BoxError),
    /// 502: it takes no connection, or dropped the one it had before it answered.
    #[error("the upstream is unavailable")]
    Unavailable(#[source] BoxError),
    /// 502: what it answered is no HTTP/1.1, or not an answer to what was asked.
    #[error("the upstream's answer is malformed")]
    Malformed(#[source] BoxError),
    /// 504.
    #[error("the upstream timed out in phase {0:?}")]
    TimedOut(Phase),
}

impl GatewayError {
    /// What an exchange failed of.
    pub(crate) fn of_exchange(failed: Failed) -> Self {
        match failed {
            Failed::Body(error) => Self::RequestBody(error),
            Failed::Malformed(error) => Self::Malformed(error.into()),
            Failed::Unsent(error) | Failed::Broken(error) => Self::Unavailable(error.into()),
        }
    }

    /// Whether the connection broke before an answer came. Of one that was used before that says nothing about the upstream:
    /// it may have closed it, idle as it was, at the very moment when it was used again.
    pub(crate) fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Unavailable(source) if source.is::<Broken>())
    }

    pub(crate) fn malformed(what: &'static str) -> Self {
        Self::Malformed(what.into())
    }
}

impl From<ConnectError> for GatewayError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::TimedOut => Self::TimedOut(Phase::Connect),
            ConnectError::Failed(_) => Self::Unavailable(error.into()),
        }
    }
}
