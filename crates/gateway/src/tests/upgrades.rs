//! Upgrades, with a client on one side and an upstream on the other.

use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use super::front::Front;
use super::upstream::{Upstream, Wire};
use crate::{Gateway, SessionEnd, UpstreamOptions};
use portcullis_testkit::permits::public_permit_on as permit_on;

const ASKS: &str = "GET /ws HTTP/1.1\r\nHost: bng\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
const AGREES: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: y\r\nKeep-Alive: 5\r\n\r\n";

/// A tunnel that is open: the client's end and the upstream's.
async fn tunnel(upstream: &Upstream, front: Front) -> (Wire<UnixStream>, Wire<UnixStream>) {
    let mut client = front.open();
    client.send(ASKS).await;
    let (server, _) = upstream.answer(AGREES).await;
    assert!(client.head().await.starts_with("HTTP/1.1 101 "));
    (client, server)
}

async fn front(upstream: &Upstream) -> Front {
    Front::new(upstream.gateway()).await
}

#[tokio::test]
async fn a_websocket_passes_both_ways() {
    let upstream = Upstream::listen();
    for mut client in [front(&upstream).await.open(), front(&upstream).await.open_to_both_versions()] {
        client.send(ASKS).await;
        let (mut server, asked) = upstream.answer(&format!("{AGREES}welcome")).await;
        assert!(asked.starts_with("GET /ws HTTP/1.1\r\n"), "{asked}");
        for field in ["connection: upgrade", "upgrade: websocket", "sec-websocket-key: x"] {
            assert!(asked.contains(&format!("\r\n{field}\r\n")), "{asked}");
        }
        let answered = client.head().await;
        assert!(answered.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{answered}");
        for field in ["connection: upgrade", "upgrade: websocket", "sec-websocket-accept: y"] {
            assert!(answered.contains(&format!("\r\n{field}\r\n")), "{answered}");
        }
        for field in ["keep-alive", "content-length", "transfer-encoding"] {
            assert!(!answered.contains(field), "{answered}");
        }
        assert_eq!(client.until("welcome").await, "welcome");
        client.send("hello").await;
        assert_eq!(server.until("hello").await, "hello");
        server.send("hello yourself").await;
        assert_eq!(client.until("yourself").await, "hello yourself");
    }
}

#[tokio::test]
async fn the_end_of_one_direction_is_handed_on_and_the_other_goes_on() {
    let upstream = Upstream::listen();
    let (mut client, mut server) = tunnel(&upstream, front(&upstream).await).await;
    client.send("last words").await;
    client.finish().await;
    assert_eq!(server.rest().await, "last words");
    server.send("heard").await;
    server.finish().await;
    assert_eq!(client.rest().await, "heard");
}

#[tokio::test]
async fn what_is_sent_before_the_upstream_agrees_never_arrives() {
    let upstream = Upstream::listen();
    for mut client in [front(&upstream).await.open(), front(&upstream).await.open_to_both_versions()] {
        client.send(&format!("{ASKS}GET /secret HTTP/1.1\r\n\r\n")).await;
        let (mut server, _) = upstream.answer(AGREES).await;
        assert_eq!(server.rest().await, "");
        client.head().await;
        assert_eq!(client.rest().await, "");
    }
}

#[tokio::test]
async fn what_is_sent_while_the_upstream_thinks_never_arrives() {
    let upstream = Upstream::listen();
    let mut client = front(&upstream).await.open();
    client.send(ASKS).await;
    let mut server = upstream.accept().await;
    server.head().await;
    client.send("too early").await;
    server.send(AGREES).await;
    assert_eq!(server.rest().await, "");
}

#[tokio::test]
async fn an_upstream_that_does_not_agree_answers_as_ever() {
    let upstream = Upstream::listen();
    let mut client = front(&upstream).await.open();
    client.send(&format!("{ASKS}DELETE /next HTTP/1.1\r\nHost: bng\r\n\r\n")).await;
    let (mut server, _) =
        upstream.answer("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno").await;
    assert!(client.head().await.starts_with("HTTP/1.1 426 "));
    assert_eq!(client.until("no").await, "no");
    // What came behind it is another request, and is decided on like any other.
    let next = server.head().await;
    assert!(next.starts_with("DELETE /ws HTTP/1.1\r\n"), "{next}");
    server.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 204 "));
}

#[tokio::test]
async fn a_change_to_another_protocol_than_was_asked_is_no_answer() {
    let upstream = Upstream::listen();
    for names in
        ["", "Upgrade: h2c\r\n", "Upgrade: websocket, h2c\r\n", "Upgrade: websocket\r\nUpgrade: h2c\r\n"]
    {
        let mut client = front(&upstream).await.open();
        client.send(ASKS).await;
        let answer = format!("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n{names}\r\n");
        let (mut server, _) = upstream.answer(&answer).await;
        assert!(client.head().await.starts_with("HTTP/1.1 502 "), "{names}");
        assert_eq!(server.rest().await, "");
    }
}

#[tokio::test]
async fn what_is_no_upgrade_that_passes_is_forwarded_without_it() {
    let upstream = Upstream::listen();
    for asks in [
        "GET / HTTP/1.1\r\nHost: bng\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: H2C\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: TLS/1.3\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: http/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: tunnel/1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\nx",
        "GET / HTTP/1.1\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: bng\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let mut front = front(&upstream).await;
        front.permit = permit_on("/ws", |route| {
            route.upgrades = ["h2c", "H2C", "TLS/1.3", "HTTP/2.0"].map(Into::into).into();
        })
        .await;
        let mut client = front.open();
        client.send(asks).await;
        let (_server, asked) = upstream.answer("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert!(!asked.contains("upgrade"), "{asks} became {asked}");
        assert!(client.head().await.contains(" 204 "), "{asks}");
    }
}

#[tokio::test]
async fn a_protocol_that_the_route_lists_passes() {
    let upstream = Upstream::listen();
    for method in ["GET", "POST"] {
        let mut front = front(&upstream).await;
        front.permit = permit_on("/ws", |route| route.upgrades = vec!["Telemetry/1".into()]).await;
        let mut client = front.open();
        client
            .send(&format!(
                "{method} / HTTP/1.1\r\nHost: bng\r\nConnection: x, UPGRADE\r\nUpgrade: TELEMETRY/1\r\n\r\n"
            ))
            .await;
        let agrees =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: telemetry/1\r\n\r\n";
        let (mut server, asked) = upstream.answer(agrees).await;
        assert!(asked.contains("\r\nupgrade: TELEMETRY/1\r\n"), "{asked}");
        client.head().await;
        client.send("hello").await;
        assert_eq!(server.until("hello").await, "hello");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tunnel_is_closed_when_its_session_ends() {
    let upstream = Upstream::listen();
    let mut front = front(&upstream).await;
    front.session_end = || Some(SessionEnd::at(Instant::now() + Duration::from_mins(10)));
    let began = Instant::now();
    let (mut client, mut server) = tunnel(&upstream, front).await;
    for _ in 0..5 {
        sleep(Duration::from_secs(100)).await;
        client.send("still here").await;
        server.until("still here").await;
    }
    assert_eq!(server.rest().await, "");
    assert_eq!(client.rest().await, "");
    assert_eq!(began.elapsed().as_secs(), 600);
}

#[tokio::test(start_paused = true)]
async fn a_tunnel_is_closed_when_nothing_moves() {
    let upstream = Upstream::listen();
    let options = UpstreamOptions { tunnel_idle: Duration::from_mins(1), ..upstream.options() };
    let began = Instant::now();
    let (mut client, mut server) = tunnel(&upstream, Front::new(Gateway::new(options)).await).await;
    for _ in 0..2 {
        sleep(Duration::from_secs(50)).await;
        server.send("still here").await;
        client.until("still here").await;
    }
    assert_eq!(server.rest().await, "");
    assert_eq!(client.rest().await, "");
    assert_eq!(began.elapsed().as_secs(), 160);
}

#[tokio::test]
async fn a_client_that_goes_away_closes_its_tunnel() {
    let upstream = Upstream::listen();
    let (client, mut server) = tunnel(&upstream, front(&upstream).await).await;
    drop(client);
    assert_eq!(server.rest().await, "");
}
