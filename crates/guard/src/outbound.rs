//! What goes on to the upstream: header hygiene, in one place and in one order.
//!
//! First what is about the connection goes, then everything that a client could use to pass for somebody else or for
//! another request, then ours is set. So nothing that a client names in `Connection` can drop what is ours.

use std::fmt::Write as _;
use std::net::IpAddr;

use http::header::{CONNECTION, COOKIE, FORWARDED, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::standing::Reach;

use crate::names::{Family, family};
use crate::refusal::PORTCULLIS_DECISION;
use crate::request_id::X_REQUEST_ID;

const X_AUTH_USER: HeaderName = HeaderName::from_static("x-auth-user");
const X_AUTH_ROLES: HeaderName = HeaderName::from_static("x-auth-roles");
const X_AUTH_REALMS: HeaderName = HeaderName::from_static("x-auth-realms");
const X_AUTH_SESSION: HeaderName = HeaderName::from_static("x-auth-session");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

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
    pub request_id: &'r str,
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
    let named_in_connection = connection_options(inbound);
    let mut outbound = HeaderMap::with_capacity(inbound.len() + 8);
    for (name, value) in inbound {
        let goes_on = match family(name.as_str()) {
            Family::Other => true,
            Family::Forwarding => facts.peer_is_trusted && !name.as_str().contains(['_', '.']),
            Family::Authorization => facts.authorization == Authorization::Keep,
            Family::Identity | Family::HopByHop | Family::Override | Family::RequestId | Family::Host => {
                false
            }
        };
        if goes_on && !named_in_connection.iter().any(|named| named == name.as_str()) {
            outbound.append(name, value.clone());
        }
    }
    join_cookies(&mut outbound);
    outbound.insert(HOST, facts.host.cloned().unwrap_or_else(empty));
    if let Ok(id) = HeaderValue::from_str(facts.request_id) {
        outbound.insert(X_REQUEST_ID, id);
    }
    set_identity(&mut outbound, facts.permit);
    set_forwarding(&mut outbound, facts);
    outbound
}

/// Removes from an upstream's answer what is about its connection, and what only we may say.
pub fn strip_response(headers: &mut HeaderMap) {
    let named = connection_options(headers);
    let goes = |name: &&HeaderName| {
        family(name.as_str()) == Family::HopByHop || named.iter().any(|named| *named == name.as_str())
    };
    let going: Vec<_> = headers.keys().filter(goes).cloned().collect();
    for name in going {
        headers.remove(name);
    }
    headers.remove(PORTCULLIS_DECISION);
    headers.remove(X_REQUEST_ID);
}

/// Sets the four identity fields, each exactly once; empty where the decision knows nobody.
pub fn set_identity(headers: &mut HeaderMap, permit: &Permit) {
    let principal = permit.principal();
    let text =
        |text: Option<String>| text.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or_else(empty);
    headers.insert(X_AUTH_USER, text(principal.map(|principal| principal.standing.user.name.to_string())));
    headers
        .insert(X_AUTH_ROLES, text(principal.map(|principal| roles(principal.standing.roles_everywhere()))));
    headers.insert(X_AUTH_REALMS, text(Some(realms(&permit.realms()))));
    headers.insert(X_AUTH_SESSION, text(principal.map(|principal| principal.session.as_str().to_owned())));
}

fn roles<'r>(names: impl Iterator<Item = &'r RoleName>) -> String {
    names.map(RoleName::as_str).collect::<Vec<_>>().join(",")
}

/// `*`, or the realms, separated by commas; what is no letter, digit, `-`, `.` or `_` in a name is percent-encoded.
fn realms(reach: &Reach<'_>) -> String {
    match reach {
        Reach::Everywhere => "*".to_owned(),
        Reach::Realms(realms) => realms.iter().map(|realm| encoded(realm)).collect::<Vec<_>>().join(","),
    }
}

fn encoded(realm: &Realm) -> String {
    realm.as_str().bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn set_forwarding(headers: &mut HeaderMap, facts: &OutboundFacts<'_>) {
    let proto = HeaderValue::from_static(if facts.encrypted { "https" } else { "http" });
    headers.entry(X_FORWARDED_PROTO).or_insert(proto);
    if let Some(host) = facts.host {
        headers.entry(X_FORWARDED_HOST).or_insert_with(|| host.clone());
    }
    let Some(peer) = facts.peer.map(|peer| peer.to_canonical()) else { return };
    append_to_list(headers, X_FORWARDED_FOR, &peer.to_string());
    append_to_list(headers, FORWARDED, &forwarded_element(peer, facts));
}

/// One element of `Forwarded` (RFC 7239 4).
fn forwarded_element(peer: IpAddr, facts: &OutboundFacts<'_>) -> String {
    let mut element = match peer {
        IpAddr::V4(address) => format!("for={address}"),
        IpAddr::V6(address) => format!("for=\"[{address}]\""),
    };
    if let Some(host) = facts.host.and_then(|host| host.to_str().ok()) {
        let _ = write!(element, ";host=\"{host}\"");
    }
    element.push_str(if facts.encrypted { ";proto=https" } else { ";proto=http" });
    element
}

fn append_to_list(headers: &mut HeaderMap, name: HeaderName, element: &str) {
    let earlier: Vec<_> = headers.get_all(&name).iter().filter_map(|value| value.to_str().ok()).collect();
    let list = earlier.into_iter().chain([element]).collect::<Vec<_>>().join(", ");
    if let Ok(list) = HeaderValue::from_str(&list) {
        headers.insert(name, list);
    }
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

/// The field names that `Connection` lists, in lower case.
pub(crate) fn connection_options(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|option| option.trim().to_ascii_lowercase()).collect()
}

fn empty() -> HeaderValue {
    HeaderValue::from_static("")
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
