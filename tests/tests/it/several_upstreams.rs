//! The same upstream at several addresses: which one a request goes to, and what becomes of it where one is broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_tests::ask::Ask;
use portcullis_tests::canned::OK;
use portcullis_tests::certificates::authority;
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::node::Node;
use portcullis_tests::patience::{until, until_told};
use portcullis_tests::played::Played;
use portcullis_tests::setup::Setup;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const PUBLIC: &str = "[{path: /**, require: public}]";
const LEFT_OUT: &str = "an address of the upstream is left out";
const BACK: &str = "an address of the upstream is back";

/// A gate that lets everybody through, to one service at these addresses.
fn before(addresses: &[String]) -> Setup {
    let service = format!("[{{prefix: /, to: [{}]}}]", addresses.join(", "));
    Setup::new().with("upstreams", &service).with("routes", PUBLIC)
}

/// Clients that get one thing after the other, until they are told to stop. Each says how often, and what it got instead.
struct Load {
    is_over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<(usize, Vec<u16>)>>,
}

impl Load {
    fn on(gate: &Gate, clients: usize) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let client = |_| {
            let (mut client, is_over) = (gate.client(Protocol::Http1), Arc::clone(&is_over));
            tokio::spawn(async move {
                let (mut number, mut failed) = (0, vec![]);
                while !is_over.load(Ordering::Relaxed) {
                    let status = client.send(Ask::get("/__echo/load")).await.status;
                    number += 1;
                    failed.extend((status != 200).then_some(status));
                }
                (number, failed)
            })
        };
        Self { clients: (0..clients).map(client).collect(), is_over }
    }

    /// Ends it; nothing must have failed.
    async fn end(self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = 0;
        for client in self.clients {
            let (number, failed) = client.await.unwrap();
            assert_eq!(failed, [0; 0], "of {number}");
            all += number;
        }
        all
    }
}

#[tokio::test]
async fn one_of_two_that_stops_and_comes_back_fails_no_request() {
    let (stays, goes) = (Node::start(), Node::start());
    let gate = before(&[stays.url(), goes.url()]).start().await;
    for _ in 0..20 {
        assert_eq!(gate.send(Ask::get("/__echo")).await.status, 200);
    }
    assert_eq!((stays.seen().len(), goes.seen().len()), (10, 10), "spread evenly");

    let load = Load::on(&gate, 4);
    let count = || goes.seen().len();
    until("both being under load", || count() > 50 && stays.seen().len() > 50).await;
    let address = goes.stop().await;
    let event = gate.log().said(LEFT_OUT).await;
    assert_eq!(
        (&event["level"], &event["prefix"], &event["address"]),
        (&"WARN".into(), &"/".into(), &format!("http://{address}").into())
    );
    assert!(event["seconds"].is_u64() && event["error"].is_string(), "{event}");
    // Nothing of them was sent to where nobody is.
    for _ in 0..10 {
        let post = Ask::post("/__echo/change").json(&json!({"rate": 1}));
        assert_eq!(gate.send(post).await.status, 200);
    }

    let back = Node::start_at(address);
    let event = gate.log().said(BACK).await;
    assert_eq!((&event["level"], &event["prefix"]), (&"INFO".into(), &"/".into()));
    until("it being under load again", || back.seen().len() > 50).await;
    assert!(load.end().await > 150);
    assert_eq!(gate.log().count("no answer from the upstream"), 0);
}

#[tokio::test]
async fn a_post_that_may_have_arrived_is_not_sent_to_another_address() {
    let (one, other) = (Played::start().await, Played::start().await);
    let urls = [&one, &other].map(|upstream| format!("http://{}", upstream.address()));
    let gate = before(&urls).start().await;
    let next_guest = || async {
        tokio::select! { guest = one.guest() => guest, guest = other.guest() => guest }
    };
    let breaking = async {
        let mut guest = next_guest().await;
        let head = guest.head().await;
        assert_eq!(guest.exactly(4).await, b"once");
        head
    };
    let (answer, head) = tokio::join!(gate.send(Ask::post("/a").body("text/plain", "once")), breaking);
    assert!(head.starts_with("POST /a "), "{head}");
    assert_eq!((answer.status, answer.detail().as_str()), (502, "Upstream unavailable"));
    // The very next connection of either is that of the next request.
    let answering = async {
        let mut guest = next_guest().await;
        let head = guest.head().await;
        guest.write(OK).await;
        head
    };
    let (answer, head) = tokio::join!(gate.send(Ask::get("/b")), answering);
    assert_eq!(answer.status, 200);
    assert!(head.starts_with("GET /b "), "{head}");
}

#[tokio::test]
async fn where_none_works_the_upstream_is_unavailable_until_one_does() {
    let (one, other) = (Node::start(), Node::start());
    let gate = before(&[one.url(), other.url()]).start().await;
    let (address, _) = (one.stop().await, other.stop().await);
    for _ in 0..8 {
        let answer = gate.send(Ask::get("/__echo")).await;
        assert_eq!((answer.status, answer.detail().as_str()), (502, "Upstream unavailable"));
    }
    gate.log().said_again(LEFT_OUT, 1).await;
    // Nobody is kept from an address that works by how long it has not.
    let _back = Node::start_at(address);
    until_told("the one that works", async || gate.send(Ask::get("/__echo")).await.status == 200).await;
    gate.log().said(BACK).await;
    assert_eq!(gate.send(Ask::get("/__echo")).await.status, 200);
}

#[tokio::test]
async fn where_all_are_too_slow_to_connect_to_the_upstream_has_timed_out() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    // They take a connection, and never say a word of TLS.
    let silent =
        [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
    let urls = silent.each_ref().map(|silent| format!("https://{}", silent.local_addr().unwrap()));
    let setup = before(&urls).with("upstream_timeouts", "{connect: 50ms}");
    let gate = setup.with("upstream_ca", &ca.certificate.display().to_string()).start().await;
    let answer = gate.send(Ask::get("/a")).await;
    assert_eq!((answer.status, answer.detail().as_str()), (504, "Upstream timed out"));
}

#[tokio::test]
async fn each_address_of_several_is_counted_by_its_place() {
    let works = Node::start();
    let gone = Node::start().stop().await;
    let gate = before(&[format!("http://{gone}"), works.url()]).start().await;
    let scraped = async || gate.send(Ask::get("/metrics")).await.text();
    let text = scraped().await;
    for line in [
        "portcullis_upstream_in_service{prefix=\"/\",address=\"0\"} 1",
        "portcullis_upstream_in_service{prefix=\"/\",address=\"1\"} 1",
        "portcullis_upstream_left_out_total{prefix=\"/\",address=\"0\"} 0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for _ in 0..10 {
        assert_eq!(gate.send(Ask::get("/__echo/private-path")).await.status, 200);
    }
    let text = scraped().await;
    for line in [
        "portcullis_upstream_in_service{prefix=\"/\",address=\"0\"} 0",
        "portcullis_upstream_in_service{prefix=\"/\",address=\"1\"} 1",
        "portcullis_upstream_left_out_total{prefix=\"/\",address=\"1\"} 0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("private-path") && !text.contains("127.0."), "{text}");
    // What is no more in the file is no more there.
    gate.take_over(&gate.setup().with("upstreams", &format!("[{{prefix: /, to: {}}}]", works.url()))).await;
    assert!(!scraped().await.contains("portcullis_upstream_in_service"));
}

#[tokio::test]
async fn changed_upstreams_are_taken_over_without_a_failed_request() {
    let nodes = [Node::start(), Node::start(), Node::start()];
    let [one, other, third] = nodes.each_ref().map(Node::url);
    let gate = before(&[one.clone(), other.clone()]).start().await;
    let load = Load::on(&gate, 4);
    until("both being under load", || nodes[..2].iter().all(|node| node.seen().len() > 20)).await;
    gate.take_over(&before(&[other, third.clone()])).await;
    let before_that = nodes[0].seen().len();
    until("the new one being under load", || nodes[2].seen().len() > 20).await;
    assert!(nodes[0].seen().len() <= before_that + 4, "what was under way, and no more");
    gate.take_over(&before(&[third]).with("upstream_timeouts", "{pool_idle: 30s}")).await;
    gate.take_over(&Setup::new().with("upstream", &one).with("routes", PUBLIC)).await;
    let before_that = nodes[0].seen().len();
    until("the first one being under load", || nodes[0].seen().len() > before_that + 20).await;
    assert!(load.end().await > 60);
}

#[tokio::test]
async fn connections_to_an_address_that_stays_are_kept() {
    let upstream = Played::start().await;
    let url = format!("http://{}", upstream.address());
    let gate = Setup::new().with("upstream", &url).with("routes", PUBLIC).start().await;
    let further =
        format!("[{{prefix: /b, to: 'unix:/nowhere'}}, {{prefix: /, to: ['{url}', 'http://127.0.0.1:1']}}]");
    let answering = async {
        let mut guest = upstream.guest().await;
        for _ in 0..2 {
            guest.head().await;
            guest.write(OK).await;
        }
    };
    let asking = async {
        assert_eq!(gate.send(Ask::get("/a")).await.status, 200);
        gate.take_over(&Setup::new().with("upstreams", &further).with("routes", PUBLIC)).await;
        assert_eq!(gate.send(Ask::get("/a")).await.status, 200);
    };
    tokio::join!(answering, asking);
}
