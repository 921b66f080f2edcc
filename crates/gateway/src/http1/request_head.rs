//! The head of a request, as it is sent (RFC 9112 3 and 5). Its fields are written where they are needed, and are never a
//! map: no line of it can be two, and nobody looks anything up in it.

use bytes::BufMut as _;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method};
use portcullis_guard::sink::FieldSink;

use super::sending::Framing;

/// What most heads fit in, in bytes.
const USUAL: usize = 1024;

/// The head of a request, which fields are put into.
#[derive(Debug)]
pub struct RequestHead {
    text: Vec<u8>,
    said_a_length: bool,
}

impl RequestHead {
    pub(crate) fn new(method: &Method, target: &PathAndQuery) -> Self {
        let mut text = Vec::with_capacity(USUAL);
        for part in [method.as_str(), " ", target.as_str(), " HTTP/1.1\r\n"] {
            text.put_slice(part.as_bytes());
        }
        Self { text, said_a_length: false }
    }

    /// The whole of it. It says where the body ends by what the body itself knows, not by what the fields of the other
    /// connection claimed: two servers that see two ends of one message can be made to see two messages of one.
    pub(crate) fn framed(mut self, framing: Framing) -> Vec<u8> {
        match framing {
            // A POST that says that it has no body goes on saying so; a GET doesn't begin to.
            Framing::Empty if self.said_a_length => self.line(&CONTENT_LENGTH, b"0"),
            Framing::Empty => {}
            Framing::Length(length) => self.line(&CONTENT_LENGTH, length.to_string().as_bytes()),
            Framing::Chunked => self.line(&TRANSFER_ENCODING, b"chunked"),
        }
        self.text.put_slice(b"\r\n");
        self.text
    }

    fn line(&mut self, name: &HeaderName, value: &[u8]) {
        self.begin(name);
        self.text.put_slice(value);
        self.end();
    }

    fn begin(&mut self, name: &HeaderName) {
        self.text.put_slice(name.as_str().as_bytes());
        self.text.put_slice(b": ");
    }

    fn end(&mut self) {
        self.text.put_slice(b"\r\n");
    }
}

impl FieldSink for RequestHead {
    type Buffer = Vec<u8>;

    /// Where the body ends is for us to say.
    fn pass(&mut self, name: &HeaderName, value: &HeaderValue) {
        if name == CONTENT_LENGTH {
            self.said_a_length = true;
        } else if name != TRANSFER_ENCODING {
            self.line(name, value.as_bytes());
        }
    }

    fn write(&mut self, name: &HeaderName, write: impl FnOnce(&mut Vec<u8>)) {
        self.begin(name);
        let start = self.text.len();
        write(&mut self.text);
        if !self.text.get(start..).is_some_and(is_value) {
            self.text.truncate(start);
        }
        self.end();
    }
}

/// Whether these bytes may be the value of a field (RFC 9110 5.5), so that none of them ends its line. It does not stop at
/// the first that may not, since a processor that need not stop looks at many at a time.
fn is_value(bytes: &[u8]) -> bool {
    let is_wrong = |byte: u8| byte < b' ' && byte != b'\t' || byte == 0x7f;
    bytes.iter().fold(0, |found, byte| found | u8::from(is_wrong(*byte))) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: HeaderName = HeaderName::from_static("x-name");

    fn head() -> RequestHead {
        RequestHead::new(&Method::PUT, &PathAndQuery::from_static("/p?q"))
    }

    fn text(head: RequestHead, framing: Framing) -> String {
        String::from_utf8(head.framed(framing)).unwrap()
    }

    #[test]
    fn it_says_where_the_body_ends_and_nothing_else_does() {
        let said = |framing| {
            let mut head = head();
            head.pass(&CONTENT_LENGTH, &HeaderValue::from(7));
            head.pass(&TRANSFER_ENCODING, &HeaderValue::from_static("chunked"));
            text(head, framing)
        };
        assert_eq!(said(Framing::Empty), "PUT /p?q HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(said(Framing::Length(3)), "PUT /p?q HTTP/1.1\r\ncontent-length: 3\r\n\r\n");
        assert_eq!(said(Framing::Chunked), "PUT /p?q HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n");
        assert_eq!(text(head(), Framing::Empty), "PUT /p?q HTTP/1.1\r\n\r\n");
    }

    #[test]
    fn fields_are_lines_in_their_order() {
        let mut head = head();
        head.pass(&NAME, &HeaderValue::from_static("1"));
        head.write(&NAME, |to| to.put_slice(b"2"));
        head.write(&NAME, |_| ());
        assert_eq!(
            text(head, Framing::Empty),
            "PUT /p?q HTTP/1.1\r\nx-name: 1\r\nx-name: 2\r\nx-name: \r\n\r\n"
        );
    }

    #[test]
    fn what_is_no_value_leaves_an_empty_one() {
        for wrong in ["a\r\nx: b", "\n", "a\0", "\u{7f}", "\r"] {
            let mut head = head();
            head.write(&NAME, |to| to.put_slice(wrong.as_bytes()));
            assert_eq!(text(head, Framing::Empty), "PUT /p?q HTTP/1.1\r\nx-name: \r\n\r\n", "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_value_is_is_what_it_is_for_everybody(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            prop_assert_eq!(is_value(&bytes), HeaderValue::from_bytes(&bytes).is_ok());
        }
    }
}
