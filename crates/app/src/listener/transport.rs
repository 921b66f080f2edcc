//! A connection's bytes, whichever kind of socket they come from, with the place that the connection takes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use portcullis_gateway::poll_write_whole;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::accept::Place;
use super::stall::Stall;

/// What a connection is made of.
pub(super) enum Transport {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A transport that holds its place among the connections for as long as it lives. The place travels with the bytes and
/// not with the task, because an upgraded connection leaves its task and is still a connection.
pub(super) struct Placed {
    transport: Transport,
    stall: Stall,
    _place: Place,
}

impl Placed {
    /// `patience` is how long a client may go without reading what is sent to it.
    pub(super) fn new(transport: Transport, patience: Duration, place: Place) -> Self {
        Self { transport, stall: Stall::new(patience), _place: place }
    }
}

impl AsyncRead for Placed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Transport::Unix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { transport, stall, .. } = &mut *self;
        let written = match transport {
            Transport::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Transport::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        stall.watch(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Transport::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Transport::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { transport, stall, .. } = &mut *self;
        let written = match transport {
            Transport::Tcp(stream) => poll_write_whole(Pin::new(stream), cx, slices),
            Transport::Unix(stream) => poll_write_whole(Pin::new(stream), cx, slices),
        };
        stall.watch(cx, written)
    }

    /// Both kinds can.
    fn is_write_vectored(&self) -> bool {
        true
    }
}
