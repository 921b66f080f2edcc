//! A request and its answer, byte for byte over one connection: no client library may tidy a crooked path.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// The host that the documented configurations answer for.
pub(super) const HOST: &str = "bng.example.net";

/// Longer than any answer here takes; only a proxy that hangs is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request, as it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) target: String,
    /// Beside `Host`, and `Connection` unless it is among them.
    pub(super) fields: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    fields: Vec<(String, String)>,
    pub(super) body: String,
}

impl Ask {
    pub(super) fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), fields: Vec::new() }
    }

    /// With one more field.
    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a token, if there is one.
    pub(super) fn bearer(self, token: Option<&str>) -> Self {
        match token {
            Some(token) => self.field("Authorization", &format!("Bearer {token}")),
            None => self,
        }
    }

    /// Sends it and reads until the other side closes.
    pub(super) fn send(&self, to: SocketAddr) -> anyhow::Result<Answer> {
        let asked = || format!("{} {} of {to}", self.method, self.target);
        let mut stream = TcpStream::connect(to).with_context(asked)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(self.text().as_bytes()).with_context(asked)?;
        let mut bytes = Vec::new();
        // Who refuses may close before he has read everything; what he said stands all the same.
        let read = stream.read_to_end(&mut bytes);
        if bytes.is_empty() {
            read.with_context(asked)?;
        }
        Answer::parse(&bytes).with_context(asked)
    }

    /// As it goes over the wire.
    pub(super) fn text(&self) -> String {
        let has = |name: &str| self.fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {HOST}\r\n", self.method, self.target);
        if !has("connection") {
            text += "Connection: close\r\n";
        }
        if !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE") {
            text += "Content-Length: 0\r\n";
        }
        for (name, value) in &self.fields {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text + "\r\n"
    }
}

impl Answer {
    /// Reads an answer that has come to its end.
    pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let Some(status) = status else { bail!("no answer but {text:?}") };
        let fields = lines.filter_map(|line| line.split_once(':'));
        let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Ok(Self { status, fields: fields.collect(), body: body.to_owned() })
    }

    /// The value of a field; its name in small letters.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the gate refused it: a refusal has a decision that can be asked for.
    pub(super) fn is_the_gates_refusal(&self) -> bool {
        self.field("portcullis-decision").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_as_it_was_given() {
        let ask = Ask::new("POST", "/a//..;/%2e").bearer(Some("t")).field("x_y", "1");
        let expected = "POST /a//..;/%2e HTTP/1.1\r\nHost: bng.example.net\r\nConnection: close\r\n\
                        Content-Length: 0\r\nAuthorization: Bearer t\r\nx_y: 1\r\n\r\n";
        assert_eq!(ask.text(), expected);
        let ask = Ask::new("GET", "/").bearer(None).field("connection", "close, x-auth-user");
        assert_eq!(
            ask.text(),
            "GET / HTTP/1.1\r\nHost: bng.example.net\r\nconnection: close, x-auth-user\r\n\r\n"
        );
    }

    #[test]
    fn an_answer_is_its_status_fields_and_body() {
        let answer = Answer::parse(b"HTTP/1.1 401 Nope\r\nPortcullis-Decision:  x \r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (401, "{}"));
        assert_eq!(answer.field("portcullis-decision"), Some("x"));
        assert!(answer.is_the_gates_refusal());
        assert!(!Answer::parse(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap().is_the_gates_refusal());
        assert!(Answer::parse(b"hello").is_err());
    }
}
