//! What a head says, and to whom.

use portcullis_tests::ask::Ask;
use portcullis_tests::client::Protocol;
use serde_json::Value;

use super::{SMUGGLED, assert_unreadable, fields, start, start_encrypted, statuses};

#[tokio::test]
async fn a_head_that_can_be_read_in_two_ways_is_refused() {
    let heads = [
        "GET /a HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n b",
        "GET /a HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n\tContent-Length: 5",
        "GET /a HTTP/1.1\r\n Host: x",
        "GET /a HTTP/1.1\r\nHost: x\r\nX Y: z",
        "GET /a HTTP/1.1\r\nHost: x\r\nX: a\0b",
        "GET /a HTTP/1.1\r\nHost: x\r\nX: a\rb",
        "GET /a HTTP/1.1\r\nHost: x\r\n: empty",
        "GET /a HTTP/1.1\r\nHost: x\r\nno colon",
        "GET /a\tHTTP/1.1\r\nHost: x",
        "GET /a b HTTP/1.1\r\nHost: x",
        "GET /a\u{e9}\0 HTTP/1.1\r\nHost: x",
        "GET /a HTTP/2.0\r\nHost: x",
        "GET /a HTTP/1.2\r\nHost: x",
        "GET /a HTTPS/1.1\r\nHost: x",
        "GET /a",
        "G(T /a HTTP/1.1\r\nHost: x",
    ];
    assert_unreadable(heads.map(|head| format!("{head}\r\n\r\n{SMUGGLED}"))).await;
}

#[tokio::test]
async fn nobody_speaks_http_2_where_there_is_no_tls() {
    let (gate, canned) = start().await;
    let answers = gate.exchange(&format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SMUGGLED}")).await;
    assert!(statuses(&answers).is_empty() || statuses(&answers) == [400]);
    let upgrade = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade, http2-settings, close\r\nUpgrade: h2c\r\n\
                   HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    assert_eq!(statuses(&gate.exchange(upgrade).await), [200]);
    assert!(!fields(&canned.only()).contains("h2c"));
}

#[tokio::test]
async fn a_request_names_one_host() {
    let (gate, canned) = start().await;
    for (line, hosts) in [
        ("GET /a HTTP/1.1", ""),
        ("GET /a HTTP/1.1", "Host: a\r\nHost: a\r\n"),
        ("GET /a HTTP/1.1", "Host: a\r\nhost: b\r\n"),
        ("GET /a HTTP/1.0", "Host: a\r\nHost: b\r\n"),
        ("GET /a HTTP/1.1", "Host:\r\n"),
        ("GET /a HTTP/1.1", "Host: a, b\r\n"),
        ("GET /a HTTP/1.1", "Host: a b\r\n"),
        ("GET /a HTTP/1.1", "Host: a/b\r\n"),
        ("GET /a HTTP/1.1", "Host: user@a\r\n"),
        ("GET /a HTTP/1.1", "Host: a\\b\r\n"),
        ("GET http://other/a HTTP/1.1", "Host: x\r\n"),
        ("GET http://x/a HTTP/1.1", ""),
        ("GET http://x:80/a HTTP/1.1", "Host: x\r\n"),
        ("GET http://user@x/a HTTP/1.1", "Host: x\r\n"),
    ] {
        let answers = gate.exchange(&format!("{line}\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert_eq!(statuses(&answers), [400], "{line} {hosts:?}");
        let body: Value = serde_json::from_slice(&answers[0].body).unwrap();
        assert_eq!(body["detail"], "Ambiguous request path", "{line} {hosts:?}");
        let ids = ["x-request-id", "portcullis-decision"].map(|name| answers[0].field(name).is_some());
        assert_eq!(ids, [true, true], "{line} {hosts:?}");
        assert_eq!(canned.received(), Vec::<String>::new(), "{line} {hosts:?}");
    }
}

#[tokio::test]
async fn an_absolute_target_that_names_the_host_is_a_path_like_any_other() {
    let (gate, canned) = start().await;
    for (target, host) in
        [("http://x/a?b=c", "x"), ("http://X:8443/a?b=c", "x:8443"), ("https://x/a?b=c", "x")]
    {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&gate.exchange(&request).await), [200], "{target}");
        let received = canned.only();
        assert!(received.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{target}: {received}");
        assert!(fields(&received).contains(&format!("\r\nhost: {host}\r\n")), "{target}: {received}");
    }
}

#[tokio::test]
async fn the_path_rules_hold_for_absolute_targets_too() {
    let (gate, canned) = start().await;
    for target in ["http://x/a/../b", "http://x//a", "http://x/API/v1/auth/login", "http://x/a%2Fb"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&gate.exchange(&request).await), [400], "{target}");
    }
    assert_eq!(canned.received(), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_opens_a_tunnel_or_has_his_request_read_back() {
    let (gate, canned) = start().await;
    for (line, host) in
        [("CONNECT x:443 HTTP/1.1", "x:443"), ("TRACE /a HTTP/1.1", "x"), ("TRACE http://x/a HTTP/1.1", "x")]
    {
        let request = format!("{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n{SMUGGLED}");
        let answers = gate.exchange(&request).await;
        assert_eq!(statuses(&answers), [405], "{line}");
        assert!(answers[0].field("allow").is_some(), "{line}");
        assert_eq!(canned.received(), Vec::<String>::new(), "{line}");
    }
}

#[tokio::test]
async fn a_target_that_is_no_path_is_refused() {
    let (gate, canned) = start().await;
    for line in ["OPTIONS *", "GET *", "GET x:443", "GET ?a"] {
        let answers =
            gate.exchange(&format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(statuses(&answers), [400], "{line}");
    }
    assert_eq!(canned.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_fragment_reaches_neither_the_decision_nor_the_upstream() {
    let (gate, canned) = start().await;
    for (target, reached) in [("/a#b", "/a"), ("/a?b=c#/../d", "/a?b=c"), ("/a#?b=c", "/a")] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&gate.exchange(&request).await), [200], "{target}");
        let received = canned.only();
        assert!(received.starts_with(&format!("GET {reached} HTTP/1.1\r\n")), "{target}: {received}");
    }
}

#[tokio::test]
async fn over_http_2_the_host_is_the_authority_and_no_other() {
    let (gate, canned) = start_encrypted().await;
    let mut client = gate.client(Protocol::Http2);
    let host = gate.address().to_string();
    assert_eq!(client.send(Ask::get("/a").field("host", &host)).await.status, 200);
    for other in ["other", "127.0.0.1", ""] {
        let answer = client.send(Ask::get("/a").field("host", other)).await;
        assert_eq!((answer.status, answer.detail().as_str()), (400, "Ambiguous request path"), "{other}");
    }
    assert_eq!(client.send(Ask::get("/a").field("host", &host).field("host", "other")).await.status, 400);
    assert_eq!(canned.received().len(), 1);
}

#[tokio::test]
async fn a_client_of_http_1_0_is_served_in_its_own_terms() {
    let (gate, canned) = start().await;
    let answers = gate.exchange("GET /a HTTP/1.0\r\n\r\n").await;
    assert_eq!(statuses(&answers), [200]);
    let received = canned.only();
    assert!(received.starts_with("GET /a HTTP/1.1\r\n"), "{received}");
    assert_eq!(fields(&received).matches("\r\nhost:").count(), 1, "{received}");
}
