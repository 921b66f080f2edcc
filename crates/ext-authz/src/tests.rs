//! Questions as Envoy asks them, and what it is told.

use std::sync::Arc;

use envoy_types::ext_authz::v3::pb::{
    Address, CheckRequest, CheckResponse, DeniedHttpResponse, HeaderValue, HttpResponse, OkHttpResponse,
};
use envoy_types::pb::envoy::config::core::v3::{self as core, HeaderMap as Fields, SocketAddress};
use envoy_types::pb::envoy::service::auth::v3::AttributeContext;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use portcullis_guard::outbound::Authorization;
use portcullis_guard::peer::TrustedProxies;
use portcullis_testkit::permits::open_gate;

use crate::attributes::{Held, Unclear};
use crate::service::{Asker, ExtAuthz, Ground};

const ENVOY: Asker = Asker::OnSocket;

/// A question about a request with these header fields.
fn about(method: &str, path: &str, fields: &[(&str, &str)]) -> CheckRequest {
    let field = |(key, value): &(&str, &str)| HeaderValue {
        key: (*key).to_owned(),
        raw_value: value.as_bytes().to_vec(),
        ..HeaderValue::default()
    };
    let pseudo = [(":method", method), (":path", path), (":authority", "bng")];
    let http = HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        host: "bng".to_owned(),
        header_map: Some(Fields { headers: pseudo.iter().chain(fields).map(field).collect() }),
        ..HttpRequest::default()
    };
    CheckRequest {
        attributes: Some(AttributeContext {
            source: Some(Peer { address: Some(at("192.0.2.9")), ..Peer::default() }),
            request: Some(Request { http: Some(http), ..Request::default() }),
            ..AttributeContext::default()
        }),
    }
}

fn at(address: &str) -> core::Address {
    let socket = SocketAddress { address: address.to_owned(), ..SocketAddress::default() };
    core::Address { address: Some(Address::SocketAddress(socket)) }
}

/// The same question, with something else in it.
fn but(change: impl FnOnce(&mut AttributeContext)) -> CheckRequest {
    let mut question = about("GET", "/a", &[("accept", "*/*")]);
    change(question.attributes.as_mut().unwrap());
    question
}

fn http(attributes: &mut AttributeContext) -> &mut HttpRequest {
    attributes.request.as_mut().unwrap().http.as_mut().unwrap()
}

/// With the header fields in the other form, in which those of one name are one.
fn joined(fields: &[(&str, &str)]) -> CheckRequest {
    but(|attributes| {
        http(attributes).header_map = None;
        http(attributes).headers =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    })
}

fn unclear(question: CheckRequest) -> Unclear {
    Held::read(question).unwrap_err()
}

fn service() -> ExtAuthz {
    let gate = Arc::new(open_gate());
    let policies = Arc::clone(&gate);
    ExtAuthz::new(gate, move || Ground {
        policy: policies.policy(),
        trusted_proxies: TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]),
        authorization: Authorization::Drop,
    })
}

async fn told(question: CheckRequest, asker: Asker) -> CheckResponse {
    service().told(question, asker).await.unwrap()
}

fn passed(response: CheckResponse) -> OkHttpResponse {
    assert_eq!(response.status.unwrap().code, 0);
    let Some(HttpResponse::OkResponse(passed)) = response.http_response else {
        unreachable!("it is refused")
    };
    passed
}

fn denied(response: CheckResponse) -> DeniedHttpResponse {
    assert_ne!(response.status.unwrap().code, 0, "anything else lets the request through");
    let Some(HttpResponse::DeniedResponse(denied)) = response.http_response else {
        unreachable!("it may pass")
    };
    denied
}

fn status(denied: &DeniedHttpResponse) -> i32 {
    denied.status.as_ref().unwrap().code
}

fn field(denied: &DeniedHttpResponse, name: &str) -> Option<String> {
    let mut fields = denied.headers.iter().filter_map(|option| option.header.as_ref());
    fields.find(|field| field.key == name).map(|field| field.value.clone())
}

#[test]
fn a_request_is_read_as_it_came() {
    let fields = [("X-Realm", "a"), ("x-realm", "b"), ("accept", " */* ")];
    let held = Held::read(about("PUT", "//a/%2e%2E?b=%20", &fields)).unwrap();
    assert_eq!((held.method.as_str(), held.target.as_str()), ("PUT", "//a/%2e%2E?b=%20"));
    assert_eq!(held.headers.get_all("x-realm").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((held.headers.len(), &held.headers["accept"]), (3, &"*/*".parse().unwrap()));
    assert_eq!(held.source, Some("192.0.2.9".parse().unwrap()));
}

#[test]
fn fields_that_were_joined_are_taken_apart() {
    let held = Held::read(joined(&[("authorization", "Bearer a,Bearer b"), (":path", "/b")])).unwrap();
    let credentials: Vec<_> = held.headers.get_all("authorization").iter().collect();
    assert_eq!(credentials, ["Bearer a", "Bearer b"]);
    assert_eq!(held.headers.len(), 2);
}

#[test]
fn a_question_without_a_whole_request_in_it_is_unclear() {
    assert_eq!(unclear(CheckRequest::default()), Unclear::Missing("attributes"));
    let none = but(|attributes| attributes.request = None);
    assert_eq!(unclear(none), Unclear::Missing("request.http"));
    let none = but(|attributes| http(attributes).method.clear());
    assert_eq!(unclear(none), Unclear::Missing("request.http.method"));
    let none = but(|attributes| http(attributes).path.clear());
    assert_eq!(unclear(none), Unclear::Missing("request.http.path"));
    let none = but(|attributes| http(attributes).host.clear());
    assert_eq!(unclear(none), Unclear::Missing("request.http.host"));
    let none = but(|attributes| http(attributes).header_map = None);
    assert_eq!(unclear(none), Unclear::Missing("request.http.header_map or headers"));
    for none in [
        but(|attributes| attributes.source = None),
        but(|attributes| attributes.source = Some(Peer::default())),
    ] {
        assert_eq!(unclear(none), Unclear::Missing("source.address"));
    }
}

#[test]
fn a_question_that_can_be_read_in_two_ways_is_unclear() {
    let both = but(|attributes| {
        http(attributes).headers = [("accept".to_owned(), "*/*".to_owned())].into();
    });
    assert_eq!(unclear(both), Unclear::Both("request.http.header_map or headers"));
    let both = but(|attributes| {
        http(attributes).header_map.as_mut().unwrap().headers[0].value = "PUT".to_owned();
    });
    assert_eq!(unclear(both), Unclear::Both("value and raw_value of a header field"));
    let apart = but(|attributes| http(attributes).query = "a=b".to_owned());
    assert_eq!(unclear(apart), Unclear::Apart("request.http.query"));
    let apart = but(|attributes| http(attributes).fragment = "a".to_owned());
    assert_eq!(unclear(apart), Unclear::Apart("request.http.fragment"));
}

#[test]
fn what_no_request_can_hold_is_unclear() {
    let malformed = |question| match unclear(question) {
        Unclear::Malformed(what) => what,
        other => unreachable!("{other:?}"),
    };
    let host = but(|attributes| http(attributes).host = "a/b".to_owned());
    assert_eq!(malformed(host), "request.http.host");
    for path in ["/a?b c".to_owned(), format!("/{}", "a".repeat(8 * 1024))] {
        assert_eq!(malformed(about("GET", &path, &[])), "request.http.path");
    }
    assert_eq!(malformed(about("GET", "/", &[("a b", "c")])), "the name of a header field");
    assert_eq!(malformed(about("GET", "/", &[("a", "b\r\nc")])), "the value of a header field");
    assert_eq!(malformed(about("GET", "/", &[("a", "b"); 102])), "the number or size of header fields");
    let long = "b".repeat(41 * 1024);
    assert_eq!(malformed(about("GET", "/", &[("a", &long)])), "the number or size of header fields");
    let nowhere = but(|attributes| attributes.source.as_mut().unwrap().address = Some(at("somewhere")));
    assert_eq!(malformed(nowhere), "source.address");
}

#[test]
fn a_client_on_a_socket_of_envoy_s_has_no_address() {
    let pipe = Address::Pipe(core::Pipe { path: "/run/envoy.sock".to_owned(), mode: 0 });
    let piped = but(|attributes| {
        attributes.source.as_mut().unwrap().address = Some(core::Address { address: Some(pipe) });
    });
    assert_eq!(Held::read(piped).unwrap().source, None);
    let scoped = but(|attributes| attributes.source.as_mut().unwrap().address = Some(at("fe80::1%eth0")));
    assert_eq!(Held::read(scoped).unwrap().source, Some("fe80::1".parse().unwrap()));
}

#[tokio::test]
async fn who_may_pass_passes_as_nobody_else() {
    let claims = [("x-auth-user", "admin"), ("X-Auth_User", "admin"), ("x.original.url", "/b")];
    let passed = passed(told(about("GET", "/a", &claims), ENVOY).await);
    let set: Vec<_> = passed.headers.iter().filter_map(|option| option.header.as_ref()).collect();
    for name in ["x-auth-user", "x-auth-roles", "x-auth-session"] {
        assert!(set.iter().any(|field| field.key == name && field.value.is_empty()), "{name}: {set:?}");
    }
    assert!(passed.headers.iter().all(|option| option.append_action == 2), "each replaces the client's");
    for name in ["x-auth_user", "x_auth_user", "x.original.url", "authorization"] {
        assert!(passed.headers_to_remove.iter().any(|removed| removed == name), "{name}");
    }
    assert!(!passed.headers_to_remove.iter().any(|removed| set.iter().any(|field| field.key == *removed)));
}

#[tokio::test]
async fn who_may_not_is_told_what_forward_auth_tells() {
    for (path, expected, said) in [
        ("/api/v1/auth/me", 401, "Could not validate credentials"),
        ("/bca-networks/api/token", 401, "invalid_token"),
        ("/a//b", 403, "Ambiguous request path"),
    ] {
        let denied = denied(told(about("GET", path, &[("x-request-id", "asked")]), ENVOY).await);
        assert_eq!(status(&denied), expected, "{path}");
        assert!(denied.body.contains(said), "{path}: {}", denied.body);
        assert_eq!(field(&denied, "x-request-id").as_deref(), Some("asked"));
        assert!(field(&denied, "portcullis-decision").is_some_and(|id| !id.is_empty()));
        assert_eq!(field(&denied, "www-authenticate").is_some(), expected == 401);
    }
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_told_nothing_else() {
    for (address, is_trusted) in [("10.0.0.1", true), ("127.0.0.1", false), ("192.0.2.9", false)] {
        let response = told(about("GET", "/a", &[]), Asker::At(address.parse().unwrap())).await;
        if is_trusted {
            passed(response);
        } else {
            let denied = denied(response);
            assert_eq!(status(&denied), 403);
            assert!(denied.body.contains("Not a trusted proxy"), "{}", denied.body);
        }
    }
}

#[tokio::test]
async fn an_unclear_question_is_no_request_that_passes() {
    for question in [CheckRequest::default(), joined(&[]), but(|attributes| attributes.source = None)] {
        let denied = denied(told(question, ENVOY).await);
        assert_eq!(status(&denied), 400);
        assert!(denied.body.contains("Ambiguous forwarded request"), "{}", denied.body);
        assert!(field(&denied, "portcullis-decision").is_some());
    }
}
