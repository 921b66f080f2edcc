//! TLS as clients meet it: both protocols, both versions, and nobody who keeps the others waiting.

use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::TokioExecutor;
use portcullis_core::domain::time::Timestamp;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::tls::Tls;

/// A server with a certificate of its own, and what a client needs to believe it.
struct Encrypted {
    server: Server,
    certificates: Arc<CertificateStore>,
    state: TempDir,
}

impl Encrypted {
    async fn start(limits: Limits) -> Self {
        let state = TempDir::new().unwrap();
        let certificates = self_signed(&state);
        let server = Server::start(Some(Arc::clone(&certificates)), limits).await;
        Self { server, certificates, state }
    }

    async fn connect(&self, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
        self.connect_with(&[&TLS13, &TLS12], protocols).await
    }

    async fn connect_with(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&[u8]],
    ) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.state.path().join("self-signed.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = self.server.connect().await;
        in_time(TlsConnector::from(Arc::new(config)).connect(name, stream)).await.unwrap()
    }

    async fn http_2(&self) -> SendRequest<Empty<bytes::Bytes>> {
        self.http_2_by(&Builder::new(TokioExecutor::new())).await
    }

    async fn http_2_by(&self, builder: &Builder<TokioExecutor>) -> SendRequest<Empty<bytes::Bytes>> {
        let stream = TokioIo::new(self.connect(&[b"h2", b"http/1.1"]).await);
        let (client, connection) = in_time(builder.handshake(stream)).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

fn self_signed(state: &TempDir) -> Arc<CertificateStore> {
    let tls = Tls::SelfSigned { state_dir: state.path().to_owned() };
    tls.open(Timestamp::from_seconds(1_700_000_000)).unwrap().unwrap()
}

fn get(path: &str) -> Request<Empty<bytes::Bytes>> {
    Request::get(format!("https://localhost{path}")).body(Empty::new()).unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    let bytes = in_time(response.into_body().collect()).await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn http_1_is_served_in_both_versions_of_tls_with_and_without_alpn() {
    let encrypted = Encrypted::start(patient()).await;
    for version in [&TLS12, &TLS13] {
        for protocols in [&[][..], &[&b"http/1.1"[..]][..]] {
            let mut stream = encrypted.connect_with(&[version], protocols).await;
            let answer = exchange(&mut stream, GET_AND_CLOSE).await;
            let peer = "HTTP/1.1 Peer { address: Some(127.0.0.1), encrypted: true }";
            assert!(answer.ends_with(peer), "{answer}");
        }
    }
}

#[tokio::test]
async fn http_2_is_served_to_whoever_offers_it() {
    let encrypted = Encrypted::start(patient()).await;
    let mut client = encrypted.http_2().await;
    let answer = in_time(client.send_request(get("/"))).await.unwrap();
    assert_eq!(text(answer).await, "HTTP/2.0 Peer { address: Some(127.0.0.1), encrypted: true }");
}

#[tokio::test]
async fn an_http_2_head_beyond_the_limit_is_431_and_one_within_it_is_served() {
    let encrypted = Encrypted::start(patient()).await;
    let mut client = encrypted.http_2().await;
    for (length, status) in [(40 * 1024, 200), (60 * 1024, 431)] {
        let mut request = get("/");
        let long = http::HeaderValue::from_str(&"a".repeat(length)).unwrap();
        request.headers_mut().insert("x-long", long);
        let answer = in_time(client.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn an_answer_that_finds_no_room_is_given_up_and_nothing_else_on_the_connection() {
    let encrypted = Encrypted::start(Limits { client_stall: SHORT, ..patient() }).await;
    let mut client = encrypted.http_2().await;
    let held = tokio::spawn(client.send_request(get("/hold")));
    encrypted.server.door.holds_one().await;
    // Nobody reads it, so that its window is full soon.
    let unread = in_time(client.send_request(get("/endless"))).await.unwrap();
    encrypted.server.door.holds_one().await;
    assert!(in_time(unread.into_body().collect()).await.is_err(), "it has no end");
    encrypted.server.door.release();
    assert_eq!(in_time(held).await.unwrap().unwrap().status(), 200);
    let long = in_time(client.send_request(get("/long"))).await.unwrap();
    assert_eq!(text(long).await.len(), 20_000_000);
}

#[tokio::test]
async fn an_answer_in_one_piece_of_which_one_byte_finds_room_is_given_up_too() {
    let encrypted = Encrypted::start(Limits { client_stall: SHORT, ..patient() }).await;
    let mut client =
        encrypted.http_2_by(Builder::new(TokioExecutor::new()).initial_stream_window_size(1)).await;
    let unread = in_time(client.send_request(get("/page"))).await.unwrap();
    // All clocks run alike, and these begin one after the other: when they have run out, so has the first.
    for _ in 0..3 {
        let _endless = in_time(client.send_request(get("/endless"))).await.unwrap();
        encrypted.server.door.holds_one().await;
    }
    assert!(in_time(unread.into_body().collect()).await.is_err(), "nobody took it");
    assert_eq!(in_time(client.send_request(get("/"))).await.unwrap().status(), 200);
    let read = in_time(encrypted.http_2().await.send_request(get("/page"))).await.unwrap();
    assert_eq!(text(read).await.len(), 40_000);
}

#[tokio::test]
async fn a_panic_in_http_2_ends_its_own_stream_only() {
    let encrypted = Encrypted::start(patient()).await;
    let mut client = encrypted.http_2().await;
    let held = tokio::spawn(client.send_request(get("/hold")));
    encrypted.server.door.holds_one().await;
    in_time(client.send_request(get("/panic"))).await.unwrap_err();
    encrypted.server.door.release();
    assert_eq!(in_time(held).await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn an_http_2_request_in_flight_is_finished_at_the_end() {
    let encrypted = Encrypted::start(patient()).await;
    let mut client = encrypted.http_2().await;
    let held = tokio::spawn(client.send_request(get("/hold")));
    let door = encrypted.server.door.clone();
    door.holds_one().await;
    let stopped = encrypted.server.stop();
    door.release();
    assert_eq!(in_time(held).await.unwrap().unwrap().status(), 200);
    assert_eq!(stopped.await, Drain::Finished);
}

#[tokio::test]
async fn a_silent_handshake_is_cut_off() {
    let encrypted = Encrypted::start(Limits { tls_handshake: SHORT, ..patient() }).await;
    assert_eq!(remainder(&mut encrypted.server.connect().await).await, "");
}

#[tokio::test]
async fn a_silent_handshake_keeps_nobody_waiting_and_not_the_end_either() {
    let encrypted = Encrypted::start(patient()).await;
    let _silent = encrypted.server.connect().await;
    let mut stream = encrypted.connect(&[b"http/1.1"]).await;
    assert!(exchange(&mut stream, GET_AND_CLOSE).await.starts_with("HTTP/1.1 200"));
    assert_eq!(encrypted.server.stop().await, Drain::Finished);
}

#[tokio::test]
async fn http_2_without_a_request_is_cut_off_and_with_one_it_is_not() {
    let encrypted = Encrypted::start(Limits { request_head: SHORT, ..patient() }).await;
    let mut client = encrypted.http_2().await;
    let held = tokio::spawn(client.send_request(get("/hold")));
    encrypted.server.door.holds_one().await;
    // Both clocks run alike, and this one began later: when it has run out, so would the other.
    remainder(&mut encrypted.connect(&[b"h2"]).await).await;
    encrypted.server.door.release();
    assert_eq!(in_time(held).await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_the_next_client() {
    let encrypted = Encrypted::start(patient()).await;
    let first = encrypted.connect(&[]).await;
    let successor = TempDir::new().unwrap();
    self_signed(&successor);
    for file in ["self-signed.pem", "self-signed.key"] {
        std::fs::copy(successor.path().join(file), encrypted.state.path().join(file)).unwrap();
    }
    encrypted.certificates.reload().unwrap();
    let second = encrypted.connect(&[]).await;
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().map(<[_]>::to_vec);
    assert_ne!(shown(&second), shown(&first));
}
