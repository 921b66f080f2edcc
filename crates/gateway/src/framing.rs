//! Where a message's body ends, said anew for each connection (RFC 9112 6): by what the body itself knows, not by what
//! the fields of the other connection claimed. Two servers that see two ends of one message can be made to see two
//! messages of one.

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, StatusCode};
use http_body::Body;

use crate::error::GatewayError;
use crate::http1::ending::Ending;
use crate::http1::head::Head;
use crate::http1::sending::Framing;

/// Where the body of a request ends.
pub(crate) fn framing_of(body: &impl Body) -> Framing {
    if body.is_end_stream() {
        return Framing::Empty;
    }
    body.size_hint().exact().map_or(Framing::Chunked, Framing::Length)
}

/// Makes the length in an answer's fields one that holds on the way to the client: the body's own, or, where there is
/// no body (RFC 9110 8.6), that of the body that there would be.
pub(crate) fn frame_answer(head: &mut Head, method: &Method, ending: &Ending) -> Result<(), GatewayError> {
    let Head { status, headers, claims, .. } = head;
    let is_coded = claims.is_chunked().map_err(|error| GatewayError::Malformed(error.into()))?;
    let length = if *status == StatusCode::NO_CONTENT || status.is_informational() || is_coded {
        None
    } else if *method == Method::HEAD || *status == StatusCode::NOT_MODIFIED {
        claims.length().ok().flatten()
    } else {
        ending.length()
    };
    if claims.say_plainly(length) {
        return Ok(());
    }
    headers.remove(CONTENT_LENGTH);
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(())
}
