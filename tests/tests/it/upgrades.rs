//! Upgrades: a WebSocket passes both ways and ends with its session; what would carry requests past the gate never does.

use std::time::{Duration, Instant};

use portcullis_tests::ask::Ask;
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::cast::{ADMIN, OPERATOR, Person};
use portcullis_tests::client::Protocol;
use portcullis_tests::frames::{self, END_HEADERS, END_STREAM, HEADERS, PREFACE, frame};
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::kernel;
use portcullis_tests::line::Line;
use portcullis_tests::played::{Played, field};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::claims;

const ROUTES: &str = r#"
- {path: "/ws/**", require: authenticated}
- {path: "/open/**", require: public}"#;

const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

async fn start(setup: impl FnOnce(Setup) -> Setup) -> (Gate, Played) {
    let upstream = Played::start().await;
    let setup = setup(Setup::before(upstream.address()).with("routes", ROUTES));
    (setup.start().await, upstream)
}

/// How a WebSocket begins (RFC 6455 4.1).
fn websocket(path: &str) -> Ask {
    Ask::get(path)
        .field("connection", "Upgrade")
        .field("upgrade", "websocket")
        .field("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .field("sec-websocket-version", "13")
}

/// A tunnel that is open: the client's end and the upstream's.
async fn open(client: Line, upstream: &Played, ask: Ask) -> (Line, Line) {
    let mut client = client;
    client.ask(&ask).await;
    let mut guest = upstream.guest().await;
    guest.head().await;
    guest.write(SWITCHING).await;
    assert!(client.head().await.starts_with("HTTP/1.1 101 "));
    (client, guest)
}

async fn pass_both_ways(mut client: Line, mut guest: Line) {
    for (number, size) in [1, 5, 100_000, 1].into_iter().enumerate() {
        let bytes = vec![b'a' + u8::try_from(number).unwrap(); size];
        client.write(&bytes).await;
        assert_eq!(guest.exactly(size).await, bytes);
        guest.write(&bytes).await;
        assert_eq!(client.exactly(size).await, bytes);
    }
    // Who has nothing more to say still hears the other.
    client.finish().await;
    assert_eq!(guest.rest().await, b"");
    guest.write("a last word").await;
    drop(guest);
    assert_eq!(client.rest().await, b"a last word");
}

#[tokio::test]
async fn a_websocket_passes_both_ways() {
    let (gate, upstream) = start(|setup| setup).await;
    let token = gate.login(&OPERATOR).await;
    let line = Line::tcp(gate.address()).await;
    let (client, guest) = open(line, &upstream, websocket("/ws/events").bearer(&token)).await;
    pass_both_ways(client, guest).await;
}

#[tokio::test]
async fn a_websocket_passes_over_tls_too() {
    let (gate, upstream) = start(Setup::tls).await;
    let token = gate.login(&OPERATOR).await;
    let (client, guest) = open(connect(&gate).await, &upstream, websocket("/ws/events").bearer(&token)).await;
    pass_both_ways(client, guest).await;
}

#[tokio::test]
async fn the_upstream_sees_who_asks_and_the_client_sees_what_the_upstream_agreed_to() {
    let (gate, upstream) = start(|setup| setup).await;
    let token = gate.login(&OPERATOR).await;
    let session = claims(&token)["sid"].as_str().unwrap().to_owned();
    let ask = websocket("/ws/events?a=b")
        .bearer(&token)
        .field("x-auth-user", "admin")
        .field("sec-websocket-protocol", "feed.v2, feed.v1")
        .field("connection", "x-auth-roles");
    let mut client = Line::tcp(gate.address()).await;
    client.ask(&ask).await;
    let mut guest = upstream.guest().await;
    let head = guest.head().await;
    assert!(head.starts_with("GET /ws/events?a=b HTTP/1.1\r\n"), "{head}");
    for (name, value) in [
        ("upgrade", Some("websocket")),
        ("connection", Some("upgrade")),
        ("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZQ==")),
        ("sec-websocket-version", Some("13")),
        ("sec-websocket-protocol", Some("feed.v2, feed.v1")),
        ("x-auth-user", Some("operator")),
        ("x-auth-roles", Some("operator")),
        ("x-auth-realms", Some("*")),
        ("x-auth-session", Some(session.as_str())),
        ("x-forwarded-for", Some("127.0.0.1")),
        ("authorization", None),
        ("transfer-encoding", None),
        ("content-length", None),
    ] {
        assert_eq!(field(&head, name), value, "{name} in {head}");
    }
    // The first bytes may come in one piece with the answer.
    let answer = SWITCHING
        .replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: feed.v1\r\nX-Own: 1\r\nKeep-Alive: 5\r\n\r\nhello");
    guest.write(answer).await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    for (name, value) in [
        ("upgrade", Some("websocket")),
        ("connection", Some("upgrade")),
        ("sec-websocket-accept", Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        ("sec-websocket-protocol", Some("feed.v1")),
        ("x-own", Some("1")),
        ("keep-alive", None),
        ("content-length", None),
    ] {
        assert_eq!(field(&head, name), value, "{name} in {head}");
    }
    assert!(field(&head, "x-request-id").is_some());
    assert_eq!(client.exactly(5).await, b"hello");
}

#[tokio::test]
async fn who_may_not_pass_opens_no_tunnel() {
    let (gate, upstream) = start(|setup| setup).await;
    let token = gate.login(&OPERATOR).await;
    for (ask, status) in [
        (websocket("/ws/events"), 401),
        (websocket("/ws/events").bearer("garbage"), 401),
        (websocket(&format!("/ws/events?access_token={token}")), 401),
        (websocket("/elsewhere").bearer(&token), 403),
        (websocket("/ws/../elsewhere").bearer(&token), 400),
    ] {
        let mut client = Line::tcp(gate.address()).await;
        assert_eq!(client.send(ask.clone()).await.status, status, "{ask:?}");
        // The connection is an ordinary one still.
        assert_eq!(client.send(Ask::get("/api/v1/health")).await.status, 200);
    }
    let endpoint = websocket("/api/v1/health");
    assert_eq!(Line::tcp(gate.address()).await.send(endpoint).await.status, 200);
    tokio::select! {
        biased;
        guest = upstream.guest() => panic!("the upstream was asked: {guest:?}"),
        () = std::future::ready(()) => {}
    }
}

/// A client's connection, over TLS if the gate has it.
async fn connect(gate: &Gate) -> Line {
    let certificate = gate.state_dir().join("self-signed.pem");
    if certificate.exists() {
        Line::tls(gate.address(), &certificate, "http/1.1").await.unwrap()
    } else {
        Line::tcp(gate.address()).await
    }
}

/// Begins a WebSocket with so many bytes of fields and does not wait for the answer; what the upstream gets of the rest.
async fn hurry(gate: &Gate, upstream: &Played, padding: usize, with_the_head: bool) -> String {
    const EARLY: &str = "GET /ws/admin HTTP/1.1\r\nHost: x\r\nX-Auth-User: admin\r\n\r\n";
    let (mut client, padding) = (connect(gate).await, "x".repeat(padding));
    let fields = format!("Connection: Upgrade\r\nUpgrade: websocket\r\nX: {padding}\r\n");
    let head = format!("GET /open HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    client.write(if with_the_head { format!("{head}{EARLY}") } else { head }).await;
    let mut guest = upstream.guest().await;
    let reached = guest.head().await;
    assert_eq!(field(&reached, "upgrade"), Some("websocket"));
    if !with_the_head {
        client.write(EARLY).await;
        kernel::read_by(gate.address()).await;
    }
    guest.write(SWITCHING).await;
    client.finish().await;
    String::from_utf8(guest.rest().await).unwrap()
}

#[tokio::test]
async fn bytes_sent_before_the_upstream_has_agreed_never_reach_it() {
    for setup in [|setup| setup, Setup::tls] {
        let (gate, upstream) = start(setup).await;
        for padding in [0, 3_000, 7_800, 8_000, 16_000] {
            assert_eq!(hurry(&gate, &upstream, padding, true).await, "", "{padding}");
        }
        for padding in [0, 8_000] {
            assert_eq!(hurry(&gate, &upstream, padding, false).await, "", "{padding}");
        }
    }
}

#[tokio::test]
async fn an_upstream_that_does_not_switch_gives_an_answer_like_any_other() {
    let (gate, upstream) = start(|setup| setup).await;
    let mut client = Line::tcp(gate.address()).await;
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
    ] {
        let answered = async {
            let mut guest = upstream.guest().await;
            guest.head().await;
            guest.write(answer).await;
        };
        let (got, ()) = tokio::join!(client.send(websocket("/open")), answered);
        assert_eq!(got.status.to_string(), answer[9..12]);
        assert_eq!(got.text(), "no");
        // The connection is an ordinary one still.
        assert_eq!(client.send(Ask::get("/api/v1/health")).await.status, 200);
    }
}

#[tokio::test]
async fn an_upstream_that_switches_to_something_else_or_unasked_has_not_answered() {
    let (gate, upstream) = start(|setup| setup).await;
    for (ask, answer) in [
        (websocket("/open"), SWITCHING.replace("Upgrade: websocket", "Upgrade: h2c")),
        (websocket("/open"), SWITCHING.replace("Upgrade: websocket\r\n", "")),
        (websocket("/open"), SWITCHING.replace("Upgrade: websocket", "Upgrade: websocket, h2c")),
        (websocket("/open"), SWITCHING.replace("Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: h2c")),
        (Ask::get("/open"), SWITCHING.to_owned()),
        (
            Ask::get("/open").field("connection", "upgrade").field("upgrade", "h2c"),
            SWITCHING.replace("websocket", "h2c"),
        ),
    ] {
        let mut client = Line::tcp(gate.address()).await;
        let answered = async {
            let mut guest = upstream.guest().await;
            guest.head().await;
            guest.write(&answer).await;
            guest
        };
        let (got, mut guest) = tokio::join!(client.send(ask), answered);
        assert_eq!((got.status, got.text().contains("Upstream unavailable")), (502, true), "{answer}");
        client.write("what should be in a tunnel").await;
        drop(client);
        assert_eq!(guest.rest().await, b"", "{answer}");
    }
}

#[tokio::test]
async fn a_tunnel_ends_when_either_end_does() {
    let (gate, upstream) = start(|setup| setup).await;
    let (client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, websocket("/open")).await;
    drop(client);
    assert_eq!(guest.rest().await, b"");
    let (mut client, guest) = open(Line::tcp(gate.address()).await, &upstream, websocket("/open")).await;
    drop(guest);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn a_tunnel_ends_with_the_session_that_opened_it_and_not_before() {
    let (gate, upstream) = start(|setup| setup.with("token", "{ttl: 3s}")).await;
    let begin = Instant::now();
    let token = gate.login(&OPERATOR).await;
    let ask = websocket("/ws/events").bearer(&token);
    let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
    let (mut open_client, mut open_guest) =
        open(Line::tcp(gate.address()).await, &upstream, websocket("/open")).await;
    client.write("ping").await;
    assert_eq!(guest.exactly(4).await, b"ping");
    assert_eq!((client.rest().await, guest.rest().await), (vec![], vec![]));
    // The times in a token are whole seconds.
    let lasted = begin.elapsed();
    assert!((Duration::from_millis(1900)..Duration::from_secs(5)).contains(&lasted), "{lasted:?}");
    // A tunnel without a session has no such end.
    open_client.write("ping").await;
    assert_eq!(open_guest.exactly(4).await, b"ping");
}

#[tokio::test]
async fn a_tunnel_ends_when_its_user_is_let_in_no_more_and_no_other_does() {
    let (gate, upstream) = start(|setup| setup).await;
    let tunnel = async |person: &Person| {
        let ask = websocket("/ws/events").bearer(&gate.login(person).await);
        open(Line::tcp(gate.address()).await, &upstream, ask).await
    };
    let (mut leaving, mut left) = tunnel(&OPERATOR).await;
    let (mut staying, mut stayed) = tunnel(&ADMIN).await;
    gate.take_over(&gate.setup().users(&[ADMIN, OPERATOR.but("role: operator, active: false")])).await;
    assert_eq!((leaving.rest().await, left.rest().await), (vec![], vec![]));
    staying.write("ping").await;
    assert_eq!(stayed.exactly(4).await, b"ping");
}

#[tokio::test]
async fn a_gate_that_is_stopped_closes_its_tunnels_and_is_gone_soon() {
    let (mut gate, upstream) = start(|setup| setup).await;
    let token = gate.login(&OPERATOR).await;
    let ask = websocket("/ws/events").bearer(&token);
    let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
    let (mut open_client, mut open_guest) =
        open(Line::tcp(gate.address()).await, &upstream, websocket("/open")).await;
    let begin = Instant::now();
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().await.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    for line in [&mut client, &mut guest, &mut open_client, &mut open_guest] {
        assert_eq!(line.rest().await, b"");
    }
    assert_eq!(gate.log().count("stopped"), 1, "{}", gate.log().text());
}

#[tokio::test]
async fn over_http_2_a_request_goes_on_without_an_upgrade() {
    let (gate, upstream) = start(Setup::tls).await;
    let mut client = gate.client(Protocol::Http2);
    let ask = Ask::get("/open").field("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let (answer, head) = tokio::join!(client.send(ask), upstream.answer(OK));
    assert_eq!((answer.status, field(&head, "upgrade"), field(&head, "connection")), (200, None, None));
    assert_eq!(field(&head, "sec-websocket-key"), Some("dGhlIHNhbXBsZSBub25jZQ=="));
    let (answer, _) = tokio::join!(client.send(Ask::get("/open")), upstream.answer(SWITCHING));
    assert_eq!(answer.status, 502);
}

#[tokio::test]
async fn over_http_2_neither_the_field_nor_a_tunnel_by_connect_gets_through() {
    let canned = Canned::answering(OK).await;
    let gate = Setup::before(canned.address()).with("routes", ROUTES).tls().start().await;
    let certificate = gate.state_dir().join("self-signed.pem");
    let upgrade =
        [frames::get("/open"), frames::head(&[("connection", "upgrade"), ("upgrade", "websocket")])];
    // RFC 8441, which nobody offered.
    let connect = [
        frames::request("CONNECT", "/open"),
        frames::head(&[(":protocol", "websocket"), ("sec-websocket-version", "13")]),
    ];
    let plain_connect = [frames::head(&[(":method", "CONNECT"), (":authority", "localhost")]), vec![]];
    for (block, flags) in [(upgrade, END_STREAM), (connect, 0), (plain_connect, 0)] {
        let line = Line::tls(gate.address(), &certificate, "h2").await.unwrap();
        let bytes = [PREFACE, &frame(HEADERS, END_HEADERS | flags, 1, &block.concat())].concat();
        let end = frames::flood(line, std::iter::once(bytes)).await;
        assert!(!matches!(end, frames::End::Stalled), "{end:?}");
    }
    assert_eq!(canned.received(), Vec::<String>::new());
}
