//! A connection for exact bytes, and answers read with as little knowledge of HTTP as that takes (RFC 9112 6.3).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::patience::within;

/// A connection on which nothing is written but what the test says.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    /// What was read and belongs to no answer yet.
    ahead: Vec<u8>,
}

/// An answer, byte by byte.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// The status.
    pub status: u16,
    /// Status line and fields, as they came.
    pub head: String,
    /// The body, without its transfer coding.
    pub body: Vec<u8>,
    /// The trailers, as they came.
    pub trailers: String,
}

impl Wire {
    /// Connects to somebody.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = within("connecting", TcpStream::connect(address)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, ahead: vec![] }
    }

    /// Writes; that the other side has closed meanwhile is for the reader to find.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = within("writing", self.stream.write_all(bytes.as_ref())).await;
    }

    /// The next answer; none if the connection is closed first.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        self.answer_to("GET").await
    }

    /// The next answer, which is one to this method: one to HEAD has no body, whatever it says.
    pub async fn answer_to(&mut self, method: &str) -> Option<RawAnswer> {
        let head = self.through(b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {head:?}"));
        let mut answer = RawAnswer { status, head, body: vec![], trailers: String::new() };
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return Some(answer);
        }
        let length = answer.field("content-length").map(|length| length.parse().unwrap());
        if answer.field("transfer-encoding").is_some() {
            self.chunks(&mut answer).await;
        } else if let Some(length) = length {
            answer.body = self.exactly(length).await;
        } else {
            answer.body = self.rest().await;
        }
        Some(answer)
    }

    /// Writes these bytes, and reads answers until the other side closes.
    pub async fn exchange(mut self, bytes: &[u8]) -> Vec<RawAnswer> {
        self.write(bytes).await;
        let mut answers = vec![];
        while let Some(answer) = self.answer().await {
            answers.push(answer);
        }
        answers
    }

    /// Everything up to the end of the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.ahead)
    }

    async fn chunks(&mut self, answer: &mut RawAnswer) {
        loop {
            let line = self.through(b"\r\n").await.expect("the size of a chunk");
            let size = String::from_utf8(line).unwrap();
            match usize::from_str_radix(size.trim(), 16).unwrap() {
                0 => break,
                size => answer.body.extend(self.exactly(size).await),
            }
            assert_eq!(self.exactly(2).await, b"\r\n");
        }
        loop {
            let line = self.through(b"\r\n").await.expect("a trailer or the end");
            if line == b"\r\n" {
                break;
            }
            answer.trailers += &String::from_utf8_lossy(&line);
        }
    }

    /// Everything up to `mark`, and the mark.
    async fn through(&mut self, mark: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(place) = self.ahead.windows(mark.len()).position(|window| window == mark) {
                return Some(self.take(place + mark.len()));
            }
            if !self.more().await {
                assert!(self.ahead.is_empty(), "cut off: {:?}", String::from_utf8_lossy(&self.ahead));
                return None;
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.ahead.len() < length {
            assert!(self.more().await, "cut off after {} of {length} bytes", self.ahead.len());
        }
        self.take(length)
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

impl RawAnswer {
    /// The value of the first field of this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
