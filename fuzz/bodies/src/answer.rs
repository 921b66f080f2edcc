//! What an upstream answers: the first byte picks the method that was asked with and the length of the pieces that it comes
//! in, the rest is what comes.
//!
//! What comes is taken twice: as it is, and with every line feed as the end of a line of HTTP, so that a corpus can be
//! written with an editor.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "to panic is how a body says that something does not hold"
)]

use bytes::{Buf as _, Bytes};
use http::{Method, StatusCode};
use portcullis_gateway::http1::ending::Ending;
use portcullis_gateway::http1::head::{Head, Heads, MAX_FIELDS, MAX_LENGTH};

/// What became of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Refused,
    /// A head that is not all there.
    Begun,
    /// A body, as far as it came, and whether it is all there.
    Answered {
        status: StatusCode,
        fields: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
        is_whole: bool,
        left: Vec<u8>,
    },
}

/// Reads what comes, and what would come if its lines had the ends that HTTP wants.
pub fn answer(data: &[u8]) {
    let Some((first, wire)) = data.split_first() else { return };
    reads_in_one_way(*first, wire);
    reads_in_one_way(*first, &wire.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]));
}

/// Reads the answer at once and in pieces.
fn reads_in_one_way(first: u8, wire: &[u8]) {
    let method = [Method::GET, Method::HEAD, Method::POST, Method::CONNECT][usize::from(first & 3)].clone();
    let at_once = read(&method, wire, wire.len().max(1));
    let in_pieces = read(&method, wire, usize::from(first >> 2) + 1);
    // A line is looked at when its end has come.
    if (&at_once, &in_pieces) != (&Read::Refused, &Read::Begun) {
        assert_eq!(at_once, in_pieces, "what came depends on how it came");
    }
    if let Read::Answered { status, fields, body, is_whole, left } = at_once {
        let behind = head_has_one_reading(wire, status, &fields);
        body_has_one_reading(&method, status, &fields, behind, &(body, is_whole, left));
    }
}

fn read(method: &Method, wire: &[u8], step: usize) -> Read {
    let (mut heads, mut answered, mut body) = (Heads::default(), None::<(Head, Ending)>, vec![]);
    let mut unread = Bytes::new();
    for piece in wire.chunks(step) {
        unread = [&unread[..], piece].concat().into();
        if answered.is_none() {
            let Ok((head, length)) = heads.read(&unread) else { return Read::Refused };
            unread.advance(length);
            match head {
                None => continue,
                Some(head) => match Ending::of(&head, method) {
                    Err(_) => return Read::Refused,
                    Ok(ending) => answered = Some((head, ending)),
                },
            }
        }
        let Some((_, ending)) = &mut answered else { continue };
        loop {
            match ending.take(&mut unread) {
                Err(_) => return Read::Refused,
                Ok(None) => break,
                Ok(Some(piece)) => body.extend_from_slice(&piece),
            }
        }
    }
    let Some((head, ending)) = answered else { return Read::Begun };
    let fields = head.headers.iter();
    Read::Answered {
        status: head.status,
        fields: fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
        body,
        is_whole: ending.is_here(),
        left: unread.to_vec(),
    }
}

/// The head, read once more by somebody who only knows its grammar (RFC 9112 4 and 5); what stands behind it is returned.
fn head_has_one_reading<'w>(wire: &'w [u8], status: StatusCode, fields: &[(String, Vec<u8>)]) -> &'w [u8] {
    let mut rest = wire;
    loop {
        let end = rest.windows(4).position(|end| end == b"\r\n\r\n").expect("no end of the head");
        let (head, behind) = (&rest[..end], &rest[end + 4..]);
        assert!(end + 4 <= MAX_LENGTH, "a head beyond its bound");
        let mut lines =
            head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let first = lines.next().unwrap_or_default();
        assert!(first.starts_with(b"HTTP/1.1 ") || first.starts_with(b"HTTP/1.0 "), "no status line");
        assert!(!head.iter().any(|byte| (*byte < b' ' && !b"\t\r\n".contains(byte)) || *byte == 0x7F));
        assert_eq!(count(head, b"\r"), count(head, b"\r\n"), "a carriage return alone");
        assert_eq!(count(head, b"\n"), count(head, b"\r\n"), "a line feed alone");
        let code = first.get(9..12).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| code.parse().ok()).and_then(|code| StatusCode::from_u16(code).ok());
        let code = code.expect("no status");
        if code.is_informational() && code != StatusCode::SWITCHING_PROTOCOLS {
            rest = behind;
            continue;
        }
        assert_eq!(code, status, "another status");
        let mut expected: Vec<_> = lines.map(field).collect();
        assert!(expected.len() <= MAX_FIELDS, "too many fields");
        let mut fields = fields.to_vec();
        expected.sort();
        fields.sort();
        assert_eq!(fields, expected, "other fields");
        return behind;
    }
}

fn count(text: &[u8], what: &[u8]) -> usize {
    text.windows(what.len()).filter(|window| window == &what).count()
}

fn field(line: &[u8]) -> (String, Vec<u8>) {
    let colon = line.iter().position(|byte| *byte == b':').expect("a line without a colon");
    let name = &line[..colon];
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    assert!(!name.is_empty() && name.iter().all(is_token), "no name");
    (String::from_utf8_lossy(name).to_ascii_lowercase(), line[colon + 1..].trim_ascii().to_vec())
}

/// The body, by the rules of RFC 9112 6.3.
fn body_has_one_reading(
    method: &Method,
    status: StatusCode,
    fields: &[(String, Vec<u8>)],
    behind: &[u8],
    read: &(Vec<u8>, bool, Vec<u8>),
) {
    let all = |name: &str| -> Vec<&[u8]> {
        fields.iter().filter(|field| field.0 == name).map(|field| field.1.as_slice()).collect()
    };
    let has_none =
        *method == Method::HEAD || status.is_informational() || [204, 304].contains(&status.as_u16());
    let (codings, lengths) = (all("transfer-encoding"), all("content-length"));
    let expected = if has_none {
        (vec![], true, behind.to_vec())
    } else if let [coding] = codings.as_slice() {
        assert!(coding.eq_ignore_ascii_case(b"chunked"), "a coding that is not ours to undo");
        unchunked(behind)
    } else if lengths.is_empty() {
        (behind.to_vec(), false, vec![])
    } else {
        let mut lengths =
            lengths.iter().flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let length = lengths.next().and_then(number).expect("a length that is none");
        assert!(lengths.all(|other| number(other) == Some(length)), "lengths that differ");
        let cut = usize::try_from(length).map_or(behind.len(), |length| length.min(behind.len()));
        (behind[..cut].to_vec(), cut as u64 == length, behind[cut..].to_vec())
    };
    assert!(codings.len() <= 1 || has_none, "two codings");
    assert_eq!(*read, expected, "another body");
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_one = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_one)?.parse().ok()
}

/// Chunks, read line by line.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool, Vec<u8>) {
    let mut body = vec![];
    let begun = |body: Vec<u8>| (body, false, vec![]);
    loop {
        let Some((line, behind)) = line(rest) else { return begun(body) };
        let digits = line.split(|byte| b"; \t".contains(byte)).next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).expect("no length");
        assert!((1..=16).contains(&digits.len()) && !digits.starts_with('+'), "no length");
        let length = u64::from_str_radix(digits, 16).expect("no length");
        if length == 0 {
            rest = behind;
            break;
        }
        let cut = usize::try_from(length).map_or(behind.len(), |length| length.min(behind.len()));
        body.extend_from_slice(&behind[..cut]);
        match behind[cut..].strip_prefix(b"\r\n") {
            Some(behind) if cut as u64 == length => rest = behind,
            _ => {
                assert!(b"\r\n".starts_with(&behind[cut..]), "data without an end");
                return begun(body);
            }
        }
    }
    loop {
        let Some((line, behind)) = line(rest) else { return begun(body) };
        if line.is_empty() {
            return (body, true, behind.to_vec());
        }
        field(line);
        rest = behind;
    }
}

fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.windows(2).position(|end| end == b"\r\n")?;
    let line = &text[..end];
    assert!(!line.contains(&b'\n') && !line.contains(&b'\r'), "an end of a line in a line");
    Some((line, &text[end + 2..]))
}
