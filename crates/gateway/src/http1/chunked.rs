//! Chunks (RFC 9112 7.1), read byte for byte where they say how long they are, and in one piece where they are data.
//! Extensions and trailers are read, and not passed on.

use bytes::Bytes;

use super::Malformed;

/// How long the extensions of all chunks may be together, and the trailer section, in bytes.
const MAX_REMARKS: usize = 16 * 1024;
/// How many digits a length may have, zeros in front of it included.
const MAX_DIGITS: u8 = 16;

/// A body in chunks, as far as it has been read.
#[derive(Debug, Default)]
pub struct Chunks {
    state: State,
    /// How much was read that is no data.
    remarks: usize,
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Data, or a part of it.
    Data(Bytes),
    /// No data before the bytes were used up.
    Nothing,
    /// The end of the body. What is left of the bytes is not the body's.
    End,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The length, of which so many digits were read.
    Length {
        digits: u8,
        length: u64,
    },
    /// Spaces behind the length, which only an extension or the end of the line may follow.
    Spaces {
        length: u64,
    },
    /// The rest of an extension.
    Extension {
        length: u64,
    },
    /// The line feed behind the length.
    LengthEnd {
        length: u64,
    },
    /// So much data.
    Data {
        left: u64,
    },
    /// The carriage return behind the data, and the line feed.
    DataEnd,
    DataEndFeed,
    /// A trailer's line, or the empty one.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerEnd,
    /// The line feed of the empty line.
    Last,
    Over,
}

impl Default for State {
    fn default() -> Self {
        Self::Length { digits: 0, length: 0 }
    }
}

impl Chunks {
    /// Whether the last one has been read, with all that follows it.
    pub fn are_over(&self) -> bool {
        self.state == State::Over
    }

    /// Reads what stands at the beginning of these bytes, and takes it off.
    pub fn take(&mut self, bytes: &mut Bytes) -> Result<Piece, Malformed> {
        let mut read = 0;
        for byte in bytes.iter() {
            if matches!(self.state, State::Data { .. } | State::Over) {
                break;
            }
            self.state = self.after(*byte)?;
            read += 1;
        }
        drop(bytes.split_to(read));
        match &mut self.state {
            State::Over => Ok(Piece::End),
            State::Data { left } if !bytes.is_empty() => {
                let length = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left -= length as u64;
                if *left == 0 {
                    self.state = State::DataEnd;
                }
                Ok(Piece::Data(bytes.split_to(length)))
            }
            _ => Ok(Piece::Nothing),
        }
    }

    /// What comes after this byte.
    fn after(&mut self, byte: u8) -> Result<State, Malformed> {
        let next = match (self.state, byte) {
            (State::Length { digits, length }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F')
                if digits < MAX_DIGITS =>
            {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed::Chunk)?;
                State::Length { digits: digits + 1, length: length << 4 | u64::from(digit) }
            }
            // Blanks before the end of the line are no part of the grammar, but have one meaning, and old servers send them.
            (
                State::Length { digits: 1.., length }
                | State::Spaces { length }
                | State::Extension { length },
                b'\r',
            ) => State::LengthEnd { length },
            (State::Length { digits: 1.., length } | State::Spaces { length }, b';') => {
                State::Extension { length }
            }
            (State::Length { digits: 1.., length } | State::Spaces { length }, b' ' | b'\t') => {
                self.remark(State::Spaces { length })?
            }
            (State::Extension { length }, byte) if is_text(byte) => {
                self.remark(State::Extension { length })?
            }
            (State::LengthEnd { length: 0 }, b'\n') => {
                self.remarks = 0;
                State::Trailer
            }
            (State::LengthEnd { length: left }, b'\n') => State::Data { left },
            (State::DataEnd, b'\r') => State::DataEndFeed,
            (State::DataEndFeed, b'\n') => State::default(),
            (State::Trailer, b'\r') => State::Last,
            (State::Trailer | State::TrailerName, byte) if is_token(byte) => {
                self.remark(State::TrailerName)?
            }
            (State::TrailerName, b':') => State::TrailerValue,
            (State::TrailerValue, b'\r') => State::TrailerEnd,
            (State::TrailerValue, byte) if is_text(byte) => self.remark(State::TrailerValue)?,
            (State::TrailerEnd, b'\n') => State::Trailer,
            (State::Last, b'\n') => State::Over,
            _ => return Err(Malformed::Chunk),
        };
        Ok(next)
    }

    /// Goes on where one more byte was read that is not passed on.
    fn remark(&mut self, next: State) -> Result<State, Malformed> {
        self.remarks += 1;
        if self.remarks > MAX_REMARKS { Err(Malformed::TooLarge) } else { Ok(next) }
    }
}

/// What may stand in a line (RFC 9110 5.5).
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7F)
}

/// What a name is made of (RFC 9110 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body in these chunks, read in pieces of this length, and what is left; none if it is not over.
    fn read(text: &str, step: usize) -> Result<Option<(String, String)>, Malformed> {
        let (mut chunks, mut body) = (Chunks::default(), vec![]);
        let mut pieces = text.as_bytes().chunks(step);
        while let Some(piece) = pieces.next() {
            let mut bytes = Bytes::copy_from_slice(piece);
            loop {
                match chunks.take(&mut bytes)? {
                    Piece::Data(data) => body.extend_from_slice(&data),
                    Piece::Nothing => break,
                    Piece::End => {
                        let left = [&bytes[..], &pieces.collect::<Vec<_>>().concat()].concat();
                        return Ok(Some((
                            String::from_utf8(body).unwrap(),
                            String::from_utf8(left).unwrap(),
                        )));
                    }
                }
            }
            assert!(bytes.is_empty());
        }
        Ok(None)
    }

    #[test]
    fn a_body_is_the_same_in_whatever_pieces_it_comes() {
        for (text, expected) in [
            ("0\r\n\r\n", ""),
            ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("3\r\nhel\r\n02\r\nlo\r\n000\r\n\r\n", "hello"),
            ("A\r\n\r\n0\r\n\r\n\r\n\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n\r\n\n"),
            ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
            ("5;a\r\nhello\r\n0;b=\"c;d\"\r\n\r\n", "hello"),
            ("5  \r\nhello\r\n0 \r\n\r\n", "hello"),
            ("5 \t;a=b\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n", "hello"),
        ] {
            for step in 1..text.len() + 6 {
                let text = format!("{text}HTTP/1");
                let (body, left) = read(&text, step).expect(&text).expect(&text);
                assert_eq!((body.as_str(), left.as_str()), (expected, "HTTP/1"), "{text:?}");
            }
            for length in 0..text.len() {
                assert_eq!(read(&text[..length], usize::MAX), Ok(None), "{text:?} to {length}");
            }
        }
    }

    #[test]
    fn chunks_that_can_be_read_in_two_ways_are_refused() {
        for text in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "+1\r\n",
            " 5\r\n",
            "5 \n",
            "0x5\r\n",
            "5\n",
            "5\rhello",
            "5\r\r\n",
            "5 5\r\n",
            "5,5\r\n",
            "5;a\nhello",
            "5;a\0\r\n",
            "5;a\u{7f}\r\n",
            "5;a\rb\r\n",
            "00000000000000005\r\n",
            "10000000000000000\r\n",
            "5\r\nhello0\r\n",
            "5\r\nhello\n0\r\n",
            "5\r\nhello\r0\r\n",
            "5\r\nhello\r\n\r\n",
            "0\r\n X: y\r\n\r\n",
            "0\r\nX: y\r\n z\r\n\r\n",
            "0\r\nX: y\n\r\n",
            "0\r\nX y\r\n\r\n",
            "0\r\n: y\r\n\r\n",
            "0\r\nX\r\n\r\n",
            "0\r\nX: y\0\r\n\r\n",
            "0\r\n\n",
            "0\r\n\rx",
            "0\n\n",
        ] {
            for step in 1..=text.len() {
                assert_eq!(read(text, step), Err(Malformed::Chunk), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_data_has_its_bound() {
        let extensions = |length: usize| {
            format!("1;{}\r\nx\r\n1;{}\r\nx\r\n0\r\n\r\n", "a".repeat(length), "a".repeat(MAX_REMARKS - 100))
        };
        assert!(read(&extensions(100), 1000).unwrap().is_some());
        assert_eq!(read(&extensions(101), 1000), Err(Malformed::TooLarge));
        let trailers = |length: usize| format!("0\r\nX:{}\r\n\r\n", "a".repeat(length));
        assert!(read(&trailers(MAX_REMARKS - 1), 1000).unwrap().is_some());
        assert_eq!(read(&trailers(MAX_REMARKS), 1000), Err(Malformed::TooLarge));
    }
}
