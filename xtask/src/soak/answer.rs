//! An answer, read from the wire as far as it goes and no further: the connection is kept.

use std::io::{BufRead, Read as _};

use anyhow::{Context as _, ensure};

/// A status and a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    /// The other side means to close the connection.
    pub(super) closes: bool,
}

/// How the end of a body is known (RFC 9112 6.3).
enum Framing {
    Length(usize),
    Chunked,
}

impl Answer {
    /// Reads one answer.
    pub(super) fn read(stream: &mut impl BufRead) -> anyhow::Result<Self> {
        let status = line(stream)?;
        let status =
            status.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status line")?;
        let (mut framing, mut closes) = (Framing::Length(0), false);
        loop {
            let field = line(stream)?;
            let Some((name, value)) = field.split_once(':') else { break };
            let (name, value) = (name.to_ascii_lowercase(), value.trim());
            match name.as_str() {
                "content-length" => framing = Framing::Length(value.parse()?),
                "transfer-encoding" => framing = Framing::Chunked,
                "connection" => closes = value.eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
        let body = match framing {
            Framing::Length(length) => exactly(stream, length)?,
            Framing::Chunked => chunks(stream)?,
        };
        Ok(Self { status, body: String::from_utf8(body)?, closes })
    }

    /// A text in the body, by its place: `/data/session/id`.
    pub(super) fn text(&self, place: &str) -> anyhow::Result<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body)?;
        let text = body.pointer(place).and_then(serde_json::Value::as_str);
        text.map(str::to_owned).with_context(|| format!("no {place} in {}", self.body))
    }
}

fn exactly(stream: &mut impl BufRead, length: usize) -> anyhow::Result<Vec<u8>> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).context("the body broke off")?;
    Ok(body)
}

fn chunks(stream: &mut impl BufRead) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&line(stream)?, 16).context("no length of a chunk")?;
        body.extend(exactly(stream, length)?);
        line(stream)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn line(stream: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    let read = stream.take(64 * 1024).read_line(&mut line)?;
    ensure!(read > 0, "the connection was closed");
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let mut stream =
            &b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 204 No\r\nConnection: close\r\n\r\n"[..];
        let first = Answer { status: 200, body: "{}".to_owned(), closes: false };
        assert_eq!(Answer::read(&mut stream).unwrap(), first);
        let second = Answer { status: 204, body: String::new(), closes: true };
        assert_eq!(Answer::read(&mut stream).unwrap(), second);
        assert!(Answer::read(&mut stream).is_err());
    }

    #[test]
    fn chunks_are_put_together() {
        let mut stream =
            &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\nrest"[..];
        assert_eq!(Answer::read(&mut stream).unwrap().body, "abcd");
        assert_eq!(stream, b"rest");
    }

    #[test]
    fn a_body_that_breaks_off_is_no_answer() {
        assert!(Answer::read(&mut &b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"[..]).is_err());
        assert!(
            Answer::read(&mut &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab"[..]).is_err()
        );
    }

    #[test]
    fn a_text_is_found_by_its_place() {
        let body = r#"{"data":{"session":{"id":"x"}}}"#.to_owned();
        let answer = Answer { status: 200, body, closes: false };
        assert_eq!(answer.text("/data/session/id").unwrap(), "x");
        assert!(answer.text("/data/id").is_err());
    }
}
