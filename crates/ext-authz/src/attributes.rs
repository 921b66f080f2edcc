//! The request that Envoy asks about, as the attributes describe it.
//!
//! What is missing, there twice, or no part of a request is an error, never a default, since what would be filled in is what
//! would be let through.

use std::net::IpAddr;

use envoy_types::ext_authz::v3::pb::{Address, CheckRequest};
use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_guard::forward_auth::is_sendable;
use portcullis_guard::framing::{MAX_FIELD_BYTES, MAX_FIELDS, MAX_TARGET, is_host};

/// The request that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// Its method, as it stands on the wire.
    pub(crate) method: String,
    /// Its path and query, as they stand on the wire: nobody has decoded them.
    pub(crate) target: String,
    /// Its header fields, without HTTP/2's pseudo fields.
    pub(crate) headers: HeaderMap,
    /// Where it came to Envoy from; none over a Unix socket.
    pub(crate) source: Option<IpAddr>,
}

/// Why it isn't clear which request is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unclear {
    /// Something is not there that every request has.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The header fields are there in both ways, or a value is.
    #[error("{0} are both there")]
    Both(&'static str),
    /// A part of the target stands apart from it.
    #[error("{0} stands apart from the path, which holds all of the target")]
    Apart(&'static str),
    /// No request has such a thing.
    #[error("{0} is none that the gate itself would take")]
    Malformed(&'static str),
}

const HEADERS: &str = "request.http.header_map or headers";
const SOURCE: &str = "source.address";

impl Held {
    /// Reads the request that is asked about.
    pub(crate) fn read(question: CheckRequest) -> Result<Self, Unclear> {
        let attributes = question.attributes.ok_or(Unclear::Missing("attributes"))?;
        let request = attributes.request.and_then(|request| request.http);
        let request = request.ok_or(Unclear::Missing("request.http"))?;
        check_line(&request)?;
        let headers = headers(&request)?;
        let source = source(attributes.source)?;
        Ok(Self { method: request.method, target: request.path, headers, source })
    }
}

/// What of the request line the gate can't judge: the path is its own business.
fn check_line(request: &HttpRequest) -> Result<(), Unclear> {
    let needed = [
        ("request.http.method", &request.method),
        ("request.http.path", &request.path),
        ("request.http.host", &request.host),
    ];
    if let Some((name, _)) = needed.iter().find(|(_, value)| value.is_empty()) {
        return Err(Unclear::Missing(name));
    }
    // Envoy leaves both empty. Whoever doesn't may have cut them off the path, which would then be half of what was asked.
    let apart = [("request.http.query", &request.query), ("request.http.fragment", &request.fragment)];
    if let Some((name, _)) = apart.iter().find(|(_, value)| !value.is_empty()) {
        return Err(Unclear::Apart(name));
    }
    if !is_sendable(&request.path) {
        return Err(Unclear::Malformed("request.http.path"));
    }
    if is_host(request.host.as_bytes()) { Ok(()) } else { Err(Unclear::Malformed("request.http.host")) }
}

/// A header field as it is told.
type Field<'r> = (&'r str, &'r [u8]);

/// The header fields: one by one as they came (`encode_raw_headers`), or those of one name joined by commas.
fn headers(request: &HttpRequest) -> Result<HeaderMap, Unclear> {
    let listed = request.header_map.as_ref().map(|map| map.headers.as_slice()).unwrap_or_default();
    match (listed.is_empty(), request.headers.is_empty()) {
        (true, true) => Err(Unclear::Missing(HEADERS)),
        (false, false) => Err(Unclear::Both(HEADERS)),
        (false, true) => {
            let fields = listed.iter().map(|field| Ok((field.key.as_str(), raw(field)?)));
            let fields: Vec<Field<'_>> = fields.collect::<Result<_, _>>()?;
            check_size(&fields)?;
            parsed(fields.into_iter())
        }
        (true, false) => {
            let fields = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
            let fields: Vec<Field<'_>> = fields.collect();
            check_size(&fields)?;
            parsed(fields.into_iter().flat_map(taken_apart))
        }
    }
}

/// Envoy writes the bytes into one of the two and leaves the other empty.
fn raw(field: &core::HeaderValue) -> Result<&[u8], Unclear> {
    match (field.value.as_bytes(), field.raw_value.as_slice()) {
        (text, []) => Ok(text),
        ([], raw) => Ok(raw),
        (_, _) => Err(Unclear::Both("value and raw_value of a header field")),
    }
}

/// What was sent twice is to be found twice. A value that had a comma in it by itself is then ambiguous where it counts, and
/// so refused.
fn taken_apart((name, value): Field<'_>) -> impl Iterator<Item = Field<'_>> {
    value.split(|byte| *byte == b',').map(move |part| (name, part))
}

/// The gate itself takes no more than this.
fn check_size(fields: &[Field<'_>]) -> Result<(), Unclear> {
    let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    // Pseudo fields stand beside the others, and there are four of them (RFC 9113 8.3.1).
    let fits = fields.len() <= MAX_FIELDS + 4 && bytes <= MAX_FIELD_BYTES + MAX_TARGET;
    if fits { Ok(()) } else { Err(Unclear::Malformed("the number or size of header fields")) }
}

/// The header fields without the pseudo fields, which repeat what stands elsewhere.
fn parsed<'r>(fields: impl Iterator<Item = Field<'r>>) -> Result<HeaderMap, Unclear> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields.filter(|(name, _)| !name.starts_with(':')) {
        let name = HeaderName::from_bytes(name.as_bytes());
        let name = name.map_err(|_| Unclear::Malformed("the name of a header field"))?;
        let value = HeaderValue::from_bytes(value.trim_ascii());
        headers.append(name, value.map_err(|_| Unclear::Malformed("the value of a header field"))?);
    }
    Ok(headers)
}

/// Where the request came to Envoy from, in Envoy's own words.
fn source(peer: Option<Peer>) -> Result<Option<IpAddr>, Unclear> {
    let address = peer.and_then(|peer| peer.address).and_then(|address| address.address);
    match address.ok_or(Unclear::Missing(SOURCE))? {
        Address::SocketAddress(socket) => {
            // A link-local address has its interface behind it (RFC 4007 11).
            let address = socket.address.split('%').next().unwrap_or_default();
            address.parse().map(Some).map_err(|_| Unclear::Malformed(SOURCE))
        }
        Address::Pipe(_) => Ok(None),
        Address::EnvoyInternalAddress(_) => Err(Unclear::Malformed(SOURCE)),
    }
}
