//! Bodies: in pieces as they come, in both directions, and never gathered.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::canned::Canned;
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Signal;
use portcullis_tests::patience::{until_told, within};
use portcullis_tests::setup::Setup;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const MIB: usize = 1024 * 1024;
/// Far more than the gate may hold of it.
const LARGE: usize = 64 * MIB;
/// What the process may have needed at most, all of its code and buffers included.
const MOST_MEMORY: u64 = 56 * MIB as u64;

const PUBLIC: &str = "[{path: /**, require: public}]";

/// The bytes that the BNG sends: the alphabet over and over.
fn is_alphabet(body: &[u8]) -> bool {
    let pattern: Vec<u8> = (b'a'..=b'z').collect();
    body.chunks(26).all(|chunk| chunk == &pattern[..chunk.len()])
}

/// 64-bit FNV-1a, as the BNG computes it of what it got.
fn fnv1a(body: &[u8]) -> String {
    let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[tokio::test]
async fn a_large_answer_passes_whole_and_leaves_no_trace_in_memory() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("routes", PUBLIC).start().await;
    let answer = gate.send(Ask::get(&format!("/__bytes?n={LARGE}"))).await;
    assert_eq!((answer.status, answer.body.len()), (200, LARGE));
    assert!(is_alphabet(&answer.body));
    assert!(gate.peak_memory() < MOST_MEMORY, "{} bytes", gate.peak_memory());
}

#[tokio::test]
async fn a_large_request_passes_whole_and_leaves_no_trace_in_memory() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("routes", PUBLIC).start().await;
    let body: Vec<u8> = (0..=250).cycle().take(LARGE).collect();
    let expected = fnv1a(&body);
    let answer = gate.send(Ask::post("/__sink").body("application/octet-stream", body)).await.json();
    assert_eq!(
        (answer["length"].as_u64(), answer["fnv1a"].as_str()),
        (Some(LARGE as u64), Some(expected.as_str()))
    );
    assert!(gate.peak_memory() < MOST_MEMORY, "{} bytes", gate.peak_memory());
}

#[tokio::test]
async fn over_http_2_bodies_pass_whole_too() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("routes", PUBLIC).tls().start().await;
    let mut client = gate.client(Protocol::Http2);
    let answer = client.send(Ask::get(&format!("/__bytes?n={}", 4 * MIB))).await;
    assert!(answer.body.len() == 4 * MIB && is_alphabet(&answer.body));
    let body: Vec<u8> = (0..=250).cycle().take(4 * MIB).collect();
    let expected = fnv1a(&body);
    let answer = client.send(Ask::post("/__sink").body("application/octet-stream", body)).await.json();
    assert_eq!(answer["fnv1a"].as_str(), Some(expected.as_str()));
}

/// The connection that the gate makes to an upstream that the test plays, and what was read beyond the head.
async fn request_at(listener: &TcpListener) -> (TcpStream, Vec<u8>) {
    let (mut stream, _) = within("waiting for the gate", listener.accept()).await.unwrap();
    let mut read = vec![];
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            return (stream, read.split_off(end + 4));
        }
        assert!(within("reading the head", stream.read_buf(&mut read)).await.unwrap() > 0);
    }
}

#[tokio::test]
async fn a_piece_of_an_answer_is_there_before_the_next_one_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gate = Setup::before(listener.local_addr().unwrap()).with("routes", PUBLIC).start().await;
    let mut client = TcpStream::connect(gate.address()).await.unwrap();
    client.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (mut upstream, _) = request_at(&listener).await;
    upstream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
    let mut read = vec![];
    for piece in ["first", "second", "third"] {
        upstream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await.unwrap();
        while !String::from_utf8_lossy(&read).contains(piece) {
            assert!(within(piece, client.read_buf(&mut read)).await.unwrap() > 0);
        }
    }
}

#[tokio::test]
async fn a_piece_of_a_request_is_there_before_the_next_one_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gate = Setup::before(listener.local_addr().unwrap()).with("routes", PUBLIC).start().await;
    let mut client = TcpStream::connect(gate.address()).await.unwrap();
    client
        .write_all(b"POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let (mut upstream, mut read) = request_at(&listener).await;
    for piece in ["first", "second", "third"] {
        client.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await.unwrap();
        while !String::from_utf8_lossy(&read).contains(piece) {
            assert!(within(piece, upstream.read_buf(&mut read)).await.unwrap() > 0);
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gate = Setup::before(listener.local_addr().unwrap()).with("routes", PUBLIC).start().await;
    for head in ["Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "Content-Length: 10\r\n\r\nhello"] {
        let mut client = TcpStream::connect(gate.address()).await.unwrap();
        client.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let (mut upstream, _) = request_at(&listener).await;
        upstream.write_all(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes()).await.unwrap();
        let mut read = vec![];
        while !String::from_utf8_lossy(&read).contains("hello") {
            assert!(within("reading", client.read_buf(&mut read)).await.unwrap() > 0);
        }
        drop(upstream);
        let length = read.len();
        // However the connection ends, no end of the body comes before it.
        let _ = within("waiting for the end", client.read_to_end(&mut read)).await;
        assert_eq!(read.len(), length, "{:?}", String::from_utf8_lossy(&read));
    }
}

#[tokio::test]
async fn a_request_that_breaks_off_is_never_taken_for_a_whole_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gate = Setup::before(listener.local_addr().unwrap()).with("routes", PUBLIC).start().await;
    for head in ["Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        let mut client = TcpStream::connect(gate.address()).await.unwrap();
        client.write_all(format!("POST /a HTTP/1.1\r\nHost: x\r\n{head}").as_bytes()).await.unwrap();
        let (mut upstream, mut read) = request_at(&listener).await;
        drop(client);
        let _ = within("waiting for the end", upstream.read_to_end(&mut read)).await;
        let read = String::from_utf8_lossy(&read);
        assert!(read.len() <= "5\r\nhello\r\n".len() && !read.contains("0\r\n"), "{head:?}: {read:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_is_counted_and_is_no_warning() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut gate = Setup::before(listener.local_addr().unwrap()).with("routes", PUBLIC).start().await;
    let mut client = TcpStream::connect(gate.address()).await.unwrap();
    client.write_all(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello").await.unwrap();
    let (upstream, _) = request_at(&listener).await;
    drop(client);
    let counted = "portcullis_upstream_failures_total{reason=\"body_broken\"} 1";
    let mut watcher = gate.client(Protocol::Http1);
    let is_counted = async || watcher.send(Ask::get("/metrics")).await.text().contains(counted);
    until_told("it being counted", is_counted).await;
    drop(upstream);
    gate.signal(Signal::TERM);
    gate.log().said("stopped").await;
    assert!(gate.ended().await.success());
    assert_eq!(gate.log().count("no answer from the upstream"), 0, "{}", gate.log().text());
}

#[tokio::test]
async fn who_knows_no_chunks_gets_none() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n";
    let canned = Canned::answering(chunked).await;
    let gate = Setup::before(canned.address()).with("routes", PUBLIC).start().await;
    let answers = gate.exchange("GET /a HTTP/1.0\r\n\r\n").await;
    assert_eq!((answers.len(), answers[0].text().as_str()), (1, "helloworld"));
    assert_eq!(answers[0].field("transfer-encoding"), None, "{}", answers[0].head);
}
