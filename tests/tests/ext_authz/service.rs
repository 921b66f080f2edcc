//! The listener: what it takes, what it does not, how it goes on and how it ends.

use portcullis_tests::cast::OPERATOR;
use portcullis_tests::gate::Signal;
use portcullis_tests::patience::within;
use portcullis_tests::setup::Setup;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;

use crate::envoy::{Envoy, Held};

fn setup() -> Setup {
    Setup::new().with("ext_authz", "127.0.0.1:0").with("trusted_proxies", "[127.0.0.1]")
}

#[tokio::test]
async fn changed_rules_are_in_force_for_the_next_question_on_the_same_connection() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let mut envoy = Envoy::of(&gate).await;
    let held = Held::new("POST", "/reboot").bearer(&token);
    assert_eq!(envoy.asks(&held).await.status, 403);
    let routes = "[{path: /reboot, methods: [POST], require: authenticated}]";
    gate.take_over(&setup().with("routes", routes)).await;
    assert_eq!(envoy.asks(&held).await.status, 200);
    gate.take_over(&setup().with("routes", routes).with("trusted_proxies", "[]")).await;
    assert!(envoy.asks(&held).await.body.contains("Not a trusted proxy"));
}

#[tokio::test]
async fn a_session_that_has_ended_is_over_with_the_very_next_question() {
    let gate = setup().start().await;
    let token = gate.login(&OPERATOR).await;
    let mut envoy = Envoy::of(&gate).await;
    let held = Held::new("GET", "/api/v1/subscribers").bearer(&token);
    assert_eq!(envoy.asks(&held).await.status, 200);
    gate.send(portcullis_tests::ask::Ask::post("/api/v1/auth/logout").bearer(&token)).await;
    assert_eq!(envoy.asks(&held).await.status, 401);
}

#[tokio::test]
async fn a_question_that_is_too_large_is_not_read() {
    let gate = setup().start().await;
    let mut envoy = Envoy::of(&gate).await;
    let long = "x".repeat(300 * 1024);
    let error = envoy.check(Held::new("GET", "/").field("a", &long).question()).await.unwrap_err();
    assert_eq!(error.code(), Code::OutOfRange, "{error:?}");
    // More than the gate takes of a request is an answer, as long as it can be read.
    let long = "x".repeat(100 * 1024);
    assert_eq!(envoy.asks(&Held::new("GET", "/").field("a", &long)).await.status, 400);
}

#[tokio::test]
async fn nothing_but_grpc_is_spoken_there() {
    let gate = setup().start().await;
    let said = gate.log().said("answering Envoy on ").await;
    let mut stream = TcpStream::connect(said["address"].as_str().unwrap()).await.unwrap();
    stream.write_all(b"GET /api/v1/health HTTP/1.1\r\nHost: bng\r\n\r\n").await.unwrap();
    let mut bytes = vec![];
    // Closed or reset, as long as it comes to an end.
    let _ = within("waiting for the end of the connection", stream.read_to_end(&mut bytes)).await;
    assert!(!String::from_utf8_lossy(&bytes).contains("HTTP/1"), "{bytes:?}");
}

#[tokio::test]
async fn it_stops_with_the_gate_also_while_envoy_keeps_its_connection() {
    let mut gate = setup().start().await;
    let mut envoy = Envoy::of(&gate).await;
    assert_eq!(envoy.asks(&Held::new("GET", "/api/v1/health")).await.status, 200);
    gate.signal(Signal::TERM);
    let status = gate.ended().await;
    assert!(status.success(), "{status:?}");
    assert_eq!(gate.log().count("connections of Envoy were cut off"), 0);
    assert!(envoy.check(Held::new("GET", "/api/v1/health").question()).await.is_err());
}
