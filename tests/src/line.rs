//! A connection of any kind, at either end of it: from an address of choice, over TLS, over a Unix socket.
//!
//! [`crate::raw::Wire`] is for whole answers to exact bytes. This is for what goes on below them and after them: a
//! stream that has begun, a tunnel, frames of HTTP/2.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use http::header::{CONTENT_LENGTH, HOST};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::ask::Ask;
use crate::patience::within;
use crate::raw::RawAnswer;
use crate::trust;

/// What bytes come and go through.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection.
pub struct Line {
    stream: Box<dyn Stream>,
    /// What was read and belongs to nothing yet.
    ahead: Vec<u8>,
}

impl Line {
    /// Whatever bytes come and go through.
    pub fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), ahead: vec![] }
    }

    /// To somebody over TCP.
    pub async fn tcp(to: SocketAddr) -> Self {
        Self::over(connected(TcpSocket::new_v4().unwrap(), to).await)
    }

    /// The same from an address of one's own; the whole of 127.0.0.0/8 is this machine's.
    pub async fn tcp_from(from: IpAddr, to: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        Self::over(connected(socket, to).await)
    }

    /// To somebody at a Unix socket.
    pub async fn unix(path: &Path) -> io::Result<Self> {
        UnixStream::connect(path).await.map(Self::over)
    }

    /// To somebody over TLS who speaks `protocol` and shows the certificate in `file`, and no other.
    pub async fn tls(to: SocketAddr, file: &Path, protocol: &str) -> io::Result<Self> {
        let stream = connected(TcpSocket::new_v4()?, to).await;
        let connector = TlsConnector::from(trust::only(file, &[protocol.as_bytes()]));
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        within("shaking hands", connector.connect(name, stream)).await.map(Self::over)
    }

    /// Writes; that the other side has closed meanwhile is for the reader to find.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let written = async {
            let _ = self.stream.write_all(bytes.as_ref()).await;
            let _ = self.stream.flush().await;
        };
        within("writing", written).await;
    }

    /// Writes, and says whether the other side has closed meanwhile.
    pub async fn is_closed_after(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within("writing", self.stream.write_all(bytes.as_ref())).await.is_err()
    }

    /// Says that nothing more will be written.
    pub async fn finish(&mut self) {
        let _ = within("finishing", self.stream.shutdown()).await;
    }

    /// Sends a request in HTTP/1.1.
    pub async fn ask(&mut self, ask: &Ask) {
        let mut head = format!("{} {} HTTP/1.1\r\n", ask.method, ask.target).into_bytes();
        let mut field = |name: &str, value: &[u8]| {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        };
        if !ask.fields.contains_key(HOST) {
            field("host", b"localhost");
        }
        ask.fields.iter().for_each(|(name, value)| field(name.as_str(), value.as_bytes()));
        if !ask.body.is_empty() {
            field(CONTENT_LENGTH.as_str(), ask.body.len().to_string().as_bytes());
        }
        head.extend(b"\r\n");
        head.extend(&ask.body);
        self.write(head).await;
    }

    /// Sends a request and reads the answer.
    pub async fn send(&mut self, ask: Ask) -> RawAnswer {
        self.ask(&ask).await;
        self.answer_to(ask.method.as_str()).await
    }

    /// The next answer.
    pub async fn answer(&mut self) -> RawAnswer {
        self.answer_to("GET").await
    }

    /// The next answer, which is one to this method. It has a length, or no body at all.
    pub async fn answer_to(&mut self, method: &str) -> RawAnswer {
        let head = self.head().await;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {head:?}"));
        let mut answer = RawAnswer { status, head, body: vec![], trailers: String::new() };
        if let Some(length) = answer.field("content-length").filter(|_| method != "HEAD") {
            answer.body = self.exactly(length.parse().unwrap()).await;
        }
        answer
    }

    /// The head of a message, with the empty line at its end.
    pub async fn head(&mut self) -> String {
        self.through("\r\n\r\n").await
    }

    /// Everything up to `mark`, and the mark.
    pub async fn through(&mut self, mark: &str) -> String {
        let place = |bytes: &[u8]| bytes.windows(mark.len()).position(|window| window == mark.as_bytes());
        loop {
            if let Some(place) = place(&self.ahead) {
                return String::from_utf8_lossy(&self.take(place + mark.len())).into_owned();
            }
            let there_is_more = self.more().await;
            assert!(there_is_more, "closed before {mark:?}: {:?}", String::from_utf8_lossy(&self.ahead));
        }
    }

    /// So many bytes.
    pub async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.ahead.len() < length {
            assert!(self.more().await, "closed after {} of {length} bytes", self.ahead.len());
        }
        self.take(length)
    }

    /// Everything up to the end, which the other side makes.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.ahead)
    }

    /// The stream, for whoever reads and writes at once. Nothing may have been read ahead.
    pub fn into_stream(self) -> Box<dyn Stream> {
        assert!(self.ahead.is_empty());
        self.stream
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.ahead.split_off(length);
        std::mem::replace(&mut self.ahead, rest)
    }

    /// Reads some more; false at the end of the connection, however it came.
    async fn more(&mut self) -> bool {
        let read = within("reading", self.stream.read_buf(&mut self.ahead)).await;
        read.is_ok_and(|read| read > 0)
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("ahead", &String::from_utf8_lossy(&self.ahead)).finish_non_exhaustive()
    }
}

async fn connected(socket: TcpSocket, to: SocketAddr) -> TcpStream {
    let stream = within("connecting", socket.connect(to)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}
