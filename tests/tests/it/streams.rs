//! Answers that go on and on, such as server-sent events: each piece is there when it was sent, and none after the
//! session has ended.

use std::time::{Duration, Instant};

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::frames::{
    self, DATA, END_HEADERS, END_STREAM, Frame, HEADERS, PREFACE, RST_STREAM, frame,
};
use portcullis_tests::gate::Gate;
use portcullis_tests::line::{Line, Stream};
use portcullis_tests::patience::within;
use portcullis_tests::played::{Played, field};
use portcullis_tests::setup::Setup;
use serde_json::json;

use crate::personal_tokens::made;

const ROUTES: &str = r#"
- {path: "/events", require: authenticated}
- {path: "/open/events", require: public}"#;

const BEGIN: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

pub(crate) async fn start(setup: impl FnOnce(Setup) -> Setup) -> (Gate, Played) {
    let upstream = Played::start().await;
    let setup = setup(Setup::before(upstream.address()).with("routes", ROUTES));
    (setup.start().await, upstream)
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// Asks for events; the client's connection and the upstream's, after the heads.
pub(crate) async fn open(mut client: Line, upstream: &Played, ask: Ask) -> (Line, Line) {
    client.ask(&ask).await;
    let mut guest = upstream.guest().await;
    guest.head().await;
    guest.write(BEGIN).await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(field(&head, "content-type"), Some("text/event-stream"));
    (client, guest)
}

async fn events_come_one_by_one(mut client: Line, mut guest: Line) {
    for number in 1..=3 {
        let event = format!("data: {number}\n\n");
        guest.write(chunk(&event)).await;
        // The next one is not sent before this one is here.
        assert!(client.through(&event).await.ends_with(&event));
    }
    guest.write("0\r\n\r\n").await;
    assert!(client.through("0\r\n\r\n").await.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn an_event_is_there_before_the_next_one_is_sent() {
    let (gate, upstream) = start(|setup| setup).await;
    let ask = Ask::get("/events").bearer(&gate.login(&OPERATOR).await);
    let (client, guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
    events_come_one_by_one(client, guest).await;
}

#[tokio::test]
async fn over_tls_it_is_there_too() {
    let (gate, upstream) = start(Setup::tls).await;
    let certificate = gate.state_dir().join("self-signed.pem");
    let line = Line::tls(gate.address(), &certificate, "http/1.1").await.unwrap();
    let (client, guest) = open(line, &upstream, Ask::get("/open/events")).await;
    events_come_one_by_one(client, guest).await;
}

#[tokio::test]
async fn the_head_is_there_before_the_first_event_is_sent_however_long_that_takes() {
    let timeouts = "{response_head: 300ms}";
    let (gate, upstream) = start(|setup| setup.with("upstream_timeouts", timeouts)).await;
    let (mut client, mut guest) =
        open(Line::tcp(gate.address()).await, &upstream, Ask::get("/open/events")).await;
    // Longer than the upstream may take to begin.
    tokio::time::sleep(Duration::from_millis(600)).await;
    guest.write(chunk("data: 1\n\n")).await;
    client.through("data: 1\n\n").await;
}

#[tokio::test]
async fn a_stream_is_cut_when_the_session_ends_and_both_sides_can_tell() {
    let (gate, upstream) = start(|setup| setup.with("token", "{ttl: 3s}")).await;
    let begin = Instant::now();
    let ask = Ask::get("/events").bearer(&gate.login(&OPERATOR).await);
    let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
    let (mut open_client, mut open_guest) =
        open(Line::tcp(gate.address()).await, &upstream, Ask::get("/open/events")).await;
    guest.write(chunk("data: 1\n\n")).await;
    client.through("data: 1\n\n").await;
    // No last chunk: nobody takes what he has for the whole.
    let rest = String::from_utf8(client.rest().await).unwrap();
    assert!(!rest.contains("0\r\n"), "{rest:?}");
    assert_eq!(guest.rest().await, b"", "the upstream sends on to nobody");
    let lasted = begin.elapsed();
    assert!((Duration::from_millis(1900)..Duration::from_secs(5)).contains(&lasted), "{lasted:?}");
    // One that was opened in nobody's session goes on.
    open_guest.write(chunk("data: 2\n\n")).await;
    open_client.through("data: 2\n\n").await;
}

#[tokio::test]
async fn a_stream_of_an_opaque_token_is_cut_when_that_was_not_used_and_when_it_is_ended() {
    let (gate, upstream) = start(|setup| setup.with("session", "{idle_timeout: 3s, max_age: 1h}")).await;
    let (idle, ended) = (gate.opaque(&OPERATOR).await, gate.opaque(&OPERATOR).await);
    let begin = Instant::now();
    let ask = |token: &str| Ask::get("/events").bearer(token);
    let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask(&idle)).await;
    let (mut other_client, mut other_guest) =
        open(Line::tcp(gate.address()).await, &upstream, ask(&ended)).await;
    let using = async {
        // Each use begins the time again, also for what streams already.
        while begin.elapsed() < Duration::from_millis(3_500) {
            assert_eq!(gate.send(Ask::get("/api/token").bearer(&idle)).await.status, 200);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let ending = async {
        assert_eq!(gate.send(Ask::new("DELETE", "/api/token").bearer(&ended)).await.status, 204);
        assert_eq!((other_client.rest().await, other_guest.rest().await), (vec![], vec![]));
        assert!(begin.elapsed() < Duration::from_millis(2_500), "{:?}", begin.elapsed());
    };
    tokio::join!(using, ending);
    guest.write(chunk("data: 1\n\n")).await;
    client.through("data: 1\n\n").await;
    assert_eq!((client.rest().await, guest.rest().await), (b"\r\n".to_vec(), vec![]));
    let lasted = begin.elapsed();
    assert!((Duration::from_millis(6_200)..Duration::from_secs(11)).contains(&lasted), "{lasted:?}");
}

#[tokio::test]
async fn a_stream_is_cut_when_its_session_is_ended_by_its_owner_or_an_administrator() {
    let (gate, upstream) = start(|setup| setup).await;
    let (operator, admin) = (gate.login(&OPERATOR).await, gate.login(&ADMIN).await);
    let (personal, personal_id) = made(&gate, &operator, &json!({})).await;
    let (opaque, signed) = (gate.opaque(&OPERATOR).await, gate.login(&OPERATOR).await);
    let listed = gate.send(Ask::get("/api/v1/auth/sessions?user=operator").bearer(&admin)).await.json();
    let sessions = listed["data"]["items"].as_array().unwrap();
    let opaque_id = sessions.iter().find(|session| session["kind"] == "opaque").unwrap()["id"].as_str();
    let end = |path: String, by: &str| Ask::new("DELETE", &path).bearer(by);
    for (of, ending) in [
        (personal, end(format!("/api/v1/auth/tokens/{personal_id}"), &operator)),
        (opaque, end(format!("/api/v1/auth/sessions/{}", opaque_id.unwrap()), &admin)),
        (signed.clone(), Ask::post("/api/v1/auth/logout").bearer(&signed)),
    ] {
        let ask = Ask::get("/events").bearer(&of);
        let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
        assert_eq!(gate.send(ending).await.status, 204);
        let cut = async { (client.rest().await, guest.rest().await) };
        assert_eq!(within("waiting for the stream to be cut", cut).await, (vec![], vec![]));
    }
}

#[tokio::test]
async fn an_upload_is_cut_when_its_session_is_ended() {
    let (gate, upstream) = start(|setup| setup).await;
    let token = gate.login(&OPERATOR).await;
    let mut client = Line::tcp(gate.address()).await;
    let head = format!("Host: bng\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked");
    client.write(format!("POST /events HTTP/1.1\r\n{head}\r\n\r\n")).await;
    let mut guest = upstream.guest().await;
    guest.head().await;
    for piece in ["one", "two"] {
        client.write(chunk(piece)).await;
        guest.through(&format!("{piece}\r\n")).await;
    }
    assert_eq!(gate.send(Ask::post("/api/v1/auth/logout").bearer(&token)).await.status, 204);
    assert_eq!(within("waiting for the upload to be cut", guest.rest()).await, b"", "it is not ended");
    assert!(client.head().await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_stream_is_cut_when_its_user_is_let_in_no_more() {
    let (gate, upstream) = start(|setup| setup).await;
    let ask = Ask::get("/events").bearer(&gate.login(&OPERATOR).await);
    let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
    gate.take_over(&gate.setup().users(&[ADMIN])).await;
    assert_eq!((client.rest().await, guest.rest().await), (vec![], vec![]));
}

#[tokio::test]
async fn a_stream_that_is_never_silent_is_cut_too() {
    let (gate, upstream) = start(|setup| setup.with("token", "{ttl: 3s}")).await;
    let ask = Ask::get("/events").bearer(&gate.login(&OPERATOR).await);
    let (mut client, mut guest) = open(Line::tcp(gate.address()).await, &upstream, ask).await;
    let sending = tokio::spawn(async move {
        // Until nobody takes it any more.
        while !guest.is_closed_after(chunk(&"data: x\n\n".repeat(100))).await {}
    });
    let received = client.rest().await;
    assert!(!received.is_empty() && !received.ends_with(b"0\r\n\r\n"));
    sending.await.unwrap();
}

/// The next frame that ends, or goes on with, the first stream.
async fn next_of_stream(stream: &mut (impl Stream + ?Sized)) -> Option<Frame> {
    loop {
        let frame = frames::next(&mut &mut *stream).await?;
        if frame.stream == 1 {
            return Some(frame);
        }
    }
}

#[tokio::test]
async fn over_http_2_events_come_one_by_one_and_the_cut_is_a_reset() {
    let (gate, upstream) = start(|setup| setup.tls().with("token", "{ttl: 3s}")).await;
    let authorization = format!("Bearer {}", gate.login(&OPERATOR).await);
    let certificate = gate.state_dir().join("self-signed.pem");
    let mut line = Line::tls(gate.address(), &certificate, "h2").await.unwrap();
    let block = [frames::get("/events"), frames::head(&[("authorization", &authorization)])].concat();
    line.write([PREFACE, &frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)].concat()).await;
    let mut guest = upstream.guest().await;
    guest.head().await;
    guest.write(BEGIN).await;
    let mut stream = line.into_stream();
    assert_eq!(next_of_stream(&mut stream).await.map(|frame| frame.kind), Some(HEADERS));
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        guest.write(chunk(event)).await;
        let frame = next_of_stream(&mut stream).await.unwrap();
        assert_eq!((frame.kind, frame.payload.as_slice()), (DATA, event.as_bytes()));
    }
    let last = next_of_stream(&mut stream).await.unwrap();
    assert_eq!((last.kind, last.flags), (RST_STREAM, 0), "{last:?}");
    assert_eq!(guest.rest().await, b"");
}
