//! HTTP/1.1 with the upstream (RFC 9112), in the task of the request that it serves: what is asked is written by whoever
//! asks, and what is answered is read by whoever reads it.
//!
//! The forms of a message, [`head`], [`claims`], [`ending`] and [`chunked`], know no connection, so that anything can be tried on
//! them. What sends and reads by them is `sending` and `connection`.

pub mod chunked;
pub mod claims;
pub(crate) mod connection;
pub mod ending;
pub(crate) mod failed;
pub mod head;
pub(crate) mod request_head;
pub(crate) mod rest;
pub(crate) mod sending;

/// Why what an upstream sent is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No HTTP/1.
    #[error("it is no HTTP/1")]
    NotHttp,
    /// A head that breaks the grammar.
    #[error("a head is malformed: {0}")]
    Head(httparse::Error),
    /// A line that doesn't end in CR and LF (RFC 9112 2.2).
    #[error("a line of a head ends in LF alone")]
    BareLineFeed,
    /// A head or a trailer section beyond its bounds.
    #[error("a head or a trailer section is too large")]
    TooLarge,
    /// One interim answer after the other.
    #[error("too many interim answers")]
    TooManyInterim,
    /// A `Transfer-Encoding` that is not `chunked` alone, or one in HTTP/1.0 (RFC 9112 6.1).
    #[error("a transfer coding that nobody asked for")]
    Coding,
    /// Lengths that are none, or differ (RFC 9112 6.3).
    #[error("a content length that is none")]
    Length,
    /// Chunks that break the grammar (RFC 9112 7.1).
    #[error("a malformed chunk")]
    Chunk,
    /// An agreement to be a tunnel.
    #[error("a tunnel that nobody asked for")]
    Tunnel,
}
