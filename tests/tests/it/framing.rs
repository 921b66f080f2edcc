//! Where a request begins and ends: whoever can make the gate and the upstream disagree about that has a request that
//! nobody decided on.

use portcullis_tests::ask::Ask;
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::raw::RawAnswer;
use portcullis_tests::setup::Setup;
use serde_json::Value;

/// What the attacker would like the upstream to take for a request of its own.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// A gate that decides little, so that everything here is about framing.
async fn start() -> (Gate, Canned) {
    let canned = Canned::answering(OK).await;
    let gate = Setup::before(canned.address()).with("routes", "[{path: /**, require: public}]").start().await;
    (gate, canned)
}

/// The answers to these bytes; then the gate must have closed the connection.
async fn answers(gate: &Gate, request: &str) -> Vec<RawAnswer> {
    gate.exchange(request).await
}

fn statuses(answers: &[RawAnswer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// Requests that must be refused, each with one answer and the end of the connection, and of which nothing goes on.
async fn assert_unreadable(requests: impl IntoIterator<Item = String>) {
    let (gate, canned) = start().await;
    for request in requests {
        let answers = answers(&gate, &request).await;
        assert_eq!(statuses(&answers), [400], "{request:?}");
        assert_eq!(canned.received(), Vec::<String>::new(), "{request:?}");
    }
}

/// The fields of a request as the upstream got it, in small letters.
fn fields(received: &str) -> String {
    received.split("\r\n\r\n").next().unwrap_or_default().to_lowercase()
}

#[tokio::test]
async fn with_both_a_length_and_chunks_the_chunks_count_and_the_connection_ends() {
    let (gate, canned) = start().await;
    for both in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
        "Content-Length: 6\r\ntransfer-encoding: CHUNKED",
        "Content-Length: 6\r\nContent-Length: 6\r\nTransfer-Encoding: chunked",
    ] {
        let request = format!("POST /a HTTP/1.1\r\nHost: x\r\n{both}\r\n\r\n0\r\n\r\n{SMUGGLED}");
        let statuses = statuses(&answers(&gate, &request).await);
        if statuses == [400] {
            assert_eq!(canned.received(), Vec::<String>::new(), "{both}");
            continue;
        }
        assert_eq!(statuses, [200], "{both}");
        let received = canned.only();
        assert!(!received.contains("smuggled"), "{received}");
        assert!(!fields(&received).contains("content-length: 6"), "{received}");
    }
}

#[tokio::test]
async fn chunks_go_on_as_chunks_and_without_a_length() {
    let (gate, canned) = start().await;
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5\r\nhello\r\n0\r\n\r\n";
    let answers = answers(&gate, request).await;
    if statuses(&answers) != [400] {
        let received = canned.only();
        let fields = fields(&received);
        assert!(
            fields.contains("\r\ntransfer-encoding: chunked") && !fields.contains("content-length"),
            "{received}"
        );
        assert!(received.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{received}");
    }
}

#[tokio::test]
async fn a_transfer_coding_that_is_not_chunked_alone_is_refused() {
    let codings = [
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;x=1",
        "Content-Length: 5\r\nTransfer-Encoding: gzip",
    ];
    let request = |coding| format!("POST /a HTTP/1.1\r\nHost: x\r\n{coding}\r\n\r\n0\r\n\r\n{SMUGGLED}");
    assert_unreadable(codings.map(request)).await;
}

#[tokio::test]
async fn http_1_0_knows_no_chunks() {
    let head = "POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_unreadable([format!("{head}0\r\n\r\n{SMUGGLED}")]).await;
}

#[tokio::test]
async fn a_length_that_is_none_or_two_is_refused() {
    let lengths = [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5.0",
        "Content-Length: ",
        "Content-Length: five",
        "Content-Length: 99999999999999999999999",
        "Content-Length : 5",
        "Content-Length\t: 5",
        "Content-Length: 5\x0b",
    ];
    let request = |length| format!("POST /a HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\nhello{SMUGGLED}");
    assert_unreadable(lengths.map(request)).await;
}

#[tokio::test]
async fn the_same_length_twice_is_refused_or_becomes_one() {
    let (gate, canned) = start().await;
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    if statuses(&answers(&gate, request).await) != [400] {
        assert_eq!(fields(&canned.only()).matches("content-length").count(), 1);
    }
}

#[tokio::test]
async fn a_length_in_a_spelling_that_some_server_knows_is_no_length_and_goes_no_further_than_a_field() {
    let (gate, canned) = start().await;
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&answers(&gate, request).await), [200]);
    let received = canned.only();
    assert!(!fields(&received).contains("transfer"), "{received}");
}

#[tokio::test]
async fn a_body_whose_chunks_are_broken_never_becomes_a_whole_request() {
    let (gate, canned) = start().await;
    for body in [
        "5\r\nhelloX\r\n0\r\n\r\n",
        "zz\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5;\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
    ] {
        let request =
            format!("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}{SMUGGLED}");
        let statuses = statuses(&answers(&gate, &request).await);
        assert!(statuses.is_empty() || statuses == [400], "{body:?}: {statuses:?}");
        let received = canned.received().concat();
        assert!(!received.ends_with("0\r\n\r\n") && !received.contains("smuggled"), "{body:?}: {received}");
    }
}

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
    let answers = answers(&gate, &format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SMUGGLED}")).await;
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
        let answers = answers(&gate, &format!("{line}\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert_eq!(statuses(&answers), [400], "{line} {hosts:?}");
        let body: Value = serde_json::from_slice(&answers[0].body).unwrap();
        assert_eq!(body["detail"], "Ambiguous request path", "{line} {hosts:?}");
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
        assert_eq!(statuses(&answers(&gate, &request).await), [200], "{target}");
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
        assert_eq!(statuses(&answers(&gate, &request).await), [400], "{target}");
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
        let answers = answers(&gate, &request).await;
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
            answers(&gate, &format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(statuses(&answers), [400], "{line}");
    }
    assert_eq!(canned.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_fragment_reaches_neither_the_decision_nor_the_upstream() {
    let (gate, canned) = start().await;
    for (target, reached) in [("/a#b", "/a"), ("/a?b=c#/../d", "/a?b=c"), ("/a#?b=c", "/a")] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&answers(&gate, &request).await), [200], "{target}");
        let received = canned.only();
        assert!(received.starts_with(&format!("GET {reached} HTTP/1.1\r\n")), "{target}: {received}");
    }
}

#[tokio::test]
async fn a_target_may_have_8_kib() {
    let (gate, canned) = start().await;
    for (length, status) in [(8 * 1024, 200), (8 * 1024 + 1, 414), (9_000, 414), (70 * 1024, 414)] {
        let target = format!("/{}", "a".repeat(length - 1));
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&answers(&gate, &request).await), [status], "{length}");
        assert_eq!(canned.received().len(), usize::from(status == 200), "{length}");
    }
}

#[tokio::test]
async fn a_head_may_have_100_fields_and_32_kib_of_them() {
    let sized = |size: usize| format!("X: {}\r\n", "v".repeat(size));
    let (gate, canned) = start().await;
    for (fields, status) in [
        ("X: v\r\n".repeat(98), 200),
        ("X: v\r\n".repeat(99), 431),
        (sized(16 * 1024), 200),
        (sized(33 * 1024), 431),
        (sized(11 * 1024).repeat(3), 431),
    ] {
        // Two more: the host and the end of the connection.
        let request = format!("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n");
        assert_eq!(statuses(&answers(&gate, &request).await), [status], "{} bytes", fields.len());
        assert_eq!(canned.received().len(), usize::from(status == 200));
    }
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_their_order() {
    let (gate, canned) = start().await;
    let request = "GET /first HTTP/1.1\r\nHost: x\r\n\r\nPOST /second HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody\
                   GET /a//b HTTP/1.1\r\nHost: x\r\n\r\nGET /third HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&answers(&gate, request).await), [200, 200, 400, 200]);
    let lines: Vec<_> =
        canned.received().iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["GET /first HTTP/1.1", "POST /second HTTP/1.1", "GET /third HTTP/1.1"]);
}

#[tokio::test]
async fn the_body_of_a_refused_request_is_never_taken_for_a_request() {
    let canned = Canned::answering(OK).await;
    let gate = Setup::before(canned.address()).start().await;
    let length = SMUGGLED.len();
    for line in ["POST /api/v1/webhooks HTTP/1.1", "POST /a//b HTTP/1.1", "DELETE /api/v1/auth/me HTTP/1.1"] {
        let request = format!("{line}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{SMUGGLED}");
        let mut wire = gate.wire().await;
        wire.write(request).await;
        wire.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let mut statuses = vec![];
        while let Some(answer) = wire.answer().await {
            statuses.push(answer.status);
        }
        assert!(
            statuses.len() <= 2 && statuses[1..].iter().all(|status| *status == 200),
            "{line}: {statuses:?}"
        );
    }
    assert_eq!(canned.received(), Vec::<String>::new());
}

#[tokio::test]
async fn over_http_2_the_host_is_the_authority_and_no_other() {
    let canned = Canned::answering(OK).await;
    let gate =
        Setup::before(canned.address()).with("routes", "[{path: /**, require: public}]").tls().start().await;
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
async fn over_http_2_paths_and_sizes_have_the_same_limits() {
    let canned = Canned::answering(OK).await;
    let gate =
        Setup::before(canned.address()).with("routes", "[{path: /**, require: public}]").tls().start().await;
    let mut client = gate.client(Protocol::Http2);
    for (target, status) in
        [("/a//b", 400), ("/a/%2e%2e/b", 400), ("/a%2Fb", 400), ("/METRICS", 400), ("/a%62", 200)]
    {
        assert_eq!(client.send(Ask::get(target)).await.status, status, "{target}");
    }
    assert_eq!(client.send(Ask::get(&format!("/{}", "a".repeat(9000)))).await.status, 414);
    let many = (0..101).fold(Ask::get("/a"), |ask, _| ask.field("x", "v"));
    assert_eq!(client.send(many).await.status, 431);
    assert_eq!(client.send(Ask::get("/a").field("x", "v".repeat(33 * 1024))).await.status, 431);
    assert_eq!(client.send(Ask::new("TRACE", "/a")).await.status, 405);
    assert_eq!(canned.received().len(), 1);
}
