//! Bodies on their way through, in both directions: in pieces as they come, and whole or not at all.

use bytes::Bytes;
use http::header::TRAILER;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt, Full};
use portcullis_guard::{Body, BoxError};
use tokio::join;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::front::Front;
use super::upstream::{Upstream, get, outbound, text, with_body, with_field};
use crate::{GatewayError, SessionEnd};
use portcullis_testkit::permits::public_permit as permit;

/// A body that a test sends piece by piece.
fn body() -> (Sender<Bytes, BoxError>, Channel<Bytes, BoxError>) {
    Channel::new(1)
}

/// The next piece of an answer.
async fn piece(body: &mut Body) -> Option<Result<Bytes, BoxError>> {
    Some(body.frame().await?.map(|frame| frame.into_data().unwrap()))
}

#[tokio::test]
async fn each_piece_of_a_request_is_there_before_the_next_is_sent() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = body();
    let exchange = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        sender.send_data("one".into()).await.unwrap();
        assert_eq!(wire.until("\r\none\r\n").await, "3\r\none\r\n");
        sender.send_data("two".into()).await.unwrap();
        assert_eq!(wire.until("\r\ntwo\r\n").await, "3\r\ntwo\r\n");
        drop(sender);
        assert_eq!(wire.until("0\r\n\r\n").await, "0\r\n\r\n");
        wire.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    };
    let (answer, ()) = join!(gateway.forward(&permit, with_body(Method::POST, body)), exchange);
    assert_eq!(answer.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn each_piece_of_an_answer_is_there_before_the_next_is_made() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (answer, (mut wire, _)) = join!(get(&gateway, "/a"), upstream.answer(head));
    let mut body = answer.unwrap().into_body();
    wire.send("3\r\none\r\n").await;
    assert_eq!(piece(&mut body).await.unwrap().unwrap(), "one");
    wire.send("3\r\ntwo\r\n").await;
    assert_eq!(piece(&mut body).await.unwrap().unwrap(), "two");
    wire.send("0\r\n\r\n").await;
    assert!(piece(&mut body).await.is_none());
}

#[tokio::test]
async fn trailers_of_a_request_are_dropped() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = body();
    let request = with_field(with_body(Method::POST, body), TRAILER, "x-auth-user");
    let exchange = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        sender.send_data("one".into()).await.unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-auth-user", HeaderValue::from_static("admin"));
        sender.send_trailers(trailers).await.unwrap();
        let sent = wire.until("0\r\n\r\n").await;
        wire.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        sent
    };
    let (answer, sent) = join!(gateway.forward(&permit, request), exchange);
    answer.unwrap();
    assert_eq!(sent, "3\r\none\r\n0\r\n\r\n");
}

#[tokio::test]
async fn trailers_of_an_answer_are_dropped() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let chunks =
        "HTTP/1.1 200 OK\r\nTrailer: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\nx: y\r\n\r\n";
    let (answer, (_wire, _)) = join!(get(&gateway, "/a"), upstream.answer(chunks));
    let collected = answer.unwrap().into_body().collect().await.unwrap();
    assert!(collected.trailers().is_none());
    assert_eq!(collected.to_bytes(), "one");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_never_an_end() {
    for beginning in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello",
    ] {
        let upstream = Upstream::listen();
        let gateway = upstream.gateway();
        let (answer, (wire, _)) = join!(get(&gateway, "/a"), upstream.answer(beginning));
        drop(wire);
        text(answer.unwrap()).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_client_sees_that_its_answer_broke_off() {
    let upstream = Upstream::listen();
    let mut client = Front::new(upstream.gateway()).await.open();
    client.send("GET /a HTTP/1.1\r\nHost: bng\r\n\r\n").await;
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let (wire, _) = upstream.answer(chunk).await;
    client.until("5\r\nhello\r\n").await;
    drop(wire);
    assert_eq!(client.rest().await, "", "the last chunk must be missing");
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let (answer, (wire, _)) = join!(get(&gateway, "/a"), upstream.answer("HTTP/1.1 200 OK\r\n\r\nhello"));
    drop(wire);
    assert_eq!(text(answer.unwrap()).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_request_that_breaks_off_is_never_ended_for_the_upstream() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = body();
    let exchange = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        sender.send_data("one".into()).await.unwrap();
        wire.until("one\r\n").await;
        sender.abort("the client went away".into());
        wire.rest().await
    };
    let (answer, rest) = join!(gateway.forward(&permit, with_body(Method::POST, body)), exchange);
    let refused = answer.unwrap_err();
    assert!(matches!(refused, GatewayError::RequestBody(_)), "{refused}");
    assert_eq!(rest, "");
}

#[tokio::test]
async fn an_upstream_may_answer_before_it_has_read_the_request() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = body();
    sender.send_data("one".into()).await.unwrap();
    let answer = upstream.answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge");
    let (answer, (wire, _)) = join!(gateway.forward(&permit, with_body(Method::POST, body)), answer);
    drop(wire);
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(text(answer).await.unwrap(), "large");
    // What is left of the request has nowhere to go.
    while sender.send_data("two".into()).await.is_ok() {}
}

#[tokio::test]
async fn a_large_body_goes_through_both_ways() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let large = "0123456789abcdef".repeat(100_000) + "!";
    let echo = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        let body = wire.until("!").await;
        wire.send(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    };
    let request = with_body(Method::POST, Full::new(Bytes::from(large.clone())));
    let exchange = async { text(gateway.forward(&permit, request).await.unwrap()).await.unwrap() };
    let (answered, ()) = join!(exchange, echo);
    assert_eq!(answered, large);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_request_back() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let waiting =
        tokio::spawn(async move { gateway.forward(&permit, outbound(Method::GET)).await.map(drop) });
    let mut wire = upstream.accept().await;
    wire.head().await;
    waiting.abort();
    assert_eq!(wire.rest().await, "");
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_answer_that_it_reads() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (answer, (mut wire, _)) = join!(get(&gateway, "/a"), upstream.answer(head));
    drop(answer);
    assert_eq!(wire.rest().await, "");
}

#[tokio::test]
async fn a_stream_is_cut_when_its_session_ends() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (end, ended) = oneshot::channel::<()>();
    let mut request = outbound(Method::GET);
    request.session_end = Some(SessionEnd::when(async { drop(ended.await) }));
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n";
    let (answer, (mut wire, _)) = join!(gateway.forward(&permit, request), upstream.answer(head));
    let mut body = answer.unwrap().into_body();
    assert_eq!(piece(&mut body).await.unwrap().unwrap(), "one");
    end.send(()).unwrap();
    piece(&mut body).await.unwrap().unwrap_err();
    drop(body);
    assert_eq!(wire.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_cut_when_its_session_ends() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (end, ended) = oneshot::channel::<()>();
    let (mut sender, body) = body();
    let mut request = with_body(Method::POST, body);
    request.session_end = Some(SessionEnd::when(async { drop(ended.await) }));
    let exchange = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        for piece in ["one", "two"] {
            sender.send_data(piece.into()).await.unwrap();
            wire.until(&format!("{piece}\r\n")).await;
        }
        end.send(()).unwrap();
        wire.rest().await
    };
    let (answer, rest) = join!(gateway.forward(&permit, request), exchange);
    let refused = answer.unwrap_err();
    assert!(matches!(refused, GatewayError::RequestBody(_)), "{refused}");
    assert_eq!(rest, "", "the upstream must not take it for whole");
}

#[tokio::test]
async fn what_was_sent_whole_is_answered_even_if_its_session_ends() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (end, ended) = oneshot::channel::<()>();
    let (mut sender, body) = body();
    let mut request = with_body(Method::POST, body);
    request.session_end = Some(SessionEnd::when(async { drop(ended.await) }));
    let exchange = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        for piece in ["one", "two"] {
            sender.send_data(piece.into()).await.unwrap();
            wire.until(&format!("{piece}\r\n")).await;
        }
        drop(sender);
        wire.until("0\r\n\r\n").await;
        end.send(()).unwrap();
        yield_now().await;
        wire.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    };
    let (answer, ()) = join!(gateway.forward(&permit, request), exchange);
    assert_eq!(answer.unwrap().status(), StatusCode::NO_CONTENT);
}
