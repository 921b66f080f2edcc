//! Connections that are kept, and requests that are never sent twice.

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use http_body_util::channel::Channel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::join;
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::upstream::{Upstream, get, outbound, text, with_body};
use crate::{Gateway, GatewayError, UpstreamOptions};
use portcullis_testkit::permits::public_permit as permit;

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

async fn get_text(gateway: &Gateway) -> String {
    text(get(gateway, "/a").await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let serve = async {
        let mut wire = upstream.accept().await;
        for _ in 0..5 {
            wire.head().await;
            wire.send(HELLO).await;
        }
        wire
    };
    let requests = async {
        for _ in 0..5 {
            assert_eq!(get_text(&gateway).await, "hello");
        }
    };
    let (_wire, ()) = join!(serve, requests);
    assert!(!upstream.has_a_connection_waiting());
}

#[tokio::test]
async fn a_connection_is_kept_however_its_answer_says_where_it_ends() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let answers = [
        HELLO,
        chunked,
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        HELLO,
    ];
    let serve = async {
        let mut wire = upstream.accept().await;
        for answer in answers {
            wire.head().await;
            wire.send(answer).await;
        }
        wire
    };
    let requests = async {
        for expected in ["hello", "hello", "", "", "hello"] {
            assert_eq!(get_text(&gateway).await, expected);
        }
    };
    let (_wire, ()) = join!(serve, requests);
    assert!(!upstream.has_a_connection_waiting());
}

#[tokio::test]
async fn a_connection_that_is_answered_early_takes_the_whole_request_and_is_not_used_again() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let early = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        wire.send(HELLO).await;
        wire
    };
    let answered =
        async { text(gateway.forward(&permit, with_body(Method::POST, body)).await.unwrap()).await.unwrap() };
    let (mut wire, first) = join!(early, answered);
    assert_eq!(first, "hello");
    sender.send_data("late".into()).await.unwrap();
    drop(sender);
    assert_eq!(wire.rest().await, "4\r\nlate\r\n0\r\n\r\n");
    let (second, _) = join!(get_text(&gateway), upstream.answer(HELLO));
    assert_eq!(second, "hello");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_request_that_was_answered_early_is_waited_for_as_long_as_the_upstream_is_there() {
    for is_ended in [true, false] {
        let upstream = Upstream::listen();
        let gateway = upstream.gateway();
        let permit = permit("/a").await;
        let (_sender, body) = Channel::<Bytes>::new(1);
        let early = async {
            let (mut wire, _) = upstream.answer(HELLO).await;
            if is_ended {
                wire.finish().await;
            }
            wire
        };
        let answered = async {
            text(gateway.forward(&permit, with_body(Method::POST, body)).await.unwrap()).await.unwrap()
        };
        let (mut wire, first) = join!(early, answered);
        assert_eq!(first, "hello");
        let began = Instant::now();
        assert_eq!(wire.rest().await, "");
        // Or as long as a connection is kept that nobody uses.
        let limit = if is_ended { 0 } else { upstream.options().pool_idle.as_secs() };
        assert_eq!(began.elapsed().as_secs(), limit);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_connections_are_kept_than_the_pool_is_large() {
    let upstream = Upstream::listen();
    let gateway = Gateway::new(UpstreamOptions { pool_size: 0, ..upstream.options() });
    let (first, (mut wire, _)) = join!(get_text(&gateway), upstream.answer(HELLO));
    assert_eq!(first, "hello");
    let began = Instant::now();
    assert_eq!(wire.rest().await, "");
    assert_eq!(began.elapsed().as_secs(), 0);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_not_used() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let (first, (wire, _)) = join!(get_text(&gateway), upstream.answer(HELLO));
    assert_eq!(first, "hello");
    drop(wire);
    // Once this comes by way of the same reactor, the news that the connection was closed has come too.
    let (mut here, mut there) = UnixStream::pair().unwrap();
    there.write_all(b"!").await.unwrap();
    here.read_u8().await.unwrap();
    let (second, _) = join!(get_text(&gateway), upstream.answer(HELLO));
    assert_eq!(second, "hello");
}

#[tokio::test]
async fn a_request_that_changes_nothing_is_asked_once_more_where_its_connection_broke() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let serve = async {
        let (mut wire, _) = upstream.answer(HELLO).await;
        // Takes the second request as well, and is gone.
        wire.head().await;
        drop(wire);
        upstream.answer(HELLO).await
    };
    let requests = async {
        get_text(&gateway).await;
        get_text(&gateway).await
    };
    let (_, second) = join!(serve, requests);
    assert_eq!(second, "hello");
}

#[tokio::test]
async fn a_request_with_a_body_that_may_have_been_sent_is_not_sent_again() {
    for method in [Method::GET, Method::POST] {
        let upstream = Upstream::listen();
        let gateway = upstream.gateway();
        let serve = async {
            let (mut wire, _) = upstream.answer(HELLO).await;
            // Takes the second request as well, and is gone.
            wire.head().await;
        };
        let requests = async {
            get_text(&gateway).await;
            let again = with_body(method, Full::new(Bytes::from_static(b"once")));
            gateway.forward(&permit("/a").await, again).await.unwrap_err()
        };
        let ((), refused) = join!(serve, requests);
        assert!(matches!(refused, GatewayError::Unavailable(_)), "{refused}");
        assert!(!upstream.has_a_connection_waiting());
    }
}

#[tokio::test]
async fn a_connection_to_an_upstream_of_http_1_0_is_not_used_again() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello";
    let (first, (_wire, _)) = join!(get_text(&gateway), upstream.answer(old));
    assert_eq!(first, "hello");

    let (mut sender, body) = Channel::<Bytes>::new(1);
    sender.send_data("body".into()).await.unwrap();
    drop(sender);
    let serve = async {
        let mut wire = upstream.accept().await;
        let head = wire.head().await;
        let body = wire.until("0\r\n\r\n").await;
        wire.send(old).await;
        (head, body)
    };
    let permit = permit("/a").await;
    let (second, (head, body)) = join!(gateway.forward(&permit, with_body(Method::POST, body)), serve);
    second.unwrap();
    assert!(head.starts_with("POST /a HTTP/1.1\r\n"), "{head}");
    assert_eq!(body, "4\r\nbody\r\n0\r\n\r\n");
}

#[tokio::test]
async fn an_answer_that_nobody_read_to_its_end_does_not_reach_the_next_request() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let unfinished = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst";
    let (first, (mut wire, _)) =
        join!(gateway.forward(&permit, outbound(Method::GET)), upstream.answer(unfinished));
    drop(first);
    assert_eq!(wire.rest().await, "");
    let (second, _) = join!(get_text(&gateway), upstream.answer(HELLO));
    assert_eq!(second, "hello");
}
