//! Sockets that connections come in on.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::address::Address;
use super::socket_file::SocketFile;
use super::transport::Transport;

/// How many connections the system may complete before they are accepted.
const BACKLOG: u32 = 1024;

/// A socket that is bound and listens. Dropping it closes it, and removes its file if it has one.
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

impl Socket {
    /// Starts to listen. `only_ipv6` keeps `::` from taking IPv4 as well, where that is somebody else's.
    pub(super) async fn bind(address: &Address, only_ipv6: bool) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => bind_tcp(*address, only_ipv6).map(Self::Tcp),
            Address::Unix(path) => {
                SocketFile::bind(path).await.map(|(listener, file)| Self::Unix(listener, file))
            }
        }
    }

    /// Where it listens, with the real port.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(_, file) => Ok(Address::Unix(file.path().to_owned())),
        }
    }

    /// The next connection, and the address it comes from if it has one.
    pub(super) async fn accept(&self) -> io::Result<(Transport, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Heads and bodies are written in large pieces already, waiting for more only delays them. If it can't be
                // set the connection works all the same.
                let _ = stream.set_nodelay(true);
                Ok((Transport::Tcp(stream), Some(peer.ip().to_canonical())))
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Transport::Unix(stream), None))
            }
        }
    }
}

fn bind_tcp(address: SocketAddr, only_ipv6: bool) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the last connections of the previous process to be forgotten by the system.
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it: a tunnel whose client has vanished comes to an end some day.
    socket.set_keepalive(true)?;
    if address.is_ipv6() && only_ipv6 {
        rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
