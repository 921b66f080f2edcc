//! What goes on to the upstream: header hygiene, in one place and in one order.
//!
//! First what is about the connection goes, then everything that a client could use to pass for somebody else or for
//! another request, then ours is set. So nothing that a client names in `Connection` can drop what is ours.

use std::fmt::Write as _;
use std::net::IpAddr;

use bytes::{BufMut as _, BytesMut};
use http::header::{CONNECTION, COOKIE, Entry, FORWARDED, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::standing::{Reach, Subject};

use crate::names::{Family, family};
use crate::refusal::PORTCULLIS_DECISION;
use crate::request_id::{RequestId, X_REQUEST_ID};
use crate::values::{Values, write_address, write_list};

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

/// The header fields of the request to the upstream.
pub fn request_headers(inbound: &HeaderMap, facts: &OutboundFacts<'_>) -> HeaderMap {
    let named_in_connection = fields_named_in_connection(inbound);
    let mut outbound = HeaderMap::with_capacity(inbound.len() + OURS);
    for (name, value) in inbound {
        let goes_on = match family(name.as_str()) {
            Family::Other => true,
            Family::Forwarding => facts.peer_is_trusted && !name.as_str().contains(['_', '.']),
            Family::Authorization => facts.authorization == Authorization::Keep,
            Family::Identity | Family::HopByHop | Family::Override | Family::RequestId | Family::Host => {
                false
            }
        };
        if goes_on && !is_named(&named_in_connection, name) {
            outbound.append(name, value.clone());
        }
    }
    join_cookies(&mut outbound);
    outbound.insert(HOST, facts.host.cloned().unwrap_or_else(empty));
    let mut values = Values::new();
    outbound.insert(X_REQUEST_ID, facts.request_id.value());
    write_identity(&mut outbound, facts.permit, &mut values);
    set_forwarding(&mut outbound, facts, &mut values);
    outbound
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
    write_identity(headers, permit, &mut Values::new());
}

fn write_identity(headers: &mut HeaderMap, permit: &Permit, values: &mut Values) {
    let realms = values.written(|to| write_realms(to, &permit.realms()));
    let [user, roles, session] = match permit.principal() {
        Some(principal) => [
            values.written(|to| write_subject(to, &principal.standing.subject)),
            values.written(|to| write_roles(to, principal.standing.roles_everywhere())),
            values.text(principal.session.as_str()),
        ],
        None => [empty(), empty(), empty()],
    };
    headers.insert(X_AUTH_USER, user);
    headers.insert(X_AUTH_ROLES, roles);
    headers.insert(X_AUTH_REALMS, realms);
    headers.insert(X_AUTH_SESSION, session);
}

/// A user's name, or `client:` and the id of a client, which can be no user's name.
fn write_subject(to: &mut BytesMut, subject: &Subject) {
    match subject {
        Subject::User(user) => to.put_slice(user.name.as_str().as_bytes()),
        Subject::Client(client) => drop(write!(to, "client:{}", client.id)),
    }
}

fn write_roles<'r>(to: &mut BytesMut, names: impl Iterator<Item = &'r RoleName>) {
    write_list(to, names.map(RoleName::as_str), |to, name| to.put_slice(name.as_bytes()));
}

/// `*`, or the realms, separated by commas; what is no letter, digit, `-`, `.` or `_` in a name is percent-encoded.
fn write_realms(to: &mut BytesMut, reach: &Reach<'_>) {
    match reach {
        Reach::Everywhere => to.put_u8(b'*'),
        Reach::Realms(realms) => write_list(to, realms.iter().map(|realm| realm.as_str()), write_encoded),
    }
}

fn write_encoded(to: &mut BytesMut, realm: &str) {
    for byte in realm.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            to.put_u8(byte);
        } else {
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

fn set_forwarding(headers: &mut HeaderMap, facts: &OutboundFacts<'_>, values: &mut Values) {
    let proto = HeaderValue::from_static(if facts.encrypted { "https" } else { "http" });
    headers.entry(X_FORWARDED_PROTO).or_insert(proto);
    if let Some(host) = facts.host {
        headers.entry(X_FORWARDED_HOST).or_insert_with(|| host.clone());
    }
    let Some(peer) = facts.peer.map(|peer| peer.to_canonical()) else { return };
    let address = values.written(|to| write_address(to, peer));
    let element = values.written(|to| write_forwarded(to, peer, &address, facts));
    append_to_list(headers, X_FORWARDED_FOR, address, values);
    append_to_list(headers, FORWARDED, element, values);
}

/// One element of `Forwarded` (RFC 7239 4).
fn write_forwarded(to: &mut BytesMut, peer: IpAddr, address: &HeaderValue, facts: &OutboundFacts<'_>) {
    let (before, after) = if peer.is_ipv6() { ("for=\"[", "]\"") } else { ("for=", "") };
    to.put_slice(before.as_bytes());
    to.put_slice(address.as_bytes());
    to.put_slice(after.as_bytes());
    if let Some(host) = facts.host.and_then(|host| host.to_str().ok()) {
        to.put_slice(b";host=\"");
        to.put_slice(host.as_bytes());
        to.put_u8(b'"');
    }
    to.put_slice(if facts.encrypted { b";proto=https" } else { b";proto=http" });
}

/// Adds an element to the list in a field, which is one field from then on. What is no text of the earlier ones is lost.
fn append_to_list(headers: &mut HeaderMap, name: HeaderName, element: HeaderValue, values: &mut Values) {
    let mut field = match headers.entry(name) {
        Entry::Vacant(field) => {
            field.insert(element);
            return;
        }
        Entry::Occupied(field) => field,
    };
    let list = values.written(|to| {
        for earlier in field.iter().filter_map(|value| value.to_str().ok()) {
            to.put_slice(earlier.as_bytes());
            to.put_slice(b", ");
        }
        to.put_slice(element.as_bytes());
    });
    field.insert(list);
}

/// HTTP/2 may split cookies over several fields; HTTP/1.1 has one (RFC 9113 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(COOKIE).iter().nth(1).is_some() {
        let cookies: Vec<_> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) {
            headers.insert(COOKIE, joined);
        }
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
