//! The head that the upstream gets says what the same fields say in a map, where whoever embeds the gate finds them.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_guard::outbound::{Authorization, OutboundFacts, put_request_fields, request_headers};
use portcullis_guard::request_id::RequestId;
use portcullis_testkit::permits::public_permit;
use proptest::prelude::*;

use crate::RequestHead;
use crate::http1::sending::Framing;

/// Names that are treated in a way of their own, and some that are not.
const NAMES: [&str; 14] = [
    "accept",
    "authorization",
    "connection",
    "cookie",
    "forwarded",
    "host",
    "te",
    "x-auth-user",
    "x_auth_roles",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-mine",
    "x-request-id",
];

/// The fields of a head, in the order of their names.
fn fields_of(head: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut storage = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut storage);
    assert!(request.parse(head).unwrap().is_complete());
    sorted(request.headers.iter().map(|field| (field.name.to_owned(), field.value.to_vec())))
}

/// What is blank at the ends of a value is no part of it (RFC 9110 5.5).
fn sorted(fields: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut fields: Vec<_> = fields.map(|(name, value)| (name, value.trim_ascii().to_vec())).collect();
    fields.sort();
    fields
}

fn value() -> impl Strategy<Value = HeaderValue> {
    let text = prop_oneof![
        Just(b"keep-alive".to_vec()),
        Just(b"cookie, X-Mine".to_vec()),
        prop::collection::vec(any::<u8>(), 0..9)
    ];
    text.prop_filter_map("no value", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

proptest! {
    #[test]
    fn a_head_says_what_a_map_says(
        fields in prop::collection::vec((prop::sample::select(&NAMES[..]), value()), 0..12),
        (by_tcp, peer_is_trusted, encrypted, keeps) in any::<(bool, bool, bool, bool)>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let permit = runtime.block_on(public_permit("/a"));
        let mut inbound = HeaderMap::new();
        for (name, value) in fields {
            inbound.append(HeaderName::from_static(name), value);
        }
        let facts = OutboundFacts {
            permit: &permit,
            request_id: &RequestId::new("id".to_owned()),
            host: inbound.get("host"),
            peer: by_tcp.then(|| "2001:db8::1".parse().unwrap()),
            peer_is_trusted,
            encrypted,
            authorization: if keeps { Authorization::Keep } else { Authorization::Drop },
        };
        let mut head = RequestHead::new(&Method::GET, &PathAndQuery::from_static("/a"));
        put_request_fields(&inbound, &facts, &mut head);
        let map = request_headers(&inbound, &facts);
        let of_map = map.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        prop_assert_eq!(fields_of(&head.framed(Framing::Empty)), sorted(of_map));
    }
}
