//! Upgrades to another protocol (RFC 9110 7.8): which are asked for, which pass, and what the upstream must say.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use hyper::rt::{Read, Write};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use portcullis_core::domain::permit::Permit;
use portcullis_guard::Body;
use portcullis_guard::body::empty;
use portcullis_guard::outbound::strip_response;
use portcullis_guard::sink::FieldSink as _;

use crate::connector::Stream;
use crate::error::GatewayError;
use crate::http1::request_head::RequestHead;

const WEBSOCKET: &str = "websocket";
/// Protocols that carry requests, which then nobody would decide on.
const NEVER: [&str; 3] = ["h2c", "tls", "http"];

/// A client's wish to go on in another protocol, found to be allowed.
pub struct Upgrade {
    protocol: HeaderValue,
    pub(crate) client: OnUpgrade,
    pub(crate) reclaim: Reclaim,
}

/// Takes a client's connection back from the server that it came in by: [`reclaim`] for the type that the server was
/// given.
pub type Reclaim = fn(Upgraded) -> Option<Reclaimed>;

/// A client's connection, and what its server had read of it beyond the request.
pub struct Reclaimed {
    pub(crate) io: Box<dyn Stream>,
    pub(crate) read_ahead: Bytes,
}

/// Takes a client's connection of type `T` back from hyper's HTTP/1.1 server, or from hyper-util's, which tells
/// HTTP/1.1 from HTTP/2. None if the server was given a connection of another type.
pub fn reclaim<T>(upgraded: Upgraded) -> Option<Reclaimed>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let reclaimed = |io: T, read_ahead| Reclaimed { io: Box::new(TokioIo::new(io)), read_ahead };
    match auto::upgrade::downcast::<T>(upgraded) {
        Ok(parts) => Some(reclaimed(parts.io, parts.read_buf)),
        Err(upgraded) => upgraded.downcast::<T>().ok().map(|parts| reclaimed(parts.io, parts.read_buf)),
    }
}

impl Upgrade {
    /// The upgrade that a request asks for, if it is one that passes: over HTTP/1.1, of a request without a body, to
    /// one protocol, which is WebSocket or one that the permit's route lists, and never one that carries requests.
    /// Without it the request is forwarded all the same, and stays what it is.
    pub fn asked(
        request: &mut Parts,
        body: &impl http_body::Body,
        permit: &Permit,
        reclaim: Reclaim,
    ) -> Option<Self> {
        let protocol = protocol_asked(request, body)?;
        if !passes(protocol, &request.method, &permit.route().upgrades) {
            return None;
        }
        let protocol = protocol.clone();
        let client = request.extensions.remove::<OnUpgrade>()?;
        Some(Self { protocol, client, reclaim })
    }

    /// Puts the wish into the fields of a request, of which none is about the connection.
    pub(crate) fn announce(&self, head: &mut RequestHead) {
        for (name, value) in self.fields() {
            head.pass(&name, &value);
        }
    }

    fn fields(&self) -> [(HeaderName, HeaderValue); 2] {
        [(CONNECTION, HeaderValue::from_static("upgrade")), (UPGRADE, self.protocol.clone())]
    }

    /// The 101 to the client, if the upstream's is one to what was asked.
    pub(crate) fn answer(&self, mut headers: HeaderMap) -> Result<Response<Body>, GatewayError> {
        let agreed =
            only(&headers).is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(self.protocol.as_bytes()));
        if !agreed {
            return Err(GatewayError::malformed("a change to a protocol that nobody asked for"));
        }
        strip_response(&mut headers);
        headers.remove(CONTENT_LENGTH);
        headers.extend(self.fields());
        let mut answer = Response::new(empty());
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

impl std::fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Upgrade").field(&self.protocol).finish()
    }
}

/// The one protocol that a request asks to go on in.
fn protocol_asked<'r>(request: &'r Parts, body: &impl http_body::Body) -> Option<&'r HeaderValue> {
    let can_upgrade = request.version == Version::HTTP_11 && body.is_end_stream();
    if can_upgrade && connection_says_upgrade(&request.headers) { only(&request.headers) } else { None }
}

/// The value of the one `Upgrade` field, if it lists one protocol.
fn only(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut values = headers.get_all(UPGRADE).iter();
    let value = values.next().filter(|value| !value.as_bytes().contains(&b','))?;
    values.next().is_none().then_some(value)
}

fn connection_says_upgrade(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|option| option.trim().eq_ignore_ascii_case("upgrade"))
}

/// Whether a protocol passes on a route that lists these beside WebSocket.
fn passes(protocol: &HeaderValue, method: &Method, listed: &[Box<str>]) -> bool {
    let Ok(protocol) = protocol.to_str() else { return false };
    let name = protocol.split('/').next().unwrap_or_default();
    if NEVER.iter().any(|never| never.eq_ignore_ascii_case(name)) {
        return false;
    }
    // RFC 6455 4.1 has WebSocket begin with a GET.
    let is_websocket = protocol.eq_ignore_ascii_case(WEBSOCKET) && method == Method::GET;
    is_websocket || listed.iter().any(|listed| listed.eq_ignore_ascii_case(protocol))
}
