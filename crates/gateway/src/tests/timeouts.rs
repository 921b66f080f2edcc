//! How long the upstream may take for what. The clock of these tests stands still while anything else can happen, so
//! they take no time, whatever they wait for.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::channel::Channel;
use tokio::time::{Instant, sleep};
use tokio::{join, select};

use super::upstream::{Upstream, get, outbound, text, with_body};
use crate::{Gateway, GatewayError, Phase, UpstreamOptions};
use portcullis_testkit::permits::{public_permit as permit, public_permit_on as permit_on};

const SECOND: Duration = Duration::from_secs(1);

fn is_overdue(error: &GatewayError) -> bool {
    matches!(error, GatewayError::TimedOut(Phase::ResponseHead))
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_does_not_answer_times_out() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let began = Instant::now();
    let (answer, mut wire) = join!(get(&gateway, "/a"), upstream.accept());
    assert!(is_overdue(&answer.unwrap_err()));
    assert_eq!(began.elapsed().as_secs(), 30);
    wire.head().await;
    assert_eq!(wire.rest().await, "", "the request was not taken back");
}

#[tokio::test(start_paused = true)]
async fn a_route_may_have_a_time_of_its_own() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    for seconds in [1, 600] {
        let permit = permit_on("/a", |route| route.timeout = Some(seconds * SECOND)).await;
        let began = Instant::now();
        let (answer, _wire) = join!(gateway.forward(&permit, outbound(Method::GET)), upstream.accept());
        assert!(is_overdue(&answer.unwrap_err()));
        assert_eq!(began.elapsed().as_secs(), u64::from(seconds));
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_request_says_nothing_about_the_next_one_on_its_connection() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit_for = |seconds: u32| permit_on("/a", move |route| route.timeout = Some(seconds * SECOND));
    let serve = async {
        let mut wire = upstream.accept().await;
        for _ in 0..3 {
            wire.head().await;
            sleep(4 * SECOND).await;
            wire.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        }
        wire.head().await;
        wire
    };
    let requests = async {
        for (seconds, pause) in [(5, 0), (600, 20), (5, 20)] {
            gateway.forward(&permit_for(seconds).await, outbound(Method::GET)).await.unwrap();
            sleep(pause * SECOND).await;
        }
        let began = Instant::now();
        let answer = gateway.forward(&permit_for(30).await, outbound(Method::GET)).await;
        assert!(is_overdue(&answer.unwrap_err()));
        assert_eq!(began.elapsed().as_secs(), 30);
    };
    let (_wire, ()) = join!(serve, requests);
    assert!(!upstream.has_a_connection_waiting());
}

#[tokio::test(start_paused = true)]
async fn a_time_beyond_all_time_never_comes() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit_on("/a", |route| route.timeout = Some(Duration::MAX)).await;
    let slow = async {
        sleep(100_000 * SECOND).await;
        upstream.answer("HTTP/1.1 204 No Content\r\n\r\n").await
    };
    let (answer, _) = join!(gateway.forward(&permit, outbound(Method::GET)), slow);
    answer.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_long_upload_is_not_cut() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let exchange = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        for _ in 0..10 {
            sleep(29 * SECOND).await;
            sender.send_data("piece".into()).await.unwrap();
            wire.until("piece\r\n").await;
        }
        drop(sender);
        wire.until("0\r\n\r\n").await;
        sleep(29 * SECOND).await;
        wire.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    };
    let (answer, ()) = join!(gateway.forward(&permit, with_body(Method::POST, body)), exchange);
    assert_eq!(answer.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_stalls_times_out() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let permit = permit("/a").await;
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let began = Instant::now();
    let stall = async {
        let mut wire = upstream.accept().await;
        wire.head().await;
        sleep(10 * SECOND).await;
        sender.send_data("piece".into()).await.unwrap();
        wire
    };
    let (answer, _wire) = join!(gateway.forward(&permit, with_body(Method::POST, body)), stall);
    assert!(is_overdue(&answer.unwrap_err()));
    assert_eq!(began.elapsed().as_secs(), 40);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_has_begun_may_take_for_ever() {
    let upstream = Upstream::listen();
    let gateway = upstream.gateway();
    let slow = async {
        let (mut wire, _) = upstream.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel").await;
        sleep(100_000 * SECOND).await;
        wire.send("lo").await;
    };
    let (answered, ()) = join!(async { text(get(&gateway, "/a").await.unwrap()).await.unwrap() }, slow);
    assert_eq!(answered, "hello");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_not_kept_beyond_its_time() {
    let upstream = Upstream::listen();
    let gateway = Gateway::new(UpstreamOptions { pool_idle: SECOND, ..upstream.options() });
    let (answer, (mut wire, _)) =
        join!(get(&gateway, "/a"), upstream.answer("HTTP/1.1 204 No Content\r\n\r\n"));
    answer.unwrap();
    select! {
        rest = wire.rest() => assert_eq!(rest, ""),
        () = sleep(3 * SECOND) => panic!("still open"),
    }
}
