//! The head of an answer (RFC 9112 4 and 5): its status and its fields.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use httparse::{ParserConfig, Status};

use super::Malformed;
use super::claims::Claims;

/// How long a head may be, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;
/// How many fields it may have.
pub const MAX_FIELDS: usize = 100;
/// How many interim answers may come before the one that counts.
const MAX_INTERIM: usize = 1000;

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    /// 1.0 or 1.1.
    pub version: Version,
    /// The status.
    pub status: StatusCode,
    /// The fields.
    pub headers: HeaderMap,
    /// What they say about body and connection.
    pub claims: Claims,
}

impl Head {
    /// The head at the beginning of these bytes, and how long it is; none if it is not all there.
    fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, Malformed> {
        if bytes.first().is_some_and(|first| *first != b'H') {
            return Err(Malformed::NotHttp);
        }
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut []);
        let parsed =
            ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut fields);
        let length = match parsed.map_err(of_parser)? {
            Status::Complete(length) => length,
            Status::Partial if has_bare_line_feed(bytes) => return Err(Malformed::BareLineFeed),
            Status::Partial if bytes.len() >= MAX_LENGTH => return Err(Malformed::TooLarge),
            Status::Partial => return Ok(None),
        };
        let Some(bytes) = bytes.get(..length).filter(|head| head.len() <= MAX_LENGTH) else {
            return Err(Malformed::TooLarge);
        };
        if !lines_end_properly(bytes, response.headers) {
            return Err(Malformed::BareLineFeed);
        }
        let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
        let (headers, claims) = headers(bytes, response.headers)?;
        let head = Self {
            version: if response.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 },
            status: status.ok_or(Malformed::Head(httparse::Error::Status))?,
            headers,
            claims,
        };
        Ok(Some((head, length)))
    }

    /// Whether the answer is yet to come. A change of protocol is one.
    fn is_interim(&self) -> bool {
        self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS
    }

    /// Whether this is the last answer on its connection (RFC 9112 9.3): the upstream says so, or says where the body
    /// ends in two ways, or speaks HTTP/1.0. That one would be written to in HTTP/1.0 itself next time if it said that
    /// this is not the last, so its word is not taken.
    pub fn is_last(&self) -> bool {
        self.version != Version::HTTP_11 || self.claims.close || self.claims.has_two_ends()
    }

    /// Whether this answer, which by its status has no body, has fields that only one with a body may have (RFC 9110 8.6,
    /// RFC 9112 6.1). Some servers send that body all the same, and it may come later than the head.
    pub fn speaks_of_a_body_in_vain(&self) -> bool {
        let is_chunked = !matches!(self.claims.is_chunked(), Ok(false));
        match self.status {
            StatusCode::NO_CONTENT => is_chunked || !matches!(self.claims.length(), Ok(None | Some(0))),
            // A length may tell that of the answer that was not sent.
            StatusCode::NOT_MODIFIED => is_chunked,
            _ => false,
        }
    }
}

fn of_parser(error: httparse::Error) -> Malformed {
    match error {
        httparse::Error::Version => Malformed::NotHttp,
        httparse::Error::TooManyHeaders => Malformed::TooLarge,
        error => Malformed::Head(error),
    }
}

/// The fields, which share one copy of the head, and what they say about body and connection.
fn headers(bytes: &[u8], fields: &[httparse::Header<'_>]) -> Result<(HeaderMap, Claims), Malformed> {
    let copy = Bytes::copy_from_slice(bytes);
    let (mut headers, mut claims) = (HeaderMap::with_capacity(fields.len()), Claims::default());
    for field in fields {
        let begin = place(bytes, field.value);
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(copy.slice(begin..begin + field.value.len()));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(Malformed::Head(httparse::Error::HeaderValue));
        };
        claims.note(&name, &value);
        headers.append(name, value);
    }
    Ok((headers, claims))
}

/// Where a part of some bytes begins in them.
fn place(bytes: &[u8], part: &[u8]) -> usize {
    if part.is_empty() { 0 } else { part.as_ptr().addr() - bytes.as_ptr().addr() }
}

/// Whether each line of a head ends in CR and LF (RFC 9112 2.2). The parser takes an LF alone as well; but it leaves none
/// within a line, nor a CR, so that it is enough to look before each name and at the end.
fn lines_end_properly(head: &[u8], fields: &[httparse::Header<'_>]) -> bool {
    let begins_a_line = |field: &httparse::Header<'_>| {
        let before = head.get(..place(head, field.name.as_bytes()));
        before.is_some_and(|before| before.ends_with(b"\r\n"))
    };
    head.ends_with(b"\r\n\r\n") && fields.iter().all(begins_a_line)
}

fn has_bare_line_feed(bytes: &[u8]) -> bool {
    bytes.split_inclusive(|byte| *byte == b'\n').any(|line| line.ends_with(b"\n") && !line.ends_with(b"\r\n"))
}

/// Reads heads, those of interim answers included, as their bytes come.
#[derive(Debug, Default)]
pub struct Heads {
    /// How many answers were interim.
    interim: usize,
    /// How many bytes there were when a head was not all there.
    seen: usize,
}

impl Heads {
    /// Reads heads at the beginning of these bytes until one is that of the answer, and tells how long they are. None if
    /// it is not all there: then what is behind that length shall be given again, with what follows it.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(Option<Head>, usize), Malformed> {
        // Not read once more with every byte, but with every line that comes: there are only so many lines.
        let new = bytes.get(self.seen..).unwrap_or_default();
        if self.seen > 0 && !new.contains(&b'\n') && bytes.len() < MAX_LENGTH {
            self.seen = bytes.len();
            return Ok((None, 0));
        }
        let mut rest = bytes;
        loop {
            let Some((head, length)) = Head::read(rest)? else {
                self.seen = rest.len();
                return Ok((None, bytes.len() - rest.len()));
            };
            rest = rest.get(length..).unwrap_or_default();
            if !head.is_interim() {
                return Ok((Some(head), bytes.len() - rest.len()));
            }
            if self.interim == MAX_INTERIM {
                return Err(Malformed::TooManyInterim);
            }
            self.interim += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head at the beginning of this text, given in pieces of this length, and what is left behind it.
    fn taken(text: &[u8], step: usize) -> Result<Option<(Head, Bytes)>, Malformed> {
        let (mut heads, mut unread) = (Heads::default(), vec![]);
        let mut rest = text.chunks(step);
        while let Some(piece) = rest.next() {
            unread.extend_from_slice(piece);
            let (head, length) = heads.read(&unread)?;
            let bytes = unread.split_off(length);
            if let Some(head) = head {
                return Ok(Some((head, [&bytes[..], &rest.collect::<Vec<_>>().concat()].concat().into())));
            }
            unread = bytes;
        }
        Ok(None)
    }

    fn refused(text: &str) -> Malformed {
        let whole = taken(text.as_bytes(), usize::MAX).expect_err(text);
        assert!(taken(text.as_bytes(), 1).is_err(), "{text:?}");
        whole
    }

    #[test]
    fn a_head_is_the_same_in_whatever_pieces_it_comes() {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n";
        let text =
            format!("{interim}HTTP/1.1 200 \r\nA: 1\r\nb:2\t \r\nA: \u{e9}, 3\r\nEmpty:\r\n\r\nbody\r\n\r\n");
        for step in (1..40).chain([text.len()]) {
            let (head, rest) = taken(text.as_bytes(), step).unwrap().unwrap();
            assert_eq!((head.version, head.status), (Version::HTTP_11, StatusCode::OK));
            let fields: Vec<_> =
                head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let expected = [("a", "1"), ("a", "\u{e9}, 3"), ("b", "2"), ("empty", "")];
            assert_eq!(fields, expected.map(|(name, value)| (name, value.as_bytes())));
            assert_eq!(rest, "body\r\n\r\n");
        }
    }

    #[test]
    fn a_beginning_is_no_head_yet() {
        let text = b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
        for length in 0..text.len() {
            assert!(taken(&text[..length], usize::MAX).unwrap().is_none(), "{length}");
        }
        assert!(taken(text, usize::MAX).unwrap().is_some());
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in [
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "\nHTTP/1.1 200 OK\r\n\r\n",
            " HTTP/1.1 200 OK\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.2 200 OK\r\n\r\n",
            "HTTP/1.10 200 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/1.1\t200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1 -20 OK\r\n\r\n",
            "HTTP/1.1 200 O\0K\r\n\r\n",
            "HTTP/1.1 200 OK\n\n",
            "HTTP/1.1 200 OK\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n\n",
            "HTTP/1.1 200 OK\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\r\n\r\n",
            "HTTP/1.1 200 OK\rA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n",
            "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\t: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA(: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\u{e9}: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\u{7f}c\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ] {
            refused(text);
        }
    }

    #[test]
    fn a_head_has_its_bounds() {
        let fields = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(count));
        assert!(taken(fields(MAX_FIELDS).as_bytes(), 7).unwrap().is_some());
        assert_eq!(refused(&fields(MAX_FIELDS + 1)), Malformed::TooLarge);

        let before = "HTTP/1.1 200 OK\r\na: ";
        let long = |length: usize| format!("{before}{}\r\n\r\n", "b".repeat(length - before.len() - 4));
        assert!(taken(long(MAX_LENGTH).as_bytes(), 1000).unwrap().is_some());
        assert_eq!(refused(&long(MAX_LENGTH + 1)), Malformed::TooLarge);
        let endless = format!("{before}{}", "b".repeat(MAX_LENGTH));
        assert_eq!(refused(&endless), Malformed::TooLarge);
    }

    #[test]
    fn interim_answers_have_their_bound() {
        let text = |count: usize| format!("{}HTTP/1.1 204\r\n\r\n", "HTTP/1.1 102\r\n\r\n".repeat(count));
        assert!(taken(text(MAX_INTERIM).as_bytes(), 5).unwrap().is_some());
        assert_eq!(refused(&text(MAX_INTERIM + 1)), Malformed::TooManyInterim);
    }

    #[test]
    fn the_last_answer_of_a_connection_is_known() {
        for (head, is_last) in [
            ("HTTP/1.1 200 OK\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n", true),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true),
        ] {
            assert_eq!(taken(head.as_bytes(), 100).unwrap().unwrap().0.is_last(), is_last, "{head}");
        }
    }
}
