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
    /// With its file, if that is ours.
    Unix {
        listener: UnixListener,
        _file: Option<SocketFile>,
    },
}

impl Socket {
    /// Starts to listen, and says where, with the real port. `only_ipv6` keeps `::` from taking IPv4 as well, where that is
    /// somebody else's.
    pub(super) async fn bind(address: &Address, only_ipv6: bool) -> io::Result<(Self, Address)> {
        match address {
            Address::Tcp(address) => {
                let listener = bind_tcp(*address, only_ipv6)?;
                let real = Address::Tcp(listener.local_addr()?);
                Ok((Self::Tcp(listener), real))
            }
            Address::Unix(path) => {
                let (listener, file) = SocketFile::bind(path).await?;
                let real = Address::Unix(file.path().to_owned());
                Ok((Self::Unix { listener, _file: Some(file) }, real))
            }
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
            Self::Unix { listener, .. } => {
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
