//! What reaches the upstream, and what never does.

use std::sync::LazyLock;

use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use portcullis_core::domain::right::Right;
use portcullis_testkit::permits::{permit_of, public_permit};
use portcullis_testkit::seed::{SeedUser, hash};
use proptest::prelude::*;

use super::*;

/// The spellings in which a client may try to say who he is.
const SPELLINGS: [&str; 8] = [
    "x-auth-user",
    "X-AUTH-USER",
    "x_auth_user",
    "X.Auth.User",
    "x-auth_roles",
    "x_auth-realms",
    "X-Auth-Session",
    "x.auth_session",
];

fn map(fields: &[(&str, &str)]) -> HeaderMap {
    let field = |(name, value): &(&str, &str)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    fields.iter().map(field).collect()
}

static ID: LazyLock<RequestId> = LazyLock::new(|| RequestId::new("id-1".to_owned()));

fn facts(permit: &Permit) -> OutboundFacts<'_> {
    OutboundFacts {
        permit,
        request_id: &ID,
        host: None,
        peer: Some("192.0.2.1".parse().unwrap()),
        peer_is_trusted: false,
        encrypted: true,
        authorization: Authorization::Drop,
    }
}

/// All values of a field, also those in a spelling that some server takes for it.
fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let is_it = |field: &HeaderName| crate::names::folded(field.as_str()) == name;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().filter(|(field, _)| is_it(field)).map(|(_, value)| text(value)).collect()
}

fn operator() -> SeedUser {
    SeedUser::new("Olga", hash(4, 'o')).with("operator")
}

#[tokio::test]
async fn the_identity_is_always_ours_and_there_once() {
    let permit = permit_of(operator().with_in("viewer", "Pop Syd"), Requirement::Authenticated, "/a").await;
    for spelling in SPELLINGS {
        for connection in ["keep-alive", spelling, "close, X-Auth-User, x-auth-roles"] {
            let inbound = map(&[(spelling, "root"), (spelling, "root"), ("connection", connection)]);
            let outbound = request_headers(&inbound, &facts(&permit));
            assert_eq!(values(&outbound, "x-auth-user"), ["Olga"], "{spelling} {connection}");
            assert_eq!(values(&outbound, "x-auth-roles"), ["operator"]);
            assert_eq!(values(&outbound, "x-auth-realms"), ["*"]);
            assert_eq!(values(&outbound, "x-auth-session"), ["session"]);
        }
    }
}

#[tokio::test]
async fn on_a_public_route_the_identity_is_there_and_empty() {
    let permit = public_permit("/a").await;
    let outbound = request_headers(&map(&[("x-auth-user", "root")]), &facts(&permit));
    for name in crate::names::IDENTITY {
        assert_eq!(values(&outbound, name), [""], "{name}");
    }
}

#[tokio::test]
async fn realms_are_those_in_which_the_needed_right_is_held() {
    let user = SeedUser::new("rita", hash(4, 'r'))
        .with_in("planner", "pop-syd")
        .with_in("viewer", "São Paulo, 2")
        .with_in("planner", "Pop-Syd");
    let from_query = |right: &str| Requirement::Right {
        right: Right::parse(right).unwrap(),
        realm: RealmRule::From { selector: Selector::Query("realm".into()), missing: IfMissing::Any },
    };
    let adding = permit_of(user.clone(), from_query("device:add"), "/a").await;
    assert_eq!(values(&request_headers(&map(&[]), &facts(&adding)), "x-auth-realms"), ["pop-syd"]);
    let viewing = permit_of(user, from_query("device:view"), "/a").await;
    let realms = values(&request_headers(&map(&[]), &facts(&viewing)), "x-auth-realms");
    assert_eq!(realms, ["pop-syd,S%C3%A3o%20Paulo%2C%202"]);
}

#[tokio::test]
async fn the_credential_stays_here_unless_the_upstream_is_to_see_it() {
    let permit = permit_of(operator(), Requirement::Authenticated, "/a").await;
    let inbound = map(&[("authorization", "Bearer abc")]);
    assert_eq!(values(&request_headers(&inbound, &facts(&permit)), "authorization"), [""; 0]);
    let keep = OutboundFacts { authorization: Authorization::Keep, ..facts(&permit) };
    assert_eq!(values(&request_headers(&inbound, &keep), "authorization"), ["Bearer abc"]);
}

#[tokio::test]
async fn what_is_about_the_connection_or_would_change_the_request_is_dropped() {
    let permit = public_permit("/a").await;
    let inbound = map(&[
        ("connection", "close, X-Mine"),
        ("x-mine", "1"),
        ("keep-alive", "1"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("transfer-encoding", "chunked"),
        ("transfer_encoding", "chunked"),
        ("upgrade", "h2c"),
        ("http2-settings", "x"),
        ("proxy-authorization", "Basic x"),
        ("proxy-connection", "x"),
        ("expect", "100-continue"),
        ("x-http-method-override", "DELETE"),
        ("x-original-url", "/b"),
        ("x-rewrite-url", "/b"),
        ("x-forwarded-prefix", "/b"),
        ("x_original_uri", "/b"),
        ("accept", "*/*"),
        ("x-other", "2"),
    ]);
    let outbound = request_headers(&inbound, &facts(&permit));
    let kept: Vec<_> =
        outbound.keys().map(HeaderName::as_str).filter(|name| inbound.contains_key(*name)).collect();
    assert_eq!(kept, ["accept", "x-other"]);
}

#[tokio::test]
async fn forwarding_fields_are_ours_unless_the_peer_is_trusted() {
    let permit = public_permit("/a").await;
    let inbound = map(&[
        ("x-forwarded-for", "203.0.113.1"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-host", "evil"),
        ("x-forwarded-port", "1"),
        ("x_forwarded_for", "203.0.113.2"),
        ("forwarded", "for=203.0.113.1"),
    ]);
    let host = HeaderValue::from_static("bng:8443");
    let stranger = request_headers(&inbound, &OutboundFacts { host: Some(&host), ..facts(&permit) });
    assert_eq!(values(&stranger, "x-forwarded-for"), ["192.0.2.1"]);
    assert_eq!(values(&stranger, "x-forwarded-proto"), ["https"]);
    assert_eq!(values(&stranger, "x-forwarded-host"), ["bng:8443"]);
    assert_eq!(values(&stranger, "x-forwarded-port"), [""; 0]);
    assert_eq!(values(&stranger, "forwarded"), ["for=192.0.2.1;host=\"bng:8443\";proto=https"]);
    let trusted = OutboundFacts { host: Some(&host), peer_is_trusted: true, ..facts(&permit) };
    let trusted = request_headers(&inbound, &trusted);
    assert_eq!(values(&trusted, "x-forwarded-for"), ["203.0.113.1, 192.0.2.1"]);
    assert_eq!(values(&trusted, "x-forwarded-proto"), ["gopher"]);
    assert_eq!(values(&trusted, "x-forwarded-port"), ["1"]);
}

#[tokio::test]
async fn what_is_no_text_hides_nothing_that_a_proxy_added_to_it() {
    let permit = public_permit("/a").await;
    let mut inbound = HeaderMap::new();
    for name in ["x-forwarded-for", "forwarded"] {
        inbound.insert(name, HeaderValue::from_bytes(b"\xff, for=203.0.113.1").unwrap());
    }
    let trusted = request_headers(&inbound, &OutboundFacts { peer_is_trusted: true, ..facts(&permit) });
    assert_eq!(values(&trusted, "x-forwarded-for"), ["\u{fffd}, for=203.0.113.1, 192.0.2.1"]);
    assert_eq!(values(&trusted, "forwarded"), ["\u{fffd}, for=203.0.113.1, for=192.0.2.1;proto=https"]);
}

#[tokio::test]
async fn what_is_forwarded_over_a_unix_socket_is_what_the_proxy_said() {
    let permit = public_permit("/a").await;
    let inbound = map(&[("x-forwarded-for", "203.0.113.1"), ("x-forwarded-for", "203.0.113.2")]);
    let local = OutboundFacts { peer: None, peer_is_trusted: true, ..facts(&permit) };
    assert_eq!(values(&request_headers(&inbound, &local), "x-forwarded-for"), ["203.0.113.1", "203.0.113.2"]);
    let named = map(&[("connection", "x-forwarded-for"), ("x-forwarded-for", "203.0.113.1")]);
    assert_eq!(values(&request_headers(&named, &local), "x-forwarded-for"), [""; 0]);
    let over_tcp = OutboundFacts { peer_is_trusted: true, ..facts(&permit) };
    assert_eq!(values(&request_headers(&named, &over_tcp), "x-forwarded-for"), ["192.0.2.1"]);
}

#[tokio::test]
async fn host_and_request_id_are_set_whatever_the_client_wrote() {
    let permit = public_permit("/a").await;
    let host = HeaderValue::from_static("bng:8443");
    let inbound = map(&[
        ("connection", "host, x-request-id"),
        ("host", "bng:8443"),
        ("x_request_id", "2"),
        ("x-request-id", "1"),
    ]);
    let outbound = request_headers(&inbound, &OutboundFacts { host: Some(&host), ..facts(&permit) });
    assert_eq!(values(&outbound, "host"), ["bng:8443"]);
    assert_eq!(values(&outbound, "x-request-id"), ["id-1"]);
}

#[tokio::test]
async fn cookies_are_one_field_and_a_connection_field_that_is_no_text_harms_nobody() {
    let permit = public_permit("/a").await;
    let mut inbound = map(&[("cookie", "a=1"), ("cookie", "b=2")]);
    inbound.insert("connection", HeaderValue::from_bytes(b"close, \xff").unwrap());
    assert_eq!(values(&request_headers(&inbound, &facts(&permit)), "cookie"), ["a=1; b=2"]);
    inbound.insert("connection", HeaderValue::from_static("Cookie"));
    assert_eq!(values(&request_headers(&inbound, &facts(&permit)), "cookie"), [""; 0]);
}

#[test]
fn an_answer_loses_what_is_about_its_connection_and_what_only_we_say() {
    let mut headers = map(&[
        ("connection", "X-Mine"),
        ("x-mine", "1"),
        ("transfer-encoding", "chunked"),
        ("portcullis-decision", "x"),
        ("x-request-id", "x"),
        ("set-cookie", "a"),
        ("set-cookie", "b"),
    ]);
    strip_response(&mut headers);
    assert_eq!(headers.keys_len(), 1);
    assert_eq!(values(&headers, "set-cookie"), ["a", "b"]);
}

proptest! {
    #[test]
    fn no_fields_of_a_client_make_more_than_one_of_ours(
        fields in prop::collection::vec(("[xX][-_.][aA]uth[-_.](user|roles|realms|session|users)", "[ -~]{0,8}"), 0..6),
        connection in "[a-zA-Z, _-]{0,30}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let permit = runtime.block_on(permit_of(operator(), Requirement::Authenticated, "/a"));
        let mut inbound: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        inbound.push(("connection", connection.as_str()));
        let outbound = request_headers(&map(&inbound), &facts(&permit));
        for (name, value) in crate::names::IDENTITY.iter().zip(["Olga", "operator", "*", "session"]) {
            prop_assert_eq!(values(&outbound, name), vec![value.to_owned()]);
        }
    }
}
