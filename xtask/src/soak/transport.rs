//! What bytes go over: a connection, or a connection inside TLS.
//!
//! TLS is spoken by OpenSSL's own client, one process for a connection: it is on most machines, and whatever becomes of
//! it is another implementation's word against ours.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Longer than any answer takes, a login in a full queue included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A way to the gate and back. Dropping it cuts it.
pub(super) enum Transport {
    Plain(TcpStream),
    Tls { client: Child, to: ChildStdin, from: ChildStdout },
}

impl Transport {
    /// Connects. With TLS the handshake is under way when this returns.
    pub(super) fn open(address: SocketAddr, tls: bool) -> io::Result<Self> {
        if tls { Self::open_tls(address) } else { Self::open_plain(address) }
    }

    fn open_plain(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self::Plain(stream))
    }

    fn open_tls(address: SocketAddr) -> io::Result<Self> {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-quiet", "-verify_quiet", "-connect", &address.to_string()]);
        let mut client =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        match (client.stdin.take(), client.stdout.take()) {
            (Some(to), Some(from)) => Ok(Self::Tls { client, to, from }),
            _ => Err(io::Error::other("openssl has no pipes")),
        }
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls { from, .. } => from.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls { to, .. } => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls { to, .. } => to.flush(),
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Self::Tls { client, .. } = self {
            // It may have ended by itself.
            let _ = client.kill();
            let _ = client.wait();
        }
    }
}
