//! The canonical request target: read once, before the decision; what was decided on is what is forwarded.
//!
//! Gates are walked around where they and the upstream read one path in two ways. So a path that could be read in
//! two ways is refused here, and what is left is kept in two forms that stand for the same thing: the text that goes
//! on to the upstream, and the key that routes are matched with.

/// Why a request target is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// Not a path: `*`, an authority, or nothing.
    #[error("the target does not begin with a slash")]
    NotAbsolute,
    /// A character that some server would read in another way than the next one.
    #[error("the path holds a character that must not stand there raw")]
    RawCharacter,
    /// A control character (C0, DEL, C1), raw or encoded.
    #[error("the path holds a control character")]
    Control,
    /// A backslash, raw or encoded: a slash to some servers.
    #[error("the path holds a backslash")]
    Backslash,
    /// A `%` without two hexadecimal digits.
    #[error("the path holds a broken percent-encoding")]
    BrokenEncoding,
    /// Bytes that are no UTF-8, overlong forms among them.
    #[error("the path does not decode to UTF-8")]
    NotUtf8,
    /// `//`.
    #[error("the path holds an empty segment")]
    EmptySegment,
    /// `.`, `..`, or a segment that ends in a dot or a space, which some file systems drop.
    #[error("a segment is a dot segment, or ends in a dot or a space")]
    DotSegment,
    /// `%2F %3F %23 %3B %25` where the route does not say that they are to be forwarded.
    #[error("the path holds an encoded delimiter, and its route does not forward them")]
    EncodedDelimiter,
    /// Another reading of the path (another case, without its last slash) needs another right than the path itself.
    #[error("another reading of the path has another requirement")]
    OtherReading,
}

/// A request target in its canonical form: a path and, unchanged, the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Canonical path, `?` and query: what goes on to the upstream, byte for byte.
    text: Box<str>,
    path_len: usize,
    /// The decoded path where it differs from the canonical one. An encoded delimiter stays encoded in it, in
    /// capitals, so that it can't be taken for a real one.
    key: Option<Box<str>>,
    has_encoded_delimiter: bool,
}

impl Target {
    /// Reads a request target in origin form (RFC 9112 3.2.1). A fragment, which has no business in a request, is cut.
    pub fn parse(raw: &str) -> Result<Self, PathFault> {
        let is_plain = raw.bytes().all(is_plain);
        let raw = if is_plain { raw } else { before(raw, b'#') };
        let path = if is_plain { raw } else { before(raw, b'?') };
        if !path.starts_with('/') {
            return Err(PathFault::NotAbsolute);
        }
        if is_plain || !path.bytes().any(|byte| byte == b'%') {
            if !is_plain {
                path.bytes().try_for_each(check_raw)?;
            }
            check_segments(path)?;
            return Ok(Self {
                text: raw.into(),
                path_len: path.len(),
                key: None,
                has_encoded_delimiter: false,
            });
        }
        let read = Decoded::read(path)?;
        check_segments(&read.key)?;
        let query = raw.get(path.len()..).unwrap_or_default();
        Ok(Self {
            path_len: read.canonical.len(),
            key: (read.key != read.canonical).then(|| read.key.into()),
            text: (read.canonical + query).into(),
            has_encoded_delimiter: read.has_encoded_delimiter,
        })
    }

    /// Canonical path and query: what goes on to the upstream.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The canonical path.
    pub fn path(&self) -> &str {
        self.text.get(..self.path_len).unwrap_or_default()
    }

    /// The query without its `?`, unchanged.
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.path_len..)?.strip_prefix('?')
    }

    /// The decoded path that routes are matched with.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_else(|| self.path())
    }

    /// The `index`th segment, decoded whole, encoded delimiters too: the value of a path parameter.
    pub fn segment(&self, index: usize) -> Option<String> {
        let segment = self.key().split('/').nth(index + 1)?;
        Some(decode_once(segment))
    }

    /// Whether `%2F`, `%3F`, `%23`, `%3B` or `%25` is in the path.
    pub fn has_encoded_delimiter(&self) -> bool {
        self.has_encoded_delimiter
    }
}

/// What stands before the first of these bytes, or all of it. Byte by byte, since targets are short, and what finds a
/// character in a long text takes longer to begin.
fn before(text: &str, end: u8) -> &str {
    let end = text.bytes().position(|byte| byte == end);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// A path with percent-encodings, read once.
struct Decoded {
    canonical: String,
    key: String,
    has_encoded_delimiter: bool,
}

impl Decoded {
    fn read(path: &str) -> Result<Self, PathFault> {
        let mut canonical = String::with_capacity(path.len());
        let mut key = Vec::with_capacity(path.len());
        let mut has_encoded_delimiter = false;
        let mut rest = path.as_bytes();
        while let [byte, tail @ ..] = rest {
            if *byte != b'%' {
                check_raw(*byte)?;
                canonical.push(char::from(*byte));
                key.push(*byte);
                rest = tail;
                continue;
            }
            let [high, low, tail @ ..] = tail else { return Err(PathFault::BrokenEncoding) };
            let triplet = [b'%', *high, *low];
            rest = tail;
            match hex_pair(*high, *low).ok_or(PathFault::BrokenEncoding)? {
                b'\\' => return Err(PathFault::Backslash),
                0..=0x1F | 0x7F => return Err(PathFault::Control),
                b'/' | b'?' | b'#' | b';' | b'%' => {
                    has_encoded_delimiter = true;
                    canonical.extend(triplet.map(char::from));
                    key.extend(triplet.map(|byte| byte.to_ascii_uppercase()));
                }
                unreserved if is_unreserved(unreserved) => {
                    canonical.push(char::from(unreserved));
                    key.push(unreserved);
                }
                other => {
                    canonical.extend(triplet.map(char::from));
                    key.push(other);
                }
            }
        }
        let key = String::from_utf8(key).map_err(|_| PathFault::NotUtf8)?;
        if key.chars().any(char::is_control) {
            return Err(PathFault::Control);
        }
        Ok(Self { canonical, key, has_encoded_delimiter })
    }
}

/// Decodes every well-formed triplet once and leaves the rest as it is; what is no UTF-8 then is replaced.
pub(crate) fn decode_once(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let triplet = match rest {
            [b'%', high, low, after @ ..] => hex_pair(*high, *low).map(|byte| (byte, after)),
            _ => None,
        };
        let (byte, tail) = triplet.unwrap_or((*byte, tail));
        decoded.push(byte);
        rest = tail;
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What may stand anywhere in a path and means itself. Most targets hold nothing else, and need no closer look.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        || byte.is_ascii_alphanumeric()
        || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~')
}

fn check_raw(byte: u8) -> Result<(), PathFault> {
    match byte {
        b'\\' => Err(PathFault::Backslash),
        0..=0x1F | 0x7F => Err(PathFault::Control),
        b' ' | b'"' | b'<' | b'>' | b'{' | b'}' | b'|' | b'^' | b'[' | b']' | b'`' | b';' | 0x80.. => {
            Err(PathFault::RawCharacter)
        }
        _ => Ok(()),
    }
}

/// Only the last segment may be empty: a trailing slash. No segment may end in what some server drops.
fn check_segments(key: &str) -> Result<(), PathFault> {
    let mut before = b'/';
    for byte in key.bytes().skip(1) {
        if byte == b'/' {
            match before {
                b'/' => return Err(PathFault::EmptySegment),
                b'.' | b' ' => return Err(PathFault::DotSegment),
                _ => {}
            }
        }
        before = byte;
    }
    if matches!(before, b'.' | b' ') { Err(PathFault::DotSegment) } else { Ok(()) }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
