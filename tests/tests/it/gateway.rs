//! The way to the upstream and back: what passes through unchanged, and what a client reads when nobody answers.

use std::time::{Duration, Instant};

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::{Bng, Reached};
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::cast::ADMIN;
use portcullis_tests::gate::Gate;
use portcullis_tests::played::Played;
use portcullis_tests::setup::Setup;
use tokio::net::{TcpListener, TcpSocket};

const PUBLIC: &str = "[{path: /**, require: public}, {path: '/__slow', require: public, timeout: 10s}]";

async fn before(answer: &str) -> (Gate, Canned) {
    let canned = Canned::answering(answer).await;
    (Setup::before(canned.address()).with("routes", PUBLIC).start().await, canned)
}

#[tokio::test]
async fn where_nobody_listens_the_upstream_is_unavailable() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let token = gate.login(&ADMIN).await;
    drop(bng);
    let answer = gate.send(Ask::get("/api/v1/qos").bearer(&token).field("x-request-id", "noc-1")).await;
    assert_eq!((answer.status, answer.detail().as_str()), (502, "Upstream unavailable"));
    assert_eq!((answer.field("x-request-id"), answer.is_refusal()), (Some("noc-1"), false));
    let event = gate.log().said("no answer from the upstream").await;
    assert_eq!((&event["request.id"], &event["route"]), (&"noc-1".into(), &"GET /api/v1/qos".into()));
    // Who may not go there does not learn that nobody is there.
    assert_eq!(gate.send(Ask::get("/api/v1/qos")).await.status, 401);
}

#[tokio::test]
async fn an_upstream_that_comes_back_is_found_again() {
    // Its port is taken all the time, so that nobody else comes in its place.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let gate = Setup::before(socket.local_addr().unwrap()).with("routes", PUBLIC).start().await;
    assert_eq!(gate.send(Ask::get("/a")).await.status, 502);
    let listener = socket.listen(16).unwrap();
    tokio::spawn(portcullis_bng_sim::serve(listener, portcullis_bng_sim::Sim::new()));
    assert_eq!(gate.send(Ask::get("/__echo")).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_none_is_no_answer() {
    for answer in [
        "",
        "rubbish\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
    ] {
        let (gate, _canned) = before(&format!("{answer}X: close\r\n")).await;
        let answered = gate.send(Ask::get("/a")).await;
        assert_eq!(
            (answered.status, answered.detail().as_str()),
            (502, "Upstream unavailable"),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn an_upstream_that_is_too_slow_has_timed_out_and_a_route_may_have_more_patience() {
    let bng = Bng::start().await;
    let timeouts = "{response_head: 200ms}";
    let gate =
        Setup::before(bng.address()).with("routes", PUBLIC).with("upstream_timeouts", timeouts).start().await;
    assert_eq!(gate.send(Ask::get("/__slow?ms=600")).await.status, 200);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Setup::before(listener.local_addr().unwrap())
        .with("routes", PUBLIC)
        .with("upstream_timeouts", timeouts);
    let gate = silent.start().await;
    let begin = Instant::now();
    let answer = gate.send(Ask::get("/a")).await;
    assert_eq!((answer.status, answer.detail().as_str()), (504, "Upstream timed out"));
    assert!(begin.elapsed() >= Duration::from_millis(200));
    let metrics = gate.send(Ask::get("/metrics")).await.text();
    assert!(
        metrics.contains("portcullis_upstream_failures_total{reason=\"upstream_timeout\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn answers_pass_as_they_are_errors_too() {
    for (status, body) in [
        (201, "{\"a\":1}"),
        (301, ""),
        (400, "no"),
        (401, "who?"),
        (404, "{\"detail\":\"x\"}"),
        (500, "<h1>"),
    ] {
        let length = body.len();
        let (gate, _canned) = before(&format!(
            "HTTP/1.1 {status} Whatever\r\nX-Own: {status}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
        let answer = gate.send(Ask::get("/a")).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, body));
        assert_eq!(answer.field("x-own"), Some(status.to_string().as_str()));
        assert_eq!((answer.field("www-authenticate"), answer.is_refusal()), (None, false), "{status}");
    }
}

#[tokio::test]
async fn an_answer_to_head_says_how_long_it_would_be_and_is_not() {
    let (gate, canned) = before("HTTP/1.1 200 OK\r\nContent-Length: 4711\r\n\r\n").await;
    let mut wire = gate.wire().await;
    for _ in 0..2 {
        wire.write("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let answer = wire.answer_to("HEAD").await.unwrap();
        assert_eq!((answer.status, answer.field("content-length")), (200, Some("4711")));
    }
    assert!(canned.received().iter().all(|request| request.starts_with("HEAD /a ")));
}

#[tokio::test]
async fn an_answer_without_content_has_neither_body_nor_length() {
    for (status, fields) in [(204, ""), (204, "Content-Length: 0\r\n"), (304, "ETag: \"a\"\r\n")] {
        let (gate, _canned) = before(&format!("HTTP/1.1 {status} X\r\n{fields}\r\n")).await;
        let mut wire = gate.wire().await;
        for _ in 0..2 {
            wire.write("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").await;
            let answer = wire.answer().await.unwrap();
            assert_eq!((answer.status, answer.field("content-length")), (status, None), "{fields}");
            assert_eq!(answer.field("transfer-encoding"), None, "{fields}");
        }
    }
}

#[tokio::test]
async fn a_request_without_a_body_begins_no_body_and_an_empty_one_stays_empty() {
    let (gate, canned) = before(OK).await;
    gate.send(Ask::get("/a")).await;
    let received = canned.only().to_lowercase();
    assert!(!received.contains("content-length") && !received.contains("transfer-encoding"), "{received}");
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(gate.exchange(request).await.len(), 1);
    assert!(canned.only().to_lowercase().contains("\r\ncontent-length: 0\r\n"));
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_back() {
    let upstream = Played::start().await;
    let gate = Setup::before(upstream.address()).with("routes", PUBLIC).start().await;
    let mut wire = gate.wire().await;
    wire.write("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut guest = upstream.guest().await;
    guest.head().await;
    drop(wire);
    assert_eq!(guest.rest().await, b"");
}

/// A gate behind another one: `behind` is how it listens, `upstream` how the one in front finds it.
async fn pair(behind: Setup, front: impl FnOnce(&Gate) -> Setup) -> (Gate, Gate) {
    let behind = behind.start().await;
    let front = front(&behind).with("upstream_authorization", "keep").start().await;
    (front, behind)
}

#[tokio::test]
async fn an_upstream_on_a_unix_socket_is_reached_and_sees_no_address() {
    let bng = Bng::start().await;
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", folder.path().join("gate.sock").display());
    let behind = Setup::before(bng.address()).with("listen", &format!("[127.0.0.1, '{socket}']"));
    let (front, _behind) = pair(behind, |_| Setup::new().with("upstream", &socket)).await;
    let token = front.login(&ADMIN).await;
    let reached = Reached::of(&front.send(Ask::get("/__echo").bearer(&token)).await);
    // A peer without an address is no proxy that could be trusted: what it said is gone, and there is nothing to say.
    assert_eq!(reached.all("x-forwarded-for").len() + reached.all("forwarded").len(), 0);
    assert_eq!(
        (reached.only("x-auth-user"), reached.only("host")),
        ("admin", front.address().to_string().as_str())
    );
}

#[tokio::test]
async fn an_encrypted_upstream_must_have_a_certificate_of_the_authority_that_is_named() {
    let bng = Bng::start().await;
    let https = |behind: &Gate| {
        Setup::new().with("upstream", &format!("https://localhost:{}", behind.address().port()))
    };
    let authority = |gate: &Gate| gate.state_dir().join("self-signed.pem").display().to_string();
    let (front, behind) = pair(Setup::before(bng.address()).tls(), |behind| {
        https(behind).with("upstream_ca", &authority(behind))
    })
    .await;
    let token = front.login(&ADMIN).await;
    let reached = Reached::of(&front.send(Ask::get("/__echo").bearer(&token)).await);
    assert_eq!(reached.only("x-forwarded-proto"), "https");

    let stranger = Setup::new().tls().start().await;
    let distrusting = https(&behind).with("upstream_ca", &authority(&stranger)).start().await;
    let answer = distrusting.send(Ask::get("/__echo").bearer(&token)).await;
    assert_eq!((answer.status, answer.detail().as_str()), (502, "Upstream unavailable"));
    assert_eq!(bng.seen().len(), 1);
}
