//! How much a client may ask of the listener before anyone knows who he is. Everything here is spent on strangers, so
//! everything has a bound; what hyper or h2 would choose by themselves is written out where it matters.

use std::time::Duration;

/// A handshake takes two round trips; who needs longer holds a connection and nothing else.
pub(crate) const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// For one complete request head. With HTTP/1.1 hyper starts this clock when it begins to wait for a head, which is
/// after the previous answer too: it is therefore also how long an idle connection is kept. The connection is closed
/// without an answer, as RFC 9112 9.5 allows. With HTTP/2 it is the time until the first request, since neither hyper
/// nor h2 limits how long the client's preface may take; afterwards the pings below find silent clients.
pub(crate) const REQUEST_HEAD: Duration = Duration::from_secs(10);

/// A client that takes nothing of what is sent to it for this long is gone, or wants to hold us up. Who takes a little
/// now and then is waited for.
pub(crate) const CLIENT_STALL: Duration = Duration::from_secs(30);

/// Connections at one time, tunnels of upgraded ones included. One costs some tens of KiB with TLS, so this many stay
/// well below one GiB. More are closed as soon as they are accepted: a client then knows where he stands.
pub(crate) const CONNECTIONS: u32 = 10_000;

/// How long requests in flight may take to finish after a request to stop; below the 30 s after which many service
/// managers kill.
pub(crate) const DRAIN: Duration = Duration::from_secs(25);

/// Pause after the system refused to accept (out of file descriptors or memory): nothing gets better by trying again at
/// once.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Read and write buffer of an HTTP/1.1 connection. A target of 64 KiB and a full head fit, so that what is too long by
/// our own rules (8 KiB, 32 KiB) is answered with its proper 414 or 431 by those who check it; hyper answers beyond that.
/// (It refuses a head of more than 100 fields with 431 by itself. That limit is its default and stays unset, since
/// setting it moves the fields of every request to the heap.)
pub(super) const HTTP_1_BUFFER: usize = 128 * 1024;

/// Streams of one HTTP/2 connection at a time; RFC 9113 6.5.2 advises no fewer than 100.
pub(super) const HTTP_2_STREAMS: u32 = 128;

/// The head of an HTTP/2 request as RFC 9113 6.5.2 counts it, with 32 bytes for each field: our 32 KiB of fields and
/// 8 KiB of target, their overhead, and a little more, so that the exact check is made in one place for both protocols.
pub(super) const HTTP_2_HEAD: u32 = 48 * 1024;

/// Streams that the client opened and reset before they were looked at (rapid reset, CVE-2023-44487); h2's default.
pub(super) const HTTP_2_PENDING_RESETS: usize = 20;

/// Streams that we had to reset because of the client's errors (CVE-2025-8671); hyper's default of 1024 is generous.
pub(super) const HTTP_2_ERROR_RESETS: usize = 64;

/// A connection on which nothing comes is asked after this time whether it is still there,
pub(super) const HTTP_2_PING: Duration = Duration::from_secs(20);

/// and closed if it does not answer within this one.
pub(super) const HTTP_2_PONG: Duration = Duration::from_secs(20);

/// What a client may send of one body before somebody reads it; the default of RFC 9113 6.9.2.
pub(super) const HTTP_2_STREAM_WINDOW: u32 = 64 * 1024 - 1;

/// The same for all bodies of a connection together.
pub(super) const HTTP_2_CONNECTION_WINDOW: u32 = 256 * 1024;

/// When so much of one answer waits for a client that does not read it, no further piece of it is given away.
pub(super) const HTTP_2_SEND_BUFFER: usize = 64 * 1024;

/// The limits that an operator, or a test, may have reason to set otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// See [`TLS_HANDSHAKE`].
    pub(crate) tls_handshake: Duration,
    /// See [`REQUEST_HEAD`].
    pub(crate) request_head: Duration,
    /// See [`CLIENT_STALL`].
    pub(crate) client_stall: Duration,
    /// See [`CONNECTIONS`].
    pub(crate) connections: u32,
    /// See [`DRAIN`].
    pub(crate) drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tls_handshake: TLS_HANDSHAKE,
            request_head: REQUEST_HEAD,
            client_stall: CLIENT_STALL,
            connections: CONNECTIONS,
            drain: DRAIN,
        }
    }
}
