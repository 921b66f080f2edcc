//! The ways to an upstream beside plain TCP: over TLS with an authority of one's own, and at a Unix socket.

use std::path::Path;

use portcullis_tests::ask::Ask;
use portcullis_tests::canned::OK;
use portcullis_tests::certificates::{Pair, authority, self_signed, signed, signed_for};
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::line::Line;
use portcullis_tests::played::{Played, field};
use portcullis_tests::setup::Setup;

const ROUTES: &str = "[{path: /**, require: public}]";

/// A gate before an upstream that is reached by this host, with this authority.
async fn before(host: &str, upstream: &Played, authority: &Path) -> Gate {
    let url = format!("https://{host}:{}", upstream.address().port());
    let setup = Setup::new().with("upstream", &url).with("upstream_ca", &authority.display().to_string());
    setup.with("routes", ROUTES).start().await
}

/// The status that a client gets, while the upstream answers if anybody comes.
async fn asked(gate: &Gate, upstream: &Played) -> u16 {
    let upstream = async {
        let mut guest = upstream.try_guest().await.ok()?;
        let head = guest.head().await;
        guest.write(OK).await;
        Some(head)
    };
    let (answer, head) = tokio::join!(gate.send(Ask::get("/a")), upstream);
    assert_eq!(answer.status == 200, head.is_some(), "{answer:?}");
    if answer.status != 200 {
        assert_eq!(answer.detail(), "Upstream unavailable");
    }
    answer.status
}

#[tokio::test]
async fn an_upstream_whose_certificate_the_authority_made_is_spoken_to_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    let upstream = Played::start_tls(&signed(folder.path(), "bng", &ca)).await;
    for host in ["127.0.0.1", "localhost"] {
        let gate = before(host, &upstream, &ca.certificate).await;
        assert_eq!(asked(&gate, &upstream).await, 200, "{host}");
    }
}

#[tokio::test]
async fn the_request_over_tls_is_the_one_that_was_decided_on_and_the_connection_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    let upstream = Played::start_tls(&signed(folder.path(), "bng", &ca)).await;
    let gate = before("localhost", &upstream, &ca.certificate).await;
    let answering = async {
        let mut guest = upstream.guest().await;
        let mut heads = vec![];
        for _ in 0..2 {
            heads.push(guest.head().await);
            guest.write(OK).await;
        }
        heads
    };
    let asking = async {
        for _ in 0..2 {
            let ask = Ask::get("/a/b?c=%2F").field("host", "bng.example").field("x-auth-user", "evil");
            assert_eq!(Line::tcp(gate.address()).await.send(ask).await.status, 200);
        }
    };
    let (heads, ()) = tokio::join!(answering, asking);
    for head in heads {
        // Over HTTP/1.1, though the upstream would rather speak HTTP/2.
        assert!(head.starts_with("GET /a/b?c=%2F HTTP/1.1\r\n"), "{head}");
        assert_eq!((field(&head, "host"), field(&head, "x-auth-user")), (Some("bng.example"), Some("")));
        assert_eq!(field(&head, "x-forwarded-proto"), Some("http"));
    }
}

#[tokio::test]
async fn an_upstream_that_can_t_prove_who_it_is_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, other) = (authority(folder.path(), "ca"), authority(folder.path(), "other"));
    // Of the same name as the authority that is trusted, with another key.
    let twin = tempfile::tempdir().unwrap();
    let twin_ca = authority(twin.path(), "ca");
    let strangers: [(&str, Pair); 5] = [
        ("another authority's", signed(folder.path(), "bng", &other)),
        ("its own", self_signed(folder.path(), "own")),
        ("a twin's", signed(folder.path(), "twin", &twin_ca)),
        ("for another name", signed_for(folder.path(), "name", "DNS:bng.example", &ca)),
        ("for another address", signed_for(folder.path(), "address", "DNS:localhost,IP:127.0.0.2", &ca)),
    ];
    for (whose, pair) in strangers {
        let upstream = Played::start_tls(&pair).await;
        let gate = before("127.0.0.1", &upstream, &ca.certificate).await;
        assert_eq!(asked(&gate, &upstream).await, 502, "{whose}");
        let event = gate.log().said("no answer from the upstream").await;
        assert_eq!(event["level"], "WARN");
    }
}

#[tokio::test]
async fn an_upstream_without_tls_is_none_where_tls_was_asked_for_and_gets_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    let plain = Played::start().await;
    let gate = before("127.0.0.1", &plain, &ca.certificate).await;
    let answering = async {
        let mut guest = plain.guest().await;
        guest.write(OK).await;
        guest.rest().await
    };
    let (answer, got) = tokio::join!(gate.send(Ask::get("/secret")), answering);
    assert_eq!(answer.status, 502);
    assert!(!got.windows(7).any(|window| window == b"/secret"), "{}", String::from_utf8_lossy(&got));
}

#[tokio::test]
async fn an_authority_that_can_t_be_read_is_no_way_to_begin_and_none_to_change_to() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    let upstream = Played::start_tls(&signed(folder.path(), "bng", &ca)).await;
    let gate = before("localhost", &upstream, &ca.certificate).await;
    let (empty, key) = (folder.path().join("empty.pem"), ca.key.display().to_string());
    std::fs::write(&empty, "").unwrap();
    assert_eq!(asked(&gate, &upstream).await, 200);
    for wrong in ["/nowhere/ca.pem", empty.to_str().unwrap(), &key] {
        let refused = "the changed configuration is not taken over";
        let before = gate.log().count(refused);
        gate.write(&gate.setup().with("upstream_ca", wrong).text(folder.path()));
        gate.signal(Signal::HUP);
        gate.log().said_again(refused, before).await;
        let is_named =
            |event: &serde_json::Value| event["message"].as_str().is_some_and(|text| text.contains(wrong));
        gate.log().wait_for(wrong, is_named, 0).await;
        assert_eq!(asked(&gate, &upstream).await, 200, "{wrong}");
    }
}

#[tokio::test]
async fn an_upstream_at_a_unix_socket_is_there_when_its_socket_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bng.sock");
    let setup = Setup::new().with("upstream", &format!("unix:{}", path.display())).with("routes", ROUTES);
    let gate = setup.start().await;
    let answer = gate.send(Ask::get("/a")).await;
    assert_eq!((answer.status, answer.detail().as_str()), (502, "Upstream unavailable"));
    let upstream = Played::start_unix(&path);
    let ask = Ask::get("/a/b?c").field("host", "bng.example");
    let (answer, head) = tokio::join!(gate.send(ask), upstream.answer(OK));
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    assert!(head.starts_with("GET /a/b?c HTTP/1.1\r\n"), "{head}");
    assert_eq!(
        (field(&head, "host"), field(&head, "x-forwarded-for")),
        (Some("bng.example"), Some("127.0.0.1"))
    );
    // A socket that nobody listens at is no upstream.
    drop(upstream);
    assert_eq!(gate.send(Ask::get("/a")).await.status, 502);
}

#[tokio::test]
async fn a_websocket_passes_over_tls_and_through_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    let encrypted = Played::start_tls(&signed(folder.path(), "bng", &ca)).await;
    let path = folder.path().join("bng.sock");
    let local = Played::start_unix(&path);
    let local_gate =
        Setup::new().with("upstream", &format!("unix:{}", path.display())).with("routes", ROUTES);
    let gates = [before("localhost", &encrypted, &ca.certificate).await, local_gate.start().await];
    for (gate, upstream) in gates.iter().zip([&encrypted, &local]) {
        let mut client = Line::tcp(gate.address()).await;
        client.ask(&Ask::get("/ws").field("connection", "upgrade").field("upgrade", "websocket")).await;
        let mut guest = upstream.guest().await;
        assert_eq!(field(&guest.head().await, "upgrade"), Some("websocket"));
        guest.write("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello").await;
        assert!(client.head().await.starts_with("HTTP/1.1 101 "));
        assert_eq!(client.exactly(5).await, b"hello");
        client.write("goodbye").await;
        assert_eq!(guest.exactly(7).await, b"goodbye");
        drop(client);
        assert_eq!(guest.rest().await, b"");
    }
}
