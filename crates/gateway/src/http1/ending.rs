//! Where the body of an answer ends (RFC 9112 6.3), by the rules for whoever reads it.

use bytes::Bytes;
use http::{Method, StatusCode, Version};

use super::Malformed;
use super::chunked::{Chunks, Piece};
use super::head::Head;

/// What is yet to come of a body.
#[derive(Debug)]
pub enum Ending {
    /// Nothing.
    Here,
    /// So many bytes.
    After(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Whatever comes until the connection ends.
    WithConnection,
}

impl Ending {
    /// How the body ends that follows this head of an answer to a request of this method.
    pub fn of(head: &Head, method: &Method) -> Result<Self, Malformed> {
        let Head { version, status, claims, .. } = head;
        if *method == Method::CONNECT && status.is_success() {
            return Err(Malformed::Tunnel);
        }
        let has_none = status.is_informational()
            || matches!(*status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || *method == Method::HEAD;
        if has_none {
            return Ok(Self::Here);
        }
        if claims.is_chunked()? {
            // HTTP/1.0 knows no chunks, so somebody on the way did not understand what he passed on.
            return if *version == Version::HTTP_11 {
                Ok(Self::Chunked(Chunks::default()))
            } else {
                Err(Malformed::Coding)
            };
        }
        match claims.length()? {
            Some(0) => Ok(Self::Here),
            Some(length) => Ok(Self::After(length)),
            None => Ok(Self::WithConnection),
        }
    }

    /// Whether nothing more is to come.
    pub fn is_here(&self) -> bool {
        match self {
            Self::Here => true,
            Self::Chunked(chunks) => chunks.are_over(),
            Self::After(_) | Self::WithConnection => false,
        }
    }

    /// How many bytes are to come, if that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Here => Some(0),
            Self::After(length) => Some(*length),
            Self::Chunked(_) | Self::WithConnection => None,
        }
    }

    /// Takes a piece of the body off the beginning of these bytes. None if they are used up, or the body is: then what
    /// is left of them belongs to no answer.
    pub fn take(&mut self, bytes: &mut Bytes) -> Result<Option<Bytes>, Malformed> {
        let piece = match self {
            Self::Here => return Ok(None),
            Self::WithConnection => std::mem::take(bytes),
            Self::After(left) => {
                let piece =
                    bytes.split_to(usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len())));
                *left -= piece.len() as u64;
                if *left == 0 {
                    *self = Self::Here;
                }
                piece
            }
            Self::Chunked(chunks) => match chunks.take(bytes)? {
                Piece::Data(piece) => piece,
                Piece::Nothing | Piece::End => return Ok(None),
            },
        };
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::head::Heads;
    use super::*;

    /// How the body ends behind this head: `0`, a number, `chunks`, `connection`, or why it is refused.
    fn ending(method: &Method, head: &str) -> String {
        let head = Heads::default().read(head.as_bytes()).unwrap().0.unwrap();
        match Ending::of(&head, method) {
            Ok(Ending::Here) => "0".to_owned(),
            Ok(Ending::After(length)) => length.to_string(),
            Ok(Ending::Chunked(_)) => "chunks".to_owned(),
            Ok(Ending::WithConnection) => "connection".to_owned(),
            Err(malformed) => format!("{malformed:?}"),
        }
    }

    #[test]
    fn the_rules_say_where_a_body_ends() {
        for (fields, expected) in [
            ("", "connection"),
            ("Content-Length: 0\r\n", "0"),
            ("Content-Length: 5\r\n", "5"),
            ("Content-Length: 005\r\n", "5"),
            ("Content-Length: 18446744073709551615\r\n", "18446744073709551615"),
            ("Content-Length: 18446744073709551616\r\n", "Length"),
            ("Content-Length: 5, 5\r\nContent-Length: 5\r\n", "5"),
            ("Content-Length: 5, 6\r\n", "Length"),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", "Length"),
            ("Content-Length:\r\n", "Length"),
            ("Content-Length: ,5\r\n", "Length"),
            ("Content-Length: 5,\r\n", "Length"),
            ("Content-Length: +5\r\n", "Length"),
            ("Content-Length: -5\r\n", "Length"),
            ("Content-Length: 0x5\r\n", "Length"),
            ("Content-Length: 5 5\r\n", "Length"),
            ("Content-Length: \u{665}\r\n", "Length"),
            ("Transfer-Encoding: chunked\r\n", "chunks"),
            ("Transfer-Encoding: CHUNKED\r\n", "chunks"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "chunks"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Coding"),
            ("Transfer-Encoding: chunked, chunked\r\n", "Coding"),
            ("Transfer-Encoding: gzip, chunked\r\n", "Coding"),
            ("Transfer-Encoding: chunked, identity\r\n", "Coding"),
            ("Transfer-Encoding: identity\r\n", "Coding"),
            ("Transfer-Encoding: \u{b}chunked\r\n", "Coding"),
            ("Transfer-Encoding:\r\n", "Coding"),
            ("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "Coding"),
        ] {
            let fields = fields.replace('\u{b}', "\t;");
            assert_eq!(
                ending(&Method::GET, &format!("HTTP/1.1 200 OK\r\n{fields}\r\n")),
                expected,
                "{fields}"
            );
        }
    }

    #[test]
    fn some_answers_have_no_body_whatever_they_say() {
        let fields = "Content-Length: 5\r\n";
        for (method, status, expected) in [
            (Method::HEAD, 200, "0"),
            (Method::GET, 204, "0"),
            (Method::GET, 304, "0"),
            (Method::GET, 101, "0"),
            (Method::GET, 205, "5"),
            (Method::GET, 404, "5"),
            (Method::CONNECT, 200, "Tunnel"),
            (Method::CONNECT, 404, "5"),
        ] {
            assert_eq!(ending(&method, &format!("HTTP/1.1 {status}\r\n{fields}\r\n")), expected, "{status}");
        }
    }

    #[test]
    fn http_1_0_knows_no_chunks() {
        assert_eq!(ending(&Method::GET, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "Coding");
        assert_eq!(ending(&Method::GET, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"), "5");
    }

    #[test]
    fn no_more_is_taken_than_the_body_has() {
        let mut ending = Ending::After(5);
        let mut bytes = Bytes::from_static(b"hel");
        assert_eq!(ending.take(&mut bytes).unwrap().unwrap(), "hel");
        assert!(ending.take(&mut bytes).unwrap().is_none() && !ending.is_here());
        let mut bytes = Bytes::from_static(b"lo there");
        assert_eq!(ending.take(&mut bytes).unwrap().unwrap(), "lo");
        assert!(ending.take(&mut bytes).unwrap().is_none() && ending.is_here());
        assert_eq!(bytes, " there");
    }
}
