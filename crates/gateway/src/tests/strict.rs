//! Connections that are not used again, since another answer than the one that was asked for might come by them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body::{Body, Frame};
use http_body_util::Full;
use http_body_util::channel::Channel;
use portcullis_guard::BoxError;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};
use tokio::{join, select};

use super::upstream::{Upstream, Wire, get, outbound, text, with_body};
use crate::GatewayError;
use portcullis_testkit::permits::public_permit as permit;

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// What comes to the end of a connection, which is closed long before a pool would grow tired of it.
async fn rest_of(wire: &mut Wire<UnixStream>) -> String {
    timeout(Duration::from_secs(20), wire.rest()).await.expect("it is still open")
}

/// Asks for something that is answered so, and then, by a connection of its own, for something else.
async fn is_the_last_on_its_connection(method: Method, answer: &str, body: &str) {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let first = async { text(gateway.forward(&permit, outbound(method)).await.unwrap()).await.unwrap() };
    let serve = async {
        let (mut wire, _) = upstream.answer(answer).await;
        if answer.ends_with("until it closes") {
            wire.finish().await;
        }
        wire
    };
    let (first, mut wire) = join!(first, serve);
    assert_eq!(first, body, "{answer:?}");
    assert_eq!(rest_of(&mut wire).await, "", "{answer:?}");
    let second = async { text(get(&gateway, "/a").await.unwrap()).await.unwrap() };
    let (second, _) = join!(second, upstream.answer(HELLO));
    assert_eq!(second, "hello");
}

#[tokio::test]
async fn a_connection_on_which_more_comes_than_was_asked_for_is_not_used_again() {
    for (answer, body) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", "he"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nhello", ""),
        ("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\nllo", "he"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n", ""),
    ] {
        is_the_last_on_its_connection(Method::GET, answer, body).await;
    }
    is_the_last_on_its_connection(Method::HEAD, HELLO, "").await;
}

#[tokio::test]
async fn a_connection_whose_answer_speaks_of_a_body_that_it_can_t_have_is_not_used_again() {
    for answer in [
        "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 4, 5\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        is_the_last_on_its_connection(Method::GET, answer, "").await;
    }
}

#[tokio::test]
async fn a_connection_that_is_said_to_end_is_not_used_again() {
    for (answer, body) in [
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ("HTTP/1.1 204 No Content\r\nConnection: x, Close\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\n\r\nuntil it closes", "until it closes"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n",
            "he",
        ),
    ] {
        is_the_last_on_its_connection(Method::GET, answer, body).await;
    }
}

#[tokio::test]
async fn a_connection_on_which_something_comes_unasked_is_closed_at_once() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let (first, (mut wire, _)) = join!(get(&gateway, "/a"), upstream.answer(HELLO));
    assert_eq!(text(first.unwrap()).await.unwrap(), "hello");
    wire.send(&HELLO.replace("hello", "other")).await;
    assert_eq!(rest_of(&mut wire).await, "");
    let second = async { text(get(&gateway, "/a").await.unwrap()).await.unwrap() };
    let (second, _) = join!(second, upstream.answer(HELLO));
    assert_eq!(second, "hello");
}

#[tokio::test]
async fn a_connection_that_the_upstream_closes_is_closed_at_once_however_often_it_was_used() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let (first, (mut wire, _)) = join!(get(&gateway, "/a"), upstream.answer(HELLO));
    assert_eq!(text(first.unwrap()).await.unwrap(), "hello");
    // Long enough for whoever watches it to have begun.
    sleep(Duration::ZERO).await;
    let again = async {
        wire.head().await;
        wire.send(HELLO).await;
    };
    let (second, ()) = join!(get(&gateway, "/a"), again);
    assert_eq!(text(second.unwrap()).await.unwrap(), "hello");
    wire.finish().await;
    assert_eq!(rest_of(&mut wire).await, "");
}

#[tokio::test]
async fn a_client_that_leaves_its_answer_takes_the_rest_of_its_request_along() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (_sender, body) = Channel::<Bytes>::new(1);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let (answer, (mut wire, _)) =
        join!(gateway.forward(&permit, with_body(Method::POST, body)), upstream.answer(head));
    drop(answer);
    assert_eq!(rest_of(&mut wire).await, "");
}

#[tokio::test]
async fn a_head_that_can_be_read_in_two_ways_is_no_answer_and_ends_its_connection() {
    for answer in [
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let upstream = Upstream::listen();
        let gateway = upstream.gateway();
        let (refused, (mut wire, _)) = join!(get(&gateway, "/a"), upstream.answer(answer));
        let refused = refused.unwrap_err();
        assert!(matches!(refused, GatewayError::Malformed(_)), "{answer:?}: {refused}");
        assert_eq!(rest_of(&mut wire).await, "");
        assert!(!upstream.has_a_connection_waiting());
    }
}

#[tokio::test]
async fn an_answer_whose_chunks_are_broken_is_never_whole() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let broken = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n";
    let (answer, (mut wire, _)) = join!(get(&gateway, "/a"), upstream.answer(broken));
    text(answer.unwrap()).await.unwrap_err();
    assert_eq!(rest_of(&mut wire).await, "");
}

#[tokio::test]
async fn an_answer_that_comes_before_its_request_is_sent_is_the_last_where_the_rest_can_not_be_sent() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    let (answer, (mut wire, _)) =
        join!(gateway.forward(&permit, with_body(Method::POST, body)), upstream.answer(HELLO));
    assert_eq!(text(answer.unwrap()).await.unwrap(), "hello");
    sender.send_data("half".into()).await.unwrap();
    wire.until("half\r\n").await;
    sender.abort(std::io::Error::other("the client went away"));
    assert_eq!(rest_of(&mut wire).await, "");
}

#[tokio::test]
async fn an_answer_of_which_the_request_breaks_off_breaks_off() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (answer, (mut wire, _)) =
        join!(gateway.forward(&permit, with_body(Method::POST, body)), upstream.answer(head));
    sender.abort(std::io::Error::other("the client went away"));
    text(answer.unwrap()).await.unwrap_err();
    assert_eq!(rest_of(&mut wire).await, "");
}

/// Zeros, whenever it is asked, and never an end.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 100])))))
    }
}

#[tokio::test]
async fn an_answer_does_not_wait_for_a_request_that_never_pauses() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    // A task of its own, which takes whatever comes as fast as it can be sent.
    tokio::spawn(async move {
        let mut wire = upstream.accept().await;
        wire.head().await;
        wire.send(HELLO).await;
        wire.swallow().await;
    });
    let exchange = async {
        text(gateway.forward(&permit, with_body(Method::POST, Endless)).await.unwrap()).await.unwrap()
    };
    select! {
        answer = exchange => assert_eq!(answer, "hello"),
        () = sleep(Duration::from_secs(20)) => panic!("the answer waits"),
    }
}

#[tokio::test]
async fn a_request_goes_on_while_nobody_reads_its_answer() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let (answer, (mut wire, _)) =
        join!(gateway.forward(&permit, with_body(Method::POST, body)), upstream.answer(head));
    let answer = answer.unwrap();
    sender.send_data("on and on".into()).await.unwrap();
    wire.until("on and on\r\n").await;
    drop(sender);
    wire.until("0\r\n\r\n").await;
    wire.send("hello").await;
    assert_eq!(text(answer).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_request_goes_on_even_if_its_answer_is_the_last_of_its_connection() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let (answer, (mut wire, _)) = join!(
        gateway.forward(&permit, with_body(Method::POST, body)),
        upstream.answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    );
    sender.send_data("echo".into()).await.unwrap();
    drop(sender);
    assert_eq!(wire.until("0\r\n\r\n").await, "4\r\necho\r\n0\r\n\r\n");
    wire.send("echo").await;
    wire.finish().await;
    assert_eq!(text(answer.unwrap()).await.unwrap(), "echo");
    assert_eq!(rest_of(&mut wire).await, "");
}

#[tokio::test]
async fn a_request_that_no_connection_took_is_sent_on_another_one_even_if_it_changes_something() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let (first, (wire, _)) = join!(get(&gateway, "/a"), upstream.answer(HELLO));
    assert_eq!(text(first.unwrap()).await.unwrap(), "hello");
    // Nobody has been told yet.
    drop(wire);
    let again = with_body(Method::POST, Full::new(Bytes::from_static(b"once")));
    let permit = permit("/a").await;
    let (second, _) = join!(gateway.forward(&permit, again), upstream.answer(HELLO));
    assert_eq!(second.unwrap().status(), StatusCode::OK);
}
