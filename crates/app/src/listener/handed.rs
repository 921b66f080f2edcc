//! A socket that somebody else has opened, and that listens already.

use std::io;
use std::net::TcpListener as StdTcpListener;
use std::os::unix::net::UnixListener as StdUnixListener;

use tokio::net::{TcpListener, UnixListener};

use super::address::Address;
use super::socket::Socket;

/// A socket that was handed over to us. What was set when it was opened, such as how many may wait, is its owner's; so is
/// its file, if it has one.
#[derive(Debug)]
pub(crate) struct Handed {
    /// Where it listens.
    pub(crate) address: Address,
    /// The socket itself.
    pub(crate) socket: Listening,
}

/// Either kind of it.
#[derive(Debug)]
pub(crate) enum Listening {
    Tcp(StdTcpListener),
    Unix(StdUnixListener),
}

impl From<StdTcpListener> for Listening {
    fn from(listener: StdTcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<StdUnixListener> for Listening {
    fn from(listener: StdUnixListener) -> Self {
        Self::Unix(listener)
    }
}

impl Handed {
    /// The socket, ready to accept connections from.
    pub(super) fn adopted(self) -> io::Result<Socket> {
        match self.socket {
            Listening::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                // As with one of our own: a tunnel whose client has vanished comes to an end some day.
                rustix::net::sockopt::set_socket_keepalive(&listener, true)?;
                TcpListener::from_std(listener).map(Socket::Tcp)
            }
            Listening::Unix(listener) => {
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener).map(|listener| Socket::Unix { listener, _file: None })
            }
        }
    }
}
