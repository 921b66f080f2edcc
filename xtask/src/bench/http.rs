//! As much of HTTP as a login and a health check need: requests by hand, over a connection that is kept.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context as _;

/// Longer than any answer takes, a login in a full queue included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a server.
pub(super) struct Connection(BufReader<TcpStream>);

/// An answer's status and body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Connection {
    pub(super) fn to(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// With a token, which whoever wants none passes over.
    pub(super) fn get(&mut self, path: &str, token: &str) -> anyhow::Result<Answer> {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"))
    }

    pub(super) fn post_json(&mut self, path: &str, body: &str) -> anyhow::Result<Answer> {
        self.post(path, &["Content-Type: application/json".to_owned()], body)
    }

    pub(super) fn post(&mut self, path: &str, fields: &[String], body: &str) -> anyhow::Result<Answer> {
        let (fields, length) = (fields.join("\r\n"), body.len());
        self.exchange(&format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\n{fields}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    fn exchange(&mut self, request: &str) -> anyhow::Result<Answer> {
        self.0.get_mut().write_all(request.as_bytes())?;
        read(&mut self.0)
    }
}

/// Reads one answer with a `Content-Length`, which all of them have here.
fn read(stream: &mut impl BufRead) -> anyhow::Result<Answer> {
    let status = line(stream)?;
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut length = 0;
    loop {
        let field = line(stream)?;
        let Some((name, value)) = field.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer { status: status.context("no status line")?, body: String::from_utf8(body)? })
}

fn line(stream: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    let read = stream.take(64 * 1024).read_line(&mut line)?;
    anyhow::ensure!(read > 0, "the connection was closed");
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let mut stream = &b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 503 Busy\r\n\r\n"[..];
        assert_eq!(read(&mut stream).unwrap(), Answer { status: 200, body: "{}".to_owned() });
        assert_eq!(read(&mut stream).unwrap(), Answer { status: 503, body: String::new() });
        assert!(read(&mut stream).is_err());
    }
}
