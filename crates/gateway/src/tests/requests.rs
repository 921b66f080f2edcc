//! What the upstream gets: target, fields and framing.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body_util::{Empty, Full};
use tokio::try_join;

use super::upstream::{Upstream, get, outbound, with_body, with_field};
use crate::{GatewayError, Outbound, RequestHead};
use portcullis_testkit::permits::public_permit as permit;

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// The head of the request that the upstream gets for this.
async fn head_of<B>(outbound: Outbound<B, impl Fn(&mut RequestHead)>) -> String
where
    B: http_body::Body<Data = Bytes, Error: Into<portcullis_guard::BoxError>> + Unpin + Send + 'static,
{
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let taken = async { Ok(upstream.answer(NO_CONTENT).await.1) };
    try_join!(gateway.forward(&permit, outbound), taken).unwrap().1
}

#[tokio::test]
async fn targets_go_through_byte_for_byte() {
    let upstream = Upstream::listen();
    for target in [
        "/",
        "/?",
        "/?q",
        "/a/",
        "/a'()*!,=:@$&+~-._",
        "/restconf/data/interface=Gi0%2F0%2f1?q=%zz{}`|^[]\\",
        "/%C3%A9%20x/%25?a=b?c=/d//e/../f;g",
        "/a?'()*!,;=:@/?&&==",
        "/a?h\u{e9}",
        "/a?http://elsewhere/@:80",
    ] {
        let gateway = upstream.gateway();
        let taken = async { Ok(upstream.answer(NO_CONTENT).await.1) };
        let (_, head) = try_join!(get(&gateway, target), taken).expect(target);
        assert_eq!(head.lines().next().unwrap(), format!("GET {target} HTTP/1.1"));
    }
}

#[tokio::test]
async fn targets_that_http_can_not_carry_are_refused_and_not_changed() {
    let gateway = Upstream::listen().gateway();
    let long = format!("/{}", "a".repeat(100_000));
    for target in ["/a?b c", "/a?\"b\"", "/a?<b>", "/a?b\tc", "/a?b\r\nHost: c", "/a?\u{7f}", "/a?\0", &long]
    {
        let refused = get(&gateway, target).await.unwrap_err();
        assert!(matches!(refused, GatewayError::Target), "{target}: {refused}");
    }
}

#[tokio::test]
async fn a_request_without_a_body_gains_nothing() {
    let get = outbound(Method::GET);
    let head = head_of(with_field(get, ACCEPT, "*/*")).await;
    assert_eq!(head, "GET /a HTTP/1.1\r\nhost: bng.example:8443\r\naccept: */*\r\n\r\n");
}

#[tokio::test]
async fn the_host_is_what_the_fields_say() {
    let Outbound { method, asked, body, upgrade, session_end, .. } = outbound(Method::GET);
    let fields = |_: &mut RequestHead| {};
    let nameless = Outbound { method, asked, fields, body, upgrade, session_end };
    assert_eq!(head_of(nameless).await, "GET /a HTTP/1.1\r\n\r\n");
}

#[tokio::test]
async fn a_request_that_says_that_it_has_no_body_goes_on_saying_so() {
    let post = with_field(outbound(Method::POST), CONTENT_LENGTH, "0");
    assert!(head_of(post).await.contains("\r\ncontent-length: 0\r\n"));
}

#[tokio::test]
async fn a_known_length_is_said() {
    let post = with_body(Method::POST, Full::new(Bytes::from_static(b"12345")));
    let head = head_of(post).await;
    assert!(head.contains("\r\ncontent-length: 5\r\n"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
}

#[tokio::test]
async fn the_body_says_how_long_it_is_whatever_the_fields_claim() {
    let post = with_body(Method::POST, Full::new(Bytes::from_static(b"12345")));
    let claims_more = with_field(post, CONTENT_LENGTH, "50");
    let head = head_of(with_field(claims_more, TRANSFER_ENCODING, "chunked")).await;
    assert!(head.contains("\r\ncontent-length: 5\r\n"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");

    let claims_some = with_field(with_body(Method::POST, Empty::new()), CONTENT_LENGTH, "50");
    assert!(head_of(claims_some).await.contains("\r\ncontent-length: 0\r\n"));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_chunked_whatever_the_method() {
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let (mut body, channel) = http_body_util::channel::Channel::<Bytes>::new(1);
        body.send_data(Bytes::from_static(b"12345")).await.unwrap();
        drop(body);
        let request = with_field(with_body(method.clone(), channel), CONTENT_LENGTH, "50");
        let head = head_of(request).await;
        assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{method}: {head}");
        assert!(!head.contains("content-length"), "{method}: {head}");
    }
}
