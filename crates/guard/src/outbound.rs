//! What goes on to the upstream: header hygiene, in one place and in one order.
//!
//! First what is about the connection goes, then everything that a client could use to pass for somebody else or for
//! another request, then ours is set. So nothing that a client names in `Connection` can drop what is ours.

use std::net::IpAddr;

use bytes::BufMut;
use http::header::{CONNECTION, COOKIE, FORWARDED, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::standing::{Reach, Subject};

use crate::names::{Family, family};
use crate::refusal::PORTCULLIS_DECISION;
use crate::request_id::{RequestId, X_REQUEST_ID};
use crate::sink::{FieldSink, IntoMap};
use crate::values::{write_address, write_list};

const X_AUTH_USER: HeaderName = HeaderName::from_static("x-auth-user");
const X_AUTH_ROLES: HeaderName = HeaderName::from_static("x-auth-roles");
const X_AUTH_REALMS: HeaderName = HeaderName::from_static("x-auth-realms");
const X_AUTH_SESSION: HeaderName = HeaderName::from_static("x-auth-session");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// How many fields we set: the host, the id, four of the identity, four of the way here.
const OURS: usize = 10;

/// Whether the caller's credential goes on to the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Authorization {
    /// It doesn't: the upstream reads the identity fields.
    #[default]
    Drop,
    /// It does: an upstream that still checks the token with the same secret, during a migration.
    Keep,
}

/// What is known of a request beside its header fields.
#[derive(Debug, Clone, Copy)]
pub struct OutboundFacts<'r> {
    /// The decision.
    pub permit: &'r Permit,
    /// The id of the request.
    pub request_id: &'r RequestId,
    /// The host that was asked.
    pub host: Option<&'r HeaderValue>,
    /// The address of the peer; none over a Unix socket.
    pub peer: Option<IpAddr>,
    /// Whether the peer's word about its own client is believed.
    pub peer_is_trusted: bool,
    /// Whether the peer came over TLS.
    pub encrypted: bool,
    /// Whether the credential goes on.
    pub authorization: Authorization,
}

/// The header fields of the request to the upstream, in a map.
pub fn request_headers(inbound: &HeaderMap, facts: &OutboundFacts<'_>) -> HeaderMap {
    let mut outbound = HeaderMap::with_capacity(inbound.len() + OURS);
    put_request_fields(inbound, facts, &mut IntoMap::new(&mut outbound));
    outbound
}

/// Puts the header fields of the request to the upstream into `sink`.
pub fn put_request_fields(inbound: &HeaderMap, facts: &OutboundFacts<'_>, sink: &mut impl FieldSink) {
    let inbound = Inbound { headers: inbound, named: fields_named_in_connection(inbound), facts };
    inbound.pass_on(sink);
    sink.pass(&HOST, facts.host.unwrap_or(&empty()));
    sink.pass(&X_REQUEST_ID, &facts.request_id.value());
    put_identity(facts.permit, sink);
    inbound.put_forwarding(sink);
}

/// Removes from an upstream's answer what is about its connection, and what only we may say.
pub fn strip_response(headers: &mut HeaderMap) {
    let named = fields_named_in_connection(headers);
    let goes = |name: &&HeaderName| {
        let is_only_ours = **name == X_REQUEST_ID || name.as_str() == PORTCULLIS_DECISION;
        is_only_ours || family(name.as_str()) == Family::HopByHop || is_named(&named, name)
    };
    let going: Vec<_> = headers.keys().filter(goes).cloned().collect();
    for name in going {
        headers.remove(name);
    }
}

/// Sets the four identity fields, each exactly once; empty where the decision knows nobody.
pub fn set_identity(headers: &mut HeaderMap, permit: &Permit) {
    put_identity(permit, &mut IntoMap::new(headers));
}

fn put_identity(permit: &Permit, sink: &mut impl FieldSink) {
    sink.write(&X_AUTH_REALMS, |to| write_realms(to, &permit.realms()));
    let Some(principal) = permit.principal() else {
        for name in [X_AUTH_USER, X_AUTH_ROLES, X_AUTH_SESSION] {
            sink.write(&name, |_| ());
        }
        return;
    };
    let standing = &principal.standing;
    sink.write(&X_AUTH_USER, |to| write_subject(to, &standing.subject));
    sink.write(&X_AUTH_ROLES, |to| write_roles(to, standing.roles_everywhere()));
    sink.write(&X_AUTH_SESSION, |to| to.put_slice(principal.session.as_str().as_bytes()));
}

/// A user's name, or `client:` and the id of a client, which can be no user's name.
fn write_subject(to: &mut impl BufMut, subject: &Subject) {
    match subject {
        Subject::User(user) => to.put_slice(user.name.as_str().as_bytes()),
        Subject::Client(client) => to.put_slice(format!("client:{}", client.id).as_bytes()),
    }
}

fn write_roles<'r>(to: &mut impl BufMut, names: impl Iterator<Item = &'r RoleName>) {
    write_list(to, names.map(RoleName::as_str), |to, name| to.put_slice(name.as_bytes()));
}

/// `*`, or the realms, separated by commas; what is no letter, digit, `-`, `.` or `_` in a name is percent-encoded.
fn write_realms(to: &mut impl BufMut, reach: &Reach<'_>) {
    match reach {
        Reach::Everywhere => to.put_u8(b'*'),
        Reach::Realms(realms) => write_list(to, realms.iter().map(|realm| realm.as_str()), write_encoded),
    }
}

fn write_encoded(to: &mut impl BufMut, realm: &str) {
    for byte in realm.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            to.put_u8(byte);
        } else {
            to.put_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

/// One element of `Forwarded` (RFC 7239 4).
fn write_forwarded(to: &mut impl BufMut, peer: IpAddr, facts: &OutboundFacts<'_>) {
    let (before, after) = if peer.is_ipv6() { ("for=\"[", "]\"") } else { ("for=", "") };
    to.put_slice(before.as_bytes());
    write_address(to, peer);
    to.put_slice(after.as_bytes());
    if let Some(host) = facts.host.and_then(|host| host.to_str().ok()) {
        to.put_slice(b";host=\"");
        to.put_slice(host.as_bytes());
        to.put_u8(b'"');
    }
    to.put_slice(if facts.encrypted { b";proto=https" } else { b";proto=http" });
}

/// What the client, or the proxy before us, sent.
struct Inbound<'r> {
    headers: &'r HeaderMap,
    named: Vec<&'r str>,
    facts: &'r OutboundFacts<'r>,
}

impl Inbound<'_> {
    fn pass_on(&self, sink: &mut impl FieldSink) {
        let is_several_cookies = self.headers.get_all(COOKIE).iter().nth(1).is_some();
        for (name, value) in self.headers {
            if self.goes_on(name) && !(is_several_cookies && name == COOKIE) {
                sink.pass(name, value);
            }
        }
        // HTTP/2 may split cookies over several fields; HTTP/1.1 has one (RFC 9113 8.2.3).
        if is_several_cookies && self.goes_on(&COOKIE) {
            let cookies = self.headers.get_all(COOKIE).iter();
            sink.write(&COOKIE, |to| write_joined(to, cookies, b"; "));
        }
    }

    fn goes_on(&self, name: &HeaderName) -> bool {
        let goes_on = match family(name.as_str()) {
            Family::Other => true,
            Family::Forwarding => self.is_believed(name) && !self.grows(name),
            Family::Authorization => self.facts.authorization == Authorization::Keep,
            Family::Identity | Family::HopByHop | Family::Override | Family::RequestId | Family::Host => {
                false
            }
        };
        goes_on && !is_named(&self.named, name)
    }

    fn is_believed(&self, name: &HeaderName) -> bool {
        self.facts.peer_is_trusted && !name.as_str().contains(['_', '.'])
    }

    /// Whether the peer's address is added to this field.
    fn grows(&self, name: &HeaderName) -> bool {
        self.facts.peer.is_some() && (*name == X_FORWARDED_FOR || *name == FORWARDED)
    }

    /// What a proxy that is believed said in a field about the way here.
    fn told(&self, name: &HeaderName) -> impl Iterator<Item = &HeaderValue> {
        let is_believed = self.is_believed(name) && !is_named(&self.named, name);
        is_believed.then(|| self.headers.get_all(name)).into_iter().flatten()
    }

    fn put_forwarding(&self, sink: &mut impl FieldSink) {
        let facts = self.facts;
        if self.told(&X_FORWARDED_PROTO).next().is_none() {
            let proto = HeaderValue::from_static(if facts.encrypted { "https" } else { "http" });
            sink.pass(&X_FORWARDED_PROTO, &proto);
        }
        if let Some(host) = facts.host.filter(|_| self.told(&X_FORWARDED_HOST).next().is_none()) {
            sink.pass(&X_FORWARDED_HOST, host);
        }
        let Some(peer) = facts.peer.map(|peer| peer.to_canonical()) else { return };
        // What a client wrote need be no text, and must not hide what the proxies added to it.
        sink.write(&X_FORWARDED_FOR, |to| {
            write_before(to, self.told(&X_FORWARDED_FOR));
            write_address(to, peer);
        });
        sink.write(&FORWARDED, |to| {
            write_before(to, self.told(&FORWARDED));
            write_forwarded(to, peer, facts);
        });
    }
}

/// Writes the elements of a list to which one more comes.
fn write_before<'v>(to: &mut impl BufMut, elements: impl Iterator<Item = &'v HeaderValue>) {
    for element in elements {
        to.put_slice(element.as_bytes());
        to.put_slice(b", ");
    }
}

fn write_joined<'v>(
    to: &mut impl BufMut,
    mut values: impl Iterator<Item = &'v HeaderValue>,
    separator: &[u8],
) {
    if let Some(first) = values.next() {
        to.put_slice(first.as_bytes());
    }
    for value in values {
        to.put_slice(separator);
        to.put_slice(value.as_bytes());
    }
}

/// The field names that `Connection` lists. Nearly always there is none beside `Keep-Alive`, which goes in any case.
fn fields_named_in_connection(headers: &HeaderMap) -> Vec<&str> {
    let is_usual = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"keep-alive");
    if headers.get_all(CONNECTION).iter().all(is_usual) { vec![] } else { connection_options(headers) }
}

/// The options that `Connection` lists, which may be names of fields.
pub(crate) fn connection_options(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

fn is_named(options: &[&str], name: &HeaderName) -> bool {
    options.iter().any(|option| option.eq_ignore_ascii_case(name.as_str()))
}

fn empty() -> HeaderValue {
    HeaderValue::from_static("")
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
