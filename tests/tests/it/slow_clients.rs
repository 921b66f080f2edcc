//! Clients that take their time: whoever holds a connection and does not get on is shown the door.

use std::time::{Duration, Instant};

use portcullis_tests::ask::Ask;
use portcullis_tests::frames::{
    self, DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame,
};
use portcullis_tests::line::Line;
use portcullis_tests::setup::Setup;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{interval, timeout};

/// How long a gate waits for a handshake, and for the head of a request, give or take what a busy machine takes.
const PATIENCE: std::ops::Range<Duration> = Duration::from_millis(9_500)..Duration::from_secs(14);

/// A connection, and what is written on it in which pieces; the last one again and again.
struct Dawdler {
    what: &'static str,
    line: Line,
    begin: &'static [u8],
    drip: &'static [u8],
}

impl Dawdler {
    /// Writes as slowly as it likes until it is cut off; how long that took, and what it was told.
    async fn dawdle(self) -> (&'static str, Duration, Vec<u8>) {
        let Self { what, mut line, begin, drip } = self;
        line.write(begin).await;
        let (start, mut pause) = (Instant::now(), interval(Duration::from_millis(500)));
        loop {
            pause.tick().await;
            if !drip.is_empty() {
                line.write(drip).await;
            }
            if let Ok(rest) = timeout(Duration::from_millis(400), line.rest()).await {
                return (what, start.elapsed(), rest);
            }
        }
    }
}

const SLOW_BODY: &[u8] = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{";

/// The beginning of a handshake: of a record that holds a `ClientHello` (RFC 8446 5.1, 4.1.2).
const SLOW_HANDSHAKE: &[u8] = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03";

const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0ping ...";

#[tokio::test]
async fn who_does_not_get_on_with_a_handshake_a_head_or_a_login_is_cut_off_after_ten_seconds() {
    let (gate, encrypted) = (Setup::new().start().await, Setup::new().tls().start().await);
    let plain = async || Line::tcp(gate.address()).await;
    let raw = async || Line::tcp(encrypted.address()).await;
    let tls = async |protocol| {
        let certificate = encrypted.state_dir().join("self-signed.pem");
        Line::tls(encrypted.address(), &certificate, protocol).await.unwrap()
    };
    let mut used = plain().await;
    assert_eq!(used.send(Ask::get("/api/v1/health")).await.status, 200);
    let dawdler = |what, line, begin, drip| tokio::spawn(Dawdler { what, line, begin, drip }.dawdle());
    let dawdlers = [
        dawdler("silent", plain().await, b"", b""),
        dawdler("half a line", plain().await, b"GET /api/v1/hea", b""),
        dawdler("field after field", plain().await, b"GET / HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n"),
        dawdler("letter after letter", plain().await, b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"y"),
        dawdler("idle after a request", used, b"", b""),
        dawdler("half a body", plain().await, SLOW_BODY, b""),
        dawdler("a body in drips", plain().await, SLOW_BODY, b" "),
        dawdler("no handshake", raw().await, b"", b""),
        dawdler("half a handshake", raw().await, SLOW_HANDSHAKE, b""),
        dawdler("a handshake in drips", raw().await, SLOW_HANDSHAKE, b"x"),
        dawdler("half a head over TLS", tls("http/1.1").await, b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
        dawdler("half a body over TLS", tls("http/1.1").await, SLOW_BODY, b""),
        dawdler("HTTP/2 without a preface", tls("h2").await, b"", b""),
        dawdler("half an HTTP/2 preface", tls("h2").await, b"PRI * HTTP/2.0\r\n", b""),
        dawdler("HTTP/2 without a request", tls("h2").await, PREFACE, b""),
        dawdler("HTTP/2 with nothing but PING", tls("h2").await, PREFACE, PING),
    ];
    let mut ended = vec![];
    for task in dawdlers {
        ended.push(task.await.unwrap());
    }
    let wrong: Vec<_> = ended.iter().filter(|(_, lasted, _)| !PATIENCE.contains(lasted)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    for (what, _, rest) in &ended {
        let (text, expected) = (String::from_utf8_lossy(rest), what.contains("body"));
        assert_eq!(text.starts_with("HTTP/1.1 408 "), expected, "{what}: {text}");
        assert_eq!(text.contains("HTTP/1.1"), expected, "{what}: {text}");
    }
    // Nobody else has noticed.
    assert_eq!(plain().await.send(Ask::get("/api/v1/health")).await.status, 200);
}

/// How long a gate waits for a client that takes nothing of an answer.
const STALL: std::ops::Range<Duration> = Duration::from_secs(29)..Duration::from_secs(36);

#[tokio::test]
async fn an_answer_over_http_2_that_is_given_no_room_is_given_up_after_thirty_seconds() {
    let gate = Setup::new().tls().start().await;
    let mut line = Line::tls(gate.address(), &gate.state_dir().join("self-signed.pem"), "h2").await.unwrap();
    line.write(PREFACE).await;
    // SETTINGS_INITIAL_WINDOW_SIZE is 0 (RFC 9113 6.5.2).
    line.write(frame(SETTINGS, 0, 0, b"\0\x04\0\0\0\0")).await;
    let ask = |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, &frames::get("/api/v1/health"));
    line.write(ask(1)).await;
    let mut stream = line.into_stream();
    let (begin, mut kinds) = (Instant::now(), vec![]);
    let ended = loop {
        // The connection itself is alive, and says so.
        let next = frames::next_within(&mut stream, STALL.end).await.unwrap();
        match next.kind {
            frames::PING if next.flags == 0 => {
                stream.write_all(&frame(frames::PING, frames::ACK, 0, &next.payload)).await.unwrap();
            }
            RST_STREAM => break next.stream,
            DATA => panic!("there is no room for {next:?}"),
            kind => kinds.push(kind),
        }
    };
    assert!(ended == 1 && kinds.contains(&HEADERS), "{ended} after {kinds:?}");
    assert!(STALL.contains(&begin.elapsed()), "{:?}", begin.elapsed());
    stream.write_all(&ask(3)).await.unwrap();
    loop {
        let next = frames::next_within(&mut stream, STALL.end).await.unwrap();
        if next.kind == HEADERS && next.stream == 3 {
            break;
        }
    }
}
