//! HTTP/2 floods: whatever a client sends, it ends in a closed connection or in nothing at all; others are served
//! meanwhile, and the memory stays what it was.

use std::cell::Cell;
use std::path::PathBuf;

use portcullis_tests::ask::Ask;
use portcullis_tests::client::Protocol;
use portcullis_tests::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, End, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS,
    frame,
};
use portcullis_tests::gate::Gate;
use portcullis_tests::line::Line;
use portcullis_tests::setup::Setup;

/// What a flood may cost a gate at the most, in bytes.
const COST: u64 = 30 * 1024 * 1024;

const PATH: &str = "/api/v1/health";

struct Site {
    gate: Gate,
    certificate: PathBuf,
}

async fn start() -> Site {
    let gate = Setup::new().tls().start().await;
    let certificate = gate.state_dir().join("self-signed.pem");
    Site { gate, certificate }
}

impl Site {
    async fn line(&self) -> Line {
        let mut line = Line::tls(self.gate.address(), &self.certificate, "h2").await.unwrap();
        line.write(PREFACE).await;
        line
    }

    /// Lets a flood come and looks at what it does to others.
    async fn endures(&self, flood: impl Future<Output = End>) -> End {
        let (mut other, is_over) = (self.gate.client(Protocol::Http2), Cell::new(false));
        assert_eq!(other.send(Ask::get(PATH)).await.status, 200);
        let before = self.gate.peak_memory();
        let flood = async {
            let end = flood.await;
            is_over.set(true);
            end
        };
        let others = async {
            while !is_over.get() {
                assert_eq!(other.send(Ask::get(PATH)).await.status, 200);
            }
        };
        let (end, ()) = tokio::join!(flood, others);
        let cost = self.gate.peak_memory() - before;
        assert!(cost < COST, "{end:?} after {cost} bytes");
        // Who comes now is served too.
        assert_eq!(self.gate.client(Protocol::Http1).send(Ask::get(PATH)).await.status, 200);
        end
    }

    /// The same flood, by a client that reads and by one that doesn't.
    async fn endures_both<P>(&self, pieces: impl Fn() -> P) -> [End; 2]
    where
        P: Iterator<Item = Vec<u8>>,
    {
        let hearing = self.endures(frames::flood(self.line().await, pieces())).await;
        let deaf = self.endures(frames::flood_deaf(self.line().await, pieces())).await;
        [hearing, deaf]
    }
}

fn is_refused(end: End) -> bool {
    matches!(end, End::GoAway(_) | End::Closed)
}

/// The streams that a client may open, from the first.
fn streams() -> impl Iterator<Item = u32> {
    (1..).step_by(2)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_that_are_taken_back_at_once() {
    let (site, block) = (start().await, frames::get(PATH));
    let pieces = || {
        let block = block.clone();
        streams().take(10_000).map(move |stream| {
            let request = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block);
            [request, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
        })
    };
    site.endures_both(pieces).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_that_the_gate_has_to_take_back() {
    let site = start().await;
    // A field that HTTP/2 does not have (RFC 9113 8.2.2).
    let block = [frames::get(PATH), frames::head(&[("connection", "close")])].concat();
    let pieces = || {
        let block = block.clone();
        streams().take(10_000).map(move |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, &block))
    };
    for end in site.endures_both(pieces).await {
        assert!(is_refused(end), "{end:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_never_ends() {
    let site = start().await;
    let value = "x".repeat(4_000);
    for (first, more) in [
        (frames::get(PATH), frames::head(&[("x", &value)])),
        (frames::get(PATH), vec![]),
        // Fields of the static table (RFC 7541 A), one byte each.
        (frames::get(PATH), vec![0x90; 4_000]),
        (vec![], vec![]),
    ] {
        let pieces = || {
            let begin = frame(HEADERS, END_STREAM, 1, &first);
            let continuation = frame(CONTINUATION, 0, 1, &more);
            std::iter::once(begin).chain(std::iter::repeat_n(continuation, 20_000))
        };
        for end in site.endures_both(pieces).await {
            assert!(is_refused(end), "{end:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_frames_of_a_body_with_nothing_in_them() {
    let site = start().await;
    let login = frames::request("POST", "/api/v1/auth/login");
    let pieces = || {
        let begin = frame(HEADERS, END_HEADERS, 1, &login);
        let hundred = frame(DATA, 0, 1, b"").repeat(100);
        std::iter::once(begin).chain(std::iter::repeat_n(hundred, 1_000))
    };
    site.endures_both(pieces).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_settings_that_all_want_an_answer() {
    let site = start().await;
    // SETTINGS_HEADER_TABLE_SIZE, and none at all.
    for settings in [&b"\0\x01\0\0\x10\0"[..], b""] {
        site.endures_both(|| std::iter::repeat_n(frame(SETTINGS, 0, 0, settings).repeat(100), 1_000)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_pings() {
    let site = start().await;
    site.endures_both(|| std::iter::repeat_n(frame(PING, 0, 0, b"anybody?").repeat(100), 1_000)).await;
}
