//! Where the gate listens: on every address of a list, and at a Unix socket that is there for as long as the gate is.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::line::Line;
use portcullis_tests::setup::Setup;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

struct Site {
    gate: Gate,
    socket: PathBuf,
    _folder: TempDir,
}

/// A gate that listens on two addresses and at a socket.
async fn start(setup: Setup) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("gate.sock");
    let listen = format!("[127.0.0.1, 127.0.0.2, \"unix:{}\"]", socket.display());
    let gate = setup.with("listen", &listen).start().await;
    Site { gate, socket, _folder: folder }
}

/// Where the gate says that it listens.
async fn announced(gate: &Gate) -> Vec<String> {
    let is_told =
        |event: &Value| event["message"].as_str().is_some_and(|text| text.starts_with("listening on"));
    gate.log().wait_for("the third address", is_told, 2).await;
    let events = gate.log().events(is_told);
    events.iter().map(|event| event["address"].as_str().unwrap().to_owned()).collect()
}

async fn health(mut line: Line) -> u16 {
    line.send(Ask::get("/api/v1/health")).await.status
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn every_address_of_the_list_is_listened_on_and_told() {
    let Site { gate, socket, .. } = &start(Setup::new()).await;
    let announced = announced(gate).await;
    let [first, second, third] = announced.as_slice() else { panic!("{announced:?}") };
    assert!(first.starts_with("127.0.0.1:") && second.starts_with("127.0.0.2:"), "{announced:?}");
    assert_eq!(third, &format!("unix:{}", socket.display()));
    for address in [first, second] {
        assert_eq!(health(Line::tcp(address.parse().unwrap()).await).await, 200, "{address}");
    }
    assert_eq!(health(Line::unix(socket).await.unwrap()).await, 200);
}

#[tokio::test]
async fn over_a_unix_socket_there_is_the_same_gate() {
    let bng = Bng::start().await;
    let site = start(Setup::before(bng.address())).await;
    let mut line = Line::unix(&site.socket).await.unwrap();
    assert_eq!(line.send(Ask::get("/api/v1/subscribers")).await.status, 401);
    let login = line.send(Ask::login(OPERATOR.name, OPERATOR.password)).await;
    let body: serde_json::Value = serde_json::from_slice(&login.body).unwrap();
    let token = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(line.send(Ask::get("/api/v1/webhooks").bearer(&token)).await.status, 403);
    let summary = line.send(Ask::get("/api/v1/subscribers/summary").bearer(&token)).await;
    assert_eq!(summary.status, 200);
    // A token is good wherever it comes in.
    assert_eq!(site.gate.send(Ask::get("/api/v1/subscribers").bearer(&token)).await.status, 200);
}

#[tokio::test]
async fn who_comes_over_a_unix_socket_has_no_address_that_could_be_trusted() {
    let site = start(Setup::new().with("trusted_proxies", "[0.0.0.0/0, \"::/0\"]")).await;
    let ask = Ask::get("/api/v1/auth/verify")
        .field("x-forwarded-method", "GET")
        .field("x-forwarded-uri", "/api/v1/health")
        .field("x-forwarded-host", "x")
        .field("x-forwarded-for", "127.0.0.1");
    assert_eq!(Line::unix(&site.socket).await.unwrap().send(ask.clone()).await.status, 403);
    assert_eq!(Line::tcp(site.gate.address()).await.send(ask).await.status, 200);
}

#[tokio::test]
async fn guesses_over_a_unix_socket_are_held_by_name() {
    let site = start(Setup::new().with("throttle", "{per_user: 2, per_address: 1}")).await;
    let mut statuses = vec![];
    for (name, password) in [
        ("a", "x"),
        ("b", "x"),
        (ADMIN.name, "x"),
        (ADMIN.name, "x"),
        (ADMIN.name, ADMIN.password),
        (OPERATOR.name, OPERATOR.password),
    ] {
        statuses.push(Line::unix(&site.socket).await.unwrap().send(Ask::login(name, password)).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 429, 200]);
}

#[tokio::test]
async fn the_socket_is_for_owner_and_group_and_goes_with_the_gate() {
    let Site { mut gate, socket, _folder } = start(Setup::new()).await;
    assert_eq!(mode(&socket), 0o660);
    assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().await.code(), Some(0));
    assert!(!socket.exists());
    assert!(Line::unix(&socket).await.is_err());
    assert!(TcpStream::connect(gate.address()).await.is_err());
}

#[tokio::test]
async fn a_socket_that_a_killed_gate_left_behind_is_in_nobody_s_way() {
    let Site { mut gate, socket, _folder } = start(Setup::new()).await;
    gate.signal(Signal::KILL);
    gate.ended().await;
    assert!(socket.exists());
    let gate = gate.restart().await;
    announced(&gate).await;
    assert_eq!((mode(&socket), health(Line::unix(&socket).await.unwrap()).await), (0o660, 200));
}

#[tokio::test]
async fn a_socket_file_that_somebody_else_put_there_meanwhile_is_left_alone() {
    let Site { mut gate, socket, _folder } = start(Setup::new()).await;
    fs::remove_file(&socket).unwrap();
    fs::write(&socket, "somebody else's").unwrap();
    gate.signal(Signal::TERM);
    gate.ended().await;
    assert_eq!(fs::read_to_string(&socket).unwrap(), "somebody else's");
}

#[tokio::test]
async fn with_tls_a_unix_socket_speaks_it_too() {
    let site = start(Setup::new().tls()).await;
    announced(&site.gate).await;
    let mut line = Line::unix(&site.socket).await.unwrap();
    line.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let rest = line.rest().await;
    // A TLS alert (RFC 8446 6) in place of an answer.
    assert!(rest.is_empty() || rest[0] == 21, "{rest:?}");
}
