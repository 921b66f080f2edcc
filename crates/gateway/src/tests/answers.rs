//! What the client gets: status, fields and framing, and what no answer is made of.

use http::header::{CONTENT_LENGTH, SET_COOKIE};
use http::{Method, Response, StatusCode};
use http_body::Body as _;
use portcullis_guard::Body;
use tokio::join;

use super::upstream::{Upstream, get, outbound, text};
use crate::GatewayError;
use portcullis_testkit::permits::public_permit as permit;

/// What becomes of this answer to a request of this method.
async fn passed_on(method: Method, answer: &str) -> Result<Response<Body>, GatewayError> {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (passed, _) = join!(gateway.forward(&permit, outbound(method)), upstream.answer(answer));
    passed
}

fn length(answer: &Response<Body>) -> Option<&str> {
    let mut lengths = answer.headers().get_all(CONTENT_LENGTH).iter();
    let length = lengths.next().map(|length| length.to_str().unwrap());
    assert!(lengths.next().is_none(), "two lengths");
    length
}

#[tokio::test]
async fn status_fields_and_body_are_the_upstreams() {
    let answer = passed_on(
        Method::GET,
        "HTTP/1.1 418 Short And Stout\r\nX-Kind: teapot\r\nContent-Length: 5\r\n\r\nhello",
    );
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(answer.headers()["x-kind"], "teapot");
    assert_eq!(length(&answer), Some("5"));
    assert_eq!(text(answer).await.unwrap(), "hello");
}

#[tokio::test]
async fn many_copies_of_a_field_stay_in_order() {
    let answer = passed_on(
        Method::GET,
        "HTTP/1.1 204 No Content\r\nSet-Cookie: b=1\r\nX: y\r\nSet-Cookie: a=2\r\nSet-Cookie: b=1\r\n\r\n",
    );
    let answer = answer.await.unwrap();
    let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).iter().collect();
    assert_eq!(cookies, ["b=1", "a=2", "b=1"]);
}

#[tokio::test]
async fn fields_of_the_connection_stay_behind() {
    let answer = passed_on(
        Method::GET,
        "HTTP/1.1 200 OK\r\nConnection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    assert!(answer.await.unwrap().headers().is_empty());
}

#[tokio::test]
async fn interim_answers_are_not_passed_on() {
    let answer = passed_on(
        Method::GET,
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    );
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key("link"));
}

#[tokio::test]
async fn where_there_is_no_body_the_length_is_that_of_the_body_that_there_would_be() {
    let head = passed_on(Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n").await.unwrap();
    assert_eq!(length(&head), Some("123"));
    assert!(head.body().is_end_stream());

    let cached =
        passed_on(Method::GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 123\r\n\r\n").await.unwrap();
    assert_eq!(length(&cached), Some("123"));
    assert!(cached.body().is_end_stream());
}

#[tokio::test]
async fn an_answer_of_no_content_has_no_length() {
    let answer =
        passed_on(Method::GET, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert_eq!(length(&answer), None);
    assert!(answer.body().is_end_stream());
}

#[tokio::test]
async fn a_length_that_is_said_in_two_ways_is_said_in_one() {
    for (method, twice) in [
        (Method::GET, "Content-Length: 5\r\nContent-Length: 5"),
        (Method::GET, "Content-Length: 5, 5"),
        (Method::HEAD, "Content-Length: 5, 5"),
    ] {
        let answer = passed_on(method, &format!("HTTP/1.1 200 OK\r\n{twice}\r\n\r\nhello")).await.unwrap();
        assert_eq!(length(&answer), Some("5"), "{twice}");
    }
    let contradicts = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n";
    assert_eq!(length(&passed_on(Method::HEAD, contradicts).await.unwrap()), None);
    let refused = passed_on(Method::GET, contradicts).await.unwrap_err();
    assert!(matches!(refused, GatewayError::Malformed(_)), "{refused}");
}

#[tokio::test]
async fn a_length_beside_chunks_is_dropped() {
    let answer = passed_on(
        Method::GET,
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    let answer = answer.await.unwrap();
    assert_eq!(length(&answer), None);
    assert_eq!(text(answer).await.unwrap(), "hello");

    let no_body = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(length(&passed_on(Method::HEAD, no_body).await.unwrap()), None);
}

#[tokio::test]
async fn what_is_no_answer_to_what_was_asked_is_malformed() {
    for answer in [
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let refused = passed_on(Method::GET, answer).await.unwrap_err();
        assert!(matches!(refused, GatewayError::Malformed(_)), "{answer}: {refused}");
    }
}

#[tokio::test]
async fn an_upstream_that_closes_before_it_answers_is_unavailable() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let closes = async {
        // A GET is asked once more, and not more often.
        for _ in 0..2 {
            let mut wire = upstream.accept().await;
            wire.head().await;
            wire.send("HTTP/1.1 200 O").await;
        }
    };
    let (answer, ()) = join!(get(&gateway, "/a"), closes);
    let refused = answer.unwrap_err();
    assert!(matches!(refused, GatewayError::Unavailable(_)), "{refused}");
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_unavailable() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    drop(upstream);
    let refused = get(&gateway, "/a").await.unwrap_err();
    assert!(matches!(refused, GatewayError::Unavailable(_)), "{refused}");
}
