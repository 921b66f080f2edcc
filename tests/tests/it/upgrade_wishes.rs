//! Which upgrades pass: a WebSocket, what the route lists, and never what carries requests.

use portcullis_tests::ask::Ask;
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::line::Line;
use portcullis_tests::played::field;
use portcullis_tests::setup::Setup;

const ROUTES: &str = r#"
- {path: "/open/**", require: public}
- {path: "/other/**", require: public, upgrade: [terminal, "console/2"]}"#;

/// An upgrade that is asked for, and what of it reaches the upstream.
struct Wish {
    request: &'static str,
    passes: Option<&'static str>,
}

const fn wish(request: &'static str, passes: Option<&'static str>) -> Wish {
    Wish { request, passes }
}

#[tokio::test]
async fn only_a_websocket_passes_and_what_the_route_lists_and_never_what_carries_requests() {
    let wishes = [
        wish("GET /open HTTP/1.1|Upgrade: websocket", Some("websocket")),
        wish("GET /open HTTP/1.1|Upgrade: WebSocket", Some("WebSocket")),
        wish("GET /other HTTP/1.1|Upgrade: websocket", Some("websocket")),
        wish("GET /other HTTP/1.1|Upgrade: terminal", Some("terminal")),
        wish("POST /other HTTP/1.1|Upgrade: Terminal", Some("Terminal")),
        wish("GET /other HTTP/1.1|Upgrade: console/2", Some("console/2")),
        wish("GET /other HTTP/1.1|Upgrade: console/1", None),
        wish("GET /other HTTP/1.1|Upgrade: console", None),
        wish("GET /other HTTP/1.1|Upgrade: terminal/2", None),
        wish("GET /open HTTP/1.1|Upgrade: terminal", None),
        wish("GET /open HTTP/1.1|Upgrade: h2c", None),
        wish("GET /open HTTP/1.1|Upgrade: h2c|HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA", None),
        wish("GET /open HTTP/1.1|Upgrade: H2C", None),
        wish("GET /open HTTP/1.1|Upgrade: TLS/1.0", None),
        wish("GET /open HTTP/1.1|Upgrade: TLS/1.2, HTTP/1.1", None),
        wish("GET /open HTTP/1.1|Upgrade: HTTP/2.0", None),
        wish("GET /open HTTP/1.1|Upgrade: http", None),
        wish("GET /open HTTP/1.1|Upgrade: websocket, h2c", None),
        wish("GET /open HTTP/1.1|Upgrade: h2c, websocket", None),
        wish("GET /open HTTP/1.1|Upgrade: websocket|Upgrade: h2c", None),
        wish("GET /open HTTP/1.1|Upgrade: h2c|Upgrade: websocket", None),
        wish("GET /open HTTP/1.1|Upgrade: websocket/13", None),
        wish("GET /open HTTP/1.1|Upgrade: xwebsocket", None),
        wish("GET /open HTTP/1.1|Upgrade;: websocket", None),
        wish("POST /open HTTP/1.1|Upgrade: websocket|Content-Length: 0", None),
        wish("GET /open HTTP/1.1|Upgrade: websocket|Content-Length: 2||ab", None),
        wish("GET /open HTTP/1.1|Upgrade: websocket|Transfer-Encoding: chunked||0||", None),
        wish("GET /open HTTP/1.0|Upgrade: websocket", None),
    ];
    let canned = Canned::answering(OK).await;
    let gate = Setup::before(canned.address()).with("routes", ROUTES).start().await;
    for Wish { request, passes } in wishes {
        let (line, rest) = request.split_once('|').unwrap();
        let (fields, body) = rest
            .split_once("||")
            .map_or((rest, String::new()), |(fields, body)| (fields, body.replace("||", "\r\n\r\n")));
        let fields = fields.replace('|', "\r\n");
        let request = format!("{line}\r\nHost: x\r\nConnection: Upgrade\r\n{fields}\r\n\r\n{body}");
        let mut client = Line::tcp(gate.address()).await;
        client.write(&request).await;
        let answer = client.answer().await;
        if answer.status == 400 {
            // No field at all, to a parser.
            assert_eq!((passes, canned.received().len()), (None, 0), "{request}");
            continue;
        }
        assert_eq!(answer.status, 200, "{request}: {answer:?}");
        let reached = canned.only();
        assert_eq!(field(&reached, "upgrade"), passes, "{request}: {reached}");
        assert_eq!(field(&reached, "connection"), passes.map(|_| "upgrade"), "{request}: {reached}");
        assert_eq!(field(&reached, "http2-settings"), None, "{request}: {reached}");
    }
    // Without `Connection` it is no wish at all.
    let unsaid = Line::tcp(gate.address()).await.send(Ask::get("/open").field("upgrade", "websocket")).await;
    assert_eq!((unsaid.status, field(&canned.only(), "upgrade")), (200, None));
}
