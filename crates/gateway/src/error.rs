//! Why an upstream gave no answer that could be passed on.

use std::error::Error;

use hyper_util::client::legacy;
use portcullis_guard::BoxError;

use crate::connector::ConnectError;

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
    /// 400: the client's body broke off, or was none. Most often there is no client left to read the answer.
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
    pub(crate) fn of_exchange(error: legacy::Error) -> Self {
        let source = error.source();
        let connect = source.and_then(|source| source.downcast_ref::<ConnectError>());
        if matches!(connect, Some(ConnectError::TimedOut)) {
            return Self::TimedOut(Phase::Connect);
        }
        match source.and_then(|source| source.downcast_ref::<hyper::Error>()) {
            // The one thing of ours that can fail in an exchange is the body that we send.
            Some(http) if http.is_user() => Self::RequestBody(error.into()),
            Some(http) if http.is_parse() => Self::Malformed(error.into()),
            _ => Self::Unavailable(error.into()),
        }
    }

    /// Whether the connection broke before an answer came, which says nothing about the upstream: it may have closed an
    /// idle one at the very moment when it was used again.
    pub(crate) fn is_broken_connection(&self) -> bool {
        let Self::Unavailable(source) = self else { return false };
        let exchange = source.downcast_ref::<legacy::Error>().and_then(Error::source);
        exchange.and_then(|source| source.downcast_ref::<hyper::Error>()).is_some()
    }

    pub(crate) fn malformed(what: &'static str) -> Self {
        Self::Malformed(what.into())
    }
}
