//! What the fields of an answer say about its body and its connection, noted while they are read.

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue};

use super::Malformed;

/// What the fields of an answer say about its body and its connection.
#[derive(Debug, Default, Clone, Copy)]
pub struct Claims {
    coding: Coding,
    length: Length,
    /// Whether the connection ends with this answer.
    pub close: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Coding {
    #[default]
    Unsaid,
    Chunked,
    Other,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Length {
    #[default]
    Unsaid,
    /// Once, and in digits alone.
    Plain(u64),
    /// The same length several times.
    Agreed(u64),
    /// No length, or several.
    None,
}

impl Claims {
    /// Takes note of a field.
    pub(crate) fn note(&mut self, name: &HeaderName, value: &HeaderValue) {
        let value = value.as_bytes();
        if *name == CONTENT_LENGTH {
            self.length = self.length.and(value);
        } else if *name == TRANSFER_ENCODING {
            self.coding = self.coding.and(value);
        } else if *name == CONNECTION {
            self.close |= options(value).any(|option| option.eq_ignore_ascii_case(b"close"));
        }
    }

    /// Whether the answer is chunked. We asked for no other coding, can't undo one, and mustn't hide it.
    pub fn is_chunked(&self) -> Result<bool, Malformed> {
        match self.coding {
            Coding::Unsaid => Ok(false),
            Coding::Chunked => Ok(true),
            Coding::Other => Err(Malformed::Coding),
        }
    }

    /// The one length that is said; none if nothing is said of it.
    pub fn length(&self) -> Result<Option<u64>, Malformed> {
        match self.length {
            Length::Unsaid => Ok(None),
            Length::Plain(length) | Length::Agreed(length) => Ok(Some(length)),
            Length::None => Err(Malformed::Length),
        }
    }

    /// Whether this length is said as it should be, or nothing of one if there is none.
    pub(crate) fn say_plainly(&self, length: Option<u64>) -> bool {
        self.length == length.map_or(Length::Unsaid, Length::Plain)
    }

    /// Whether both chunks and a length are said to end the body. Then the chunks count, and the connection has served its
    /// time (RFC 9112 6.3): whoever sent both may be another than he who sends next.
    pub fn has_two_ends(&self) -> bool {
        self.coding != Coding::Unsaid && self.length != Length::Unsaid
    }
}

impl Coding {
    fn and(self, value: &[u8]) -> Self {
        if self == Self::Unsaid && value.eq_ignore_ascii_case(b"chunked") {
            Self::Chunked
        } else {
            Self::Other
        }
    }
}

impl Length {
    fn and(self, value: &[u8]) -> Self {
        match (self, number(value)) {
            (Self::Unsaid, Some(length)) => Self::Plain(length),
            _ => options(value).map(number).fold(self, |said, length| match (said, length) {
                (Self::Unsaid, Some(length)) => Self::Agreed(length),
                (Self::Plain(before) | Self::Agreed(before), Some(length)) if before == length => {
                    Self::Agreed(length)
                }
                _ => Self::None,
            }),
        }
    }
}

/// The members of a list.
fn options(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// A number in digits alone.
fn number(digits: &[u8]) -> Option<u64> {
    let is_one = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_one)?.parse().ok()
}
