//! Upstreams by prefixes of the path: where a request goes is where its path was decided on, and changes no decision.

use portcullis_tests::ask::Ask;
use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::certificates::{authority, signed};
use portcullis_tests::command::Portcullis;
use portcullis_tests::line::Line;
use portcullis_tests::node::Node;
use portcullis_tests::played::{Played, field};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::SECRET;
use serde_json::json;

#[tokio::test]
async fn the_longest_prefix_says_where_a_request_goes_and_no_prefix_is_404_after_the_access_check() {
    let nodes = [Node::start(), Node::start()];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bng.sock");
    let local = Played::start_unix(&path);
    let services = format!(
        "[{{prefix: /__echo, to: {}}}, {{prefix: /__echo/v2, to: [{}]}}, {{prefix: /local, to: 'unix:{}'}}]",
        nodes[0].url(),
        nodes[1].url(),
        path.display()
    );
    let gate = Setup::new().with("upstreams", &services).start().await;
    let token = gate.login(&ADMIN).await;
    for (target, node) in [
        ("/__echo", 0),
        ("/__echo/", 0),
        ("/__echo/v1/__echo/v2", 0),
        ("/__echo/v20", 0),
        ("/__echo/v1?x=/__echo/v2", 0),
        ("/__echo/v2", 1),
        ("/__echo/v2/", 1),
        ("/__echo/v2/x?y", 1),
    ] {
        assert_eq!(gate.send(Ask::get(target).bearer(&token)).await.status, 200, "{target}");
        let reached = ("GET".to_owned(), target.to_owned());
        assert_eq!(nodes[node].seen().last(), Some(&reached), "{target}");
        assert_ne!(nodes[1 - node].seen().last(), Some(&reached), "{target}");
    }
    let (answer, head) = tokio::join!(gate.send(Ask::get("/local/x").bearer(&token)), local.answer(OK));
    assert_eq!((answer.status, head.lines().next()), (200, Some("GET /local/x HTTP/1.1")));

    for target in ["/", "/nowhere", "/locals", "/__ech"] {
        let answer = gate.send(Ask::get(target).bearer(&token)).await;
        assert_eq!((answer.status, answer.detail().as_str()), (404, "Not Found"), "{target}");
        assert_eq!(gate.send(Ask::get(target)).await.status, 401, "{target}");
    }
    // The one upstream is for what no prefix matches, from the next request on.
    gate.take_over(&gate.setup().with("upstream", &nodes[0].url())).await;
    assert_eq!(gate.send(Ask::get("/api/v1/qos").bearer(&token)).await.status, 200);
    assert_eq!(nodes[0].seen().last().unwrap().1, "/api/v1/qos");
}

/// Below this prefix only admins may go, and there is an upstream of its own.
const ROUTES: &str = "
- {path: /__echo/v2/**, require: {role: admin}, encoded_delimiters: forward}
- {path: /__echo/**, require: authenticated, encoded_delimiters: forward}";

#[tokio::test]
async fn however_crooked_a_path_is_it_goes_where_it_was_decided_on() {
    let (rest, v2) = (Node::start(), Node::start());
    let services =
        format!("[{{prefix: /__echo, to: {}}}, {{prefix: /__echo/v2, to: {}}}]", rest.url(), v2.url());
    let gate = Setup::new().with("upstreams", &services).with("routes", ROUTES).start().await;
    let (admin, operator) = (gate.login(&ADMIN).await, gate.login(&OPERATOR).await);
    let crooked = [
        "/__echo/v2/x",
        "/__echo/%762/x",
        "/__echo/v%32",
        "/%5f%5Fecho/v2/x",
        "/__echo/v2/%2e%2e/v1",
        "/__echo/v2/../v1",
        "/__echo/v1/../v2",
        "/__echo/v1/..%2Fv2",
        "/__echo/v1%2F..%2Fv2",
        "/__echo//v2/x",
        "/__echo/./v2",
        "/__echo/V2/x",
        "/__ECHO/v2/x",
        "/__echo%2Fv2/x",
        "/__echo/v2%2Fx",
        "/__echo/v2%2fx",
        "/__echo/v2;x",
        "/__echo/v2%3Bx/y",
        "/__echo/v2%3Fx",
        "/__echo/v2%23x",
        "/__echo/v2#/x",
        "/__echo/x#/__echo/v2",
        "/__echo/v%2532/x",
        "/__echo/v2./x",
        "/__echo/v2%20/x",
        "/__echo/v2\\x",
        "/__echo/v2/?x",
        "/__echo/x%2Fv2",
        "/__echo/x/v2",
    ];
    for target in crooked {
        for (token, is_admin) in [(&admin, true), (&operator, false)] {
            let before = (rest.seen().len(), v2.seen().len());
            let mut line = Line::tcp(gate.address()).await;
            let request =
                format!("GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
            line.write(request).await;
            let status = line.answer().await.status;
            let reached = (rest.seen().len() - before.0, v2.seen().len() - before.1);
            match status {
                200 => {
                    let at_v2 = reached == (0, 1);
                    assert!(at_v2 || reached == (1, 0), "{target}: {reached:?}");
                    let (_, sent) = if at_v2 { v2.seen() } else { rest.seen() }.pop().unwrap();
                    let path = sent.split('?').next().unwrap();
                    let below_v2 = path == "/__echo/v2" || path.starts_with("/__echo/v2/");
                    assert_eq!(at_v2, below_v2, "{target} as {sent}");
                    assert!(is_admin || !at_v2, "{target} as {sent}");
                }
                400 | 403 | 404 => assert_eq!(reached, (0, 0), "{target}"),
                status => panic!("{target}: {status}"),
            }
        }
    }
    assert!(v2.seen().len() >= 4 && rest.seen().len() >= 2, "{:?} {:?}", v2.seen(), rest.seen());
}

#[tokio::test]
async fn the_authority_and_the_callers_token_are_the_same_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ca");
    let secure = Played::start_tls(&signed(folder.path(), "bng", &ca)).await;
    let plain = Canned::answering(OK).await;
    let services = format!(
        "[{{prefix: /secure, to: 'https://localhost:{}'}}, {{prefix: /plain, to: 'http://{}'}}]",
        secure.address().port(),
        plain.address()
    );
    let setup = Setup::new().with("upstreams", &services).with("upstream_authorization", "keep");
    let gate = setup.with("upstream_ca", &ca.certificate.display().to_string()).start().await;
    let token = gate.login(&ADMIN).await;
    let expected = format!("Bearer {token}");
    let (answer, head) = tokio::join!(gate.send(Ask::get("/secure/a").bearer(&token)), secure.answer(OK));
    assert_eq!((answer.status, field(&head, "authorization")), (200, Some(expected.as_str())));
    assert_eq!(gate.send(Ask::get("/plain/a").bearer(&token)).await.status, 200);
    assert_eq!(field(&plain.only(), "authorization"), Some(expected.as_str()));
}

#[test]
fn check_says_where_requests_go() {
    let folder = tempfile::tempdir().unwrap();
    let services =
        "[{prefix: /a, to: ['http://10.0.0.1', 'https://[::1]:8443']}, {prefix: /b, to: 'unix:/run/b'}]";
    let setup = Setup::new().tls().with("upstreams", services).with("upstream", "http://127.0.0.1:8000");
    let folder_of_ca = tempfile::tempdir().unwrap();
    let ca = authority(folder_of_ca.path(), "ca");
    let setup = setup.with("upstream_ca", &ca.certificate.display().to_string());
    let file = folder.path().join("bng.yaml");
    std::fs::write(&file, setup.text(folder.path())).unwrap();
    let file = file.display().to_string();
    let check = |more: &[&str]| {
        let arguments = [&["check", "--config", &file], more].concat();
        Portcullis::with(&arguments).within(folder.path()).environment("ABNG_API_SECRET", SECRET).run()
    };
    let ended = check(&[]);
    assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{ended:?}");
    let lines = [
        "/a goes to http://10.0.0.1:80, https://[::1]:8443",
        "/b goes to unix:/run/b",
        "/ goes to http://127.0.0.1:8000",
        "no fault",
    ];
    assert_eq!(ended.output, lines.map(|line| format!("{file}: {line}\n")).concat());
    assert_eq!(
        check(&["--json"]).json()["upstreams"],
        json!([
            {"prefix": "/a", "to": ["http://10.0.0.1:80", "https://[::1]:8443"]},
            {"prefix": "/b", "to": ["unix:/run/b"]},
            {"prefix": "/", "to": ["http://127.0.0.1:8000"]},
        ])
    );
}
