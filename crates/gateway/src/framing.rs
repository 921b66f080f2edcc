//! Where a message's body ends, said anew for each connection (RFC 9112 6): by what the body itself knows, not by what
//! the fields of the other connection claimed. Two servers that see two ends of one message can be made to see two
//! messages of one.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body::Body;

use crate::error::GatewayError;

/// Says in the fields of a request where its body ends.
pub(crate) fn frame_request(headers: &mut HeaderMap, body: &impl Body) {
    headers.remove(TRANSFER_ENCODING);
    let said_a_length = headers.remove(CONTENT_LENGTH).is_some();
    if body.is_end_stream() {
        // A POST that says that it has no body goes on saying so; a GET doesn't begin to.
        if said_a_length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
        }
    } else if let Some(length) = body.size_hint().exact() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    } else {
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}

/// Makes the length in an answer's fields one that holds on the way to the client: the body's own, or, where there is
/// no body (RFC 9110 8.6), that of the body that there would be.
pub(crate) fn frame_answer(
    headers: &mut HeaderMap,
    method: &Method,
    status: StatusCode,
    body: &impl Body,
) -> Result<(), GatewayError> {
    let is_coded = check_coding(headers)?;
    let length = if status == StatusCode::NO_CONTENT || status.is_informational() || is_coded {
        None
    } else if *method == Method::HEAD || status == StatusCode::NOT_MODIFIED {
        claimed_length(headers)
    } else {
        body.size_hint().exact().filter(|_| headers.contains_key(CONTENT_LENGTH))
    };
    if says_only(headers, length) {
        return Ok(());
    }
    headers.remove(CONTENT_LENGTH);
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(())
}

/// Whether the fields say this length already, once and in digits alone.
fn says_only(headers: &HeaderMap, length: Option<u64>) -> bool {
    let mut values = headers.get_all(CONTENT_LENGTH).iter().map(HeaderValue::as_bytes);
    let (Some(length), Some(only), None) = (length, values.next(), values.next()) else { return false };
    only.iter().all(u8::is_ascii_digit)
        && std::str::from_utf8(only).is_ok_and(|only| only.parse() == Ok(length))
}

/// Whether the answer is chunked. We asked for no other coding, can't undo one, and mustn't hide it.
fn check_coding(headers: &HeaderMap) -> Result<bool, GatewayError> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(true),
        _ => Err(GatewayError::malformed("a transfer coding that nobody asked for")),
    }
}

/// The one length that all `Content-Length` fields agree on.
fn claimed_length(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(CONTENT_LENGTH).iter().map(|value| value.to_str().unwrap_or_default());
    let mut lengths = values.flat_map(|value| value.split(',')).map(|length| length.trim().parse().ok());
    let first = lengths.next()??;
    lengths.all(|length| length == Some(first)).then_some(first)
}
