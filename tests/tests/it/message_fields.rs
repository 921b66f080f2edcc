//! The other fields of a message: what is about one connection stays there, what is the client's business goes on.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::{Bng, Reached};
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;

const PUBLIC: &str = "[{path: /**, require: public}]";

async fn start() -> (Gate, Bng) {
    let bng = Bng::start().await;
    (Setup::before(bng.address()).with("routes", PUBLIC).start().await, bng)
}

#[tokio::test]
async fn fields_of_the_connection_are_dropped_and_those_that_it_names() {
    let (gate, _bng) = start().await;
    let dropped = [
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("proxy-authenticate", "Basic"),
        ("proxy-authorization", "Basic YTpi"),
        ("te", "trailers"),
        ("trailer", "x-sum"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("keep_alive", "timeout=5"),
        ("x-named", "1"),
        ("x-also-named", "1"),
    ];
    let ask = dropped.iter().fold(Ask::get("/__echo"), |ask, (name, value)| ask.field(name, value));
    let ask = ask
        .field("connection", "keep-alive, X-Named, upgrade, http2-settings")
        .field("connection", "x-also-named");
    let reached = Reached::of(&gate.send(ask.field("x-kept", "1")).await);
    for name in dropped.iter().map(|(name, _)| *name).chain(["connection"]) {
        assert_eq!(reached.all(name), Vec::<&str>::new(), "{name}");
    }
    assert_eq!(reached.only("x-kept"), "1");
}

#[tokio::test]
async fn a_connection_field_that_is_no_text_stops_nobody() {
    let (gate, _bng) = start().await;
    let ask = Ask::get("/__echo").field("connection", b"\xff\xfe, x-named").field("connection", "x-named");
    let reached = Reached::of(&gate.send(ask.field("x-named", "1")).await);
    assert_eq!(reached.all("connection").len() + reached.all("x-named").len(), 0);
}

#[tokio::test]
async fn what_is_the_client_s_business_goes_on_as_it_came() {
    let (gate, _bng) = start().await;
    let ask = Ask::new("PUT", "/__echo/a?b=%2F&c=d+e")
        .field("accept", "text/html, */*;q=0.1")
        .field("accept", "application/json")
        .field("cookie", "a=b; c=d")
        .field("x-bytes", b"caf\xe9 \x80")
        .field("x-empty", "")
        .field("x-auth-users", "not ours")
        .field("user-agent", "curl/8.0")
        .field("if-match", "\"tag\"")
        .body("text/plain", "twelve bytes");
    let reached = Reached::of(&gate.send(ask).await);
    assert_eq!(reached.target(), "/__echo/a?b=%2F&c=d+e");
    assert_eq!(reached.all("accept"), ["text/html, */*;q=0.1", "application/json"]);
    assert_eq!(reached.only("x-bytes"), "caf\u{e9} \u{80}");
    for (name, value) in [
        ("cookie", "a=b; c=d"),
        ("x-empty", ""),
        ("x-auth-users", "not ours"),
        ("user-agent", "curl/8.0"),
        ("if-match", "\"tag\""),
        ("content-type", "text/plain"),
        ("content-length", "12"),
    ] {
        assert_eq!(reached.only(name), value, "{name}");
    }
    assert_eq!(reached.body_length(), 12);
}

#[tokio::test]
async fn cookies_that_http_2_split_are_joined_again() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("routes", PUBLIC).tls().start().await;
    let ask = Ask::get("/__echo").field("cookie", "a=b").field("cookie", "c=d");
    let reached = Reached::of(&gate.client(Protocol::Http2).send(ask).await);
    assert_eq!(reached.only("cookie"), "a=b; c=d");
}

#[tokio::test]
async fn the_host_goes_on_unchanged() {
    let (gate, _bng) = start().await;
    for host in ["bng.example", "BNG.example:8443", "[::1]:8443", "10.0.0.1"] {
        let reached = Reached::of(&gate.send(Ask::get("/__echo").field("host", host)).await);
        assert_eq!(reached.only("host"), host);
        assert_eq!(reached.only("x-forwarded-host"), host);
    }
}

#[tokio::test]
async fn a_request_id_is_kept_if_it_is_well_formed_and_the_client_reads_the_one_that_went_on() {
    let (gate, _bng) = start().await;
    let long = "x".repeat(129);
    for (given, is_kept) in [
        (vec!["abc-123"], true),
        (vec!["4bf92f3577b34da6:00f067aa0ba902b7"], true),
        (vec![], false),
        (vec![""], false),
        (vec!["a b"], false),
        (vec!["a\"b"], false),
        (vec!["a", "b"], false),
        (vec![long.as_str()], false),
    ] {
        let ask = given.iter().fold(Ask::get("/__echo"), |ask, id| ask.field("x-request-id", id));
        let answer = gate.send(ask.field("x_request_id", "evil")).await;
        let reached = Reached::of(&answer);
        assert_eq!(answer.field("x-request-id"), Some(reached.only("x-request-id")), "{given:?}");
        assert_eq!(given == [reached.only("x-request-id")], is_kept, "{given:?}");
        assert_eq!(reached.all("x_request_id"), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn of_an_answer_too_what_is_about_the_connection_is_dropped_and_what_only_we_may_say() {
    let canned = Canned::answering(
        "HTTP/1.1 200 OK\r\nConnection: X-Named, close\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n\
         Upgrade: h2c\r\nX-Named: 1\r\nProxy-Connection: close\r\nTrailer: X-Sum\r\nX-Kept: 1\r\nX-Kept: 2\r\n\
         Set-Cookie: a=b\r\nSet-Cookie: c=d\r\nPortcullis-Decision: evil\r\nX-Request-Id: evil\r\n\
         WWW-Authenticate: Digest\r\nServer: bng\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: evil\r\n\r\n",
    )
    .await;
    let gate = Setup::before(canned.address()).with("routes", PUBLIC).start().await;
    let mut wire = gate.wire().await;
    wire.write("GET /a HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n").await;
    let answer = wire.answer().await.unwrap();
    assert_eq!((answer.status, answer.text().as_str(), answer.trailers.as_str()), (200, "ok", ""));
    for name in [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "upgrade",
        "x-named",
        "proxy-connection",
        "trailer",
        "portcullis-decision",
    ] {
        assert_eq!(answer.field(name), None, "{name}");
    }
    assert!(!answer.head.contains("evil"), "{}", answer.head);
    let kept = answer.head.to_lowercase();
    for line in [
        "x-kept: 1",
        "x-kept: 2",
        "set-cookie: a=b",
        "set-cookie: c=d",
        "www-authenticate: digest",
        "server: bng",
    ] {
        assert!(kept.contains(&format!("\r\n{line}\r\n")), "{line}: {kept}");
    }
    // The upstream closed its connection; ours is still open.
    wire.write("GET /b HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(200));
}

#[tokio::test]
async fn trailers_of_an_answer_are_dropped_over_http_2_too() {
    let canned = Canned::answering(
        "HTTP/1.1 200 OK\r\nTrailer: X-Auth-User\r\nTransfer-Encoding: chunked\r\n\r\n\
         2\r\nok\r\n0\r\nX-Auth-User: evil\r\n\r\n",
    )
    .await;
    let gate = Setup::before(canned.address()).with("routes", PUBLIC).tls().start().await;
    let answer = gate.client(Protocol::Http2).send(Ask::get("/a").field("te", "trailers")).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    assert!(answer.trailers.is_empty() && answer.field("trailer").is_none(), "{answer:?}");
}

#[tokio::test]
async fn a_request_that_waits_to_be_told_to_go_on_is_told_by_us_once_it_may() {
    let canned = Canned::answering(OK).await;
    let routes = "[{path: /open, require: public}]";
    let gate = Setup::before(canned.address()).with("routes", routes).start().await;
    let head = |path: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    };
    let mut wire = gate.wire().await;
    wire.write(head("/closed")).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(401));

    let mut wire = gate.wire().await;
    wire.write(head("/open")).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(100));
    wire.write("body").await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(200));
    let received = canned.only().to_lowercase();
    assert!(received.ends_with("\r\n\r\nbody") && !received.contains("expect:"), "{received}");
}
