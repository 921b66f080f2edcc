//! TCP and TLS; the other tests all go by way of Unix sockets.

use std::sync::Arc;
use std::time::Duration;

use http::uri::Authority;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::join;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::advance;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::upstream::{Wire, get, text};
use crate::{Endpoint, Gateway, GatewayError, Phase, UpstreamOptions};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn http_goes_by_way_of_tcp() {
    let (listener, port) = listen().await;
    let authority: Authority = format!("127.0.0.1:{port}").parse().unwrap();
    let gateway = Gateway::new(UpstreamOptions::new(Endpoint::Http(authority)));
    let serve = async {
        let mut wire = Wire::new(listener.accept().await.unwrap().0);
        wire.head().await;
        wire.send(HELLO).await;
    };
    let (answer, ()) = join!(get(&gateway, "/a"), serve);
    assert_eq!(text(answer.unwrap()).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unavailable() {
    let (listener, port) = listen().await;
    drop(listener);
    let authority: Authority = format!("127.0.0.1:{port}").parse().unwrap();
    let gateway = Gateway::new(UpstreamOptions::new(Endpoint::Http(authority)));
    let refused = get(&gateway, "/a").await.unwrap_err();
    assert!(matches!(refused, GatewayError::Unavailable(_)), "{refused}");
}

/// Both sides of TLS with a certificate for `name`.
fn tls_for(name: &str) -> (ServerConfig, ClientConfig) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let key = PrivateKeyDer::try_from(KeyPair::serialize_der(&signing_key)).unwrap();
    let mut server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec()];
    (server, client)
}

fn https(port: u16, tls: ClientConfig) -> UpstreamOptions {
    let host = ServerName::try_from("127.0.0.1").unwrap();
    UpstreamOptions::new(Endpoint::Https { host, port, tls: Arc::new(tls) })
}

async fn accept_tls(listener: &TcpListener, tls: ServerConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = listener.accept().await?.0;
    TlsAcceptor::from(Arc::new(tls)).accept(stream).await
}

#[tokio::test]
async fn https_speaks_http_1_1_whatever_else_is_offered() {
    let (server, client) = tls_for("127.0.0.1");
    let (listener, port) = listen().await;
    let gateway = Gateway::new(https(port, client));
    let serve = async {
        let stream = accept_tls(&listener, server).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let mut wire = Wire::new(stream);
        let head = wire.head().await;
        wire.send(HELLO).await;
        head
    };
    let (answer, head) = join!(get(&gateway, "/a"), serve);
    assert_eq!(text(answer.unwrap()).await.unwrap(), "hello");
    assert_eq!(head, "GET /a HTTP/1.1\r\nhost: bng.example:8443\r\n\r\n");
}

#[tokio::test]
async fn an_upstream_whose_certificate_is_not_trusted_is_unavailable() {
    let (_, client) = tls_for("127.0.0.1");
    let (for_another_name, trusts_it) = tls_for("another.example");
    let (stranger, _) = tls_for("127.0.0.1");
    for (server, client) in [(stranger, client), (for_another_name, trusts_it)] {
        let (listener, port) = listen().await;
        let gateway = Gateway::new(https(port, client));
        let (answer, accepted) = join!(get(&gateway, "/a"), accept_tls(&listener, server));
        let refused = answer.unwrap_err();
        assert!(matches!(refused, GatewayError::Unavailable(_)), "{refused}");
        accepted.unwrap_err();
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_under_tls_is_an_error() {
    let (server, client) = tls_for("127.0.0.1");
    let (listener, port) = listen().await;
    let gateway = Gateway::new(https(port, client));
    let serve = async {
        let mut wire = Wire::new(accept_tls(&listener, server).await.unwrap());
        wire.head().await;
        // It would be whole with the end of the connection, but TLS says when a connection has ended.
        wire.send("HTTP/1.1 200 OK\r\n\r\nhello").await;
    };
    let (answer, ()) = join!(get(&gateway, "/a"), serve);
    text(answer.unwrap()).await.unwrap_err();
}

#[tokio::test]
async fn a_connection_that_takes_too_long_times_out() {
    let (_, client) = tls_for("127.0.0.1");
    let (listener, port) = listen().await;
    let gateway = Gateway::new(UpstreamOptions { connect: Duration::from_millis(20), ..https(port, client) });
    // Takes the connection, and never says a word of TLS.
    let (answer, _silent) = join!(get(&gateway, "/a"), listener.accept());
    let refused = answer.unwrap_err();
    assert!(matches!(refused, GatewayError::TimedOut(Phase::Connect)), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_connection_takes_is_not_the_answers() {
    // A runtime that is never idle leaves the clock to be moved by hand: it can't run ahead of the network.
    let busy = tokio::spawn(async {
        loop {
            yield_now().await;
        }
    });
    let (server, client) = tls_for("127.0.0.1");
    let (listener, port) = listen().await;
    let options = UpstreamOptions { connect: Duration::from_hours(1), ..https(port, client) };
    assert!(options.response_head < Duration::from_mins(1));
    let gateway = Gateway::new(options);
    let serve = async {
        let stream = listener.accept().await.unwrap().0;
        advance(Duration::from_mins(1)).await;
        let mut wire = Wire::new(TlsAcceptor::from(Arc::new(server)).accept(stream).await.unwrap());
        wire.head().await;
        wire.send(HELLO).await;
    };
    let exchange = async { text(get(&gateway, "/a").await.unwrap()).await.unwrap() };
    let (answered, ()) = join!(exchange, serve);
    assert_eq!(answered, "hello");
    busy.abort();
}
