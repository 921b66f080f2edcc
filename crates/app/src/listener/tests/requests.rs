//! What a request meets, and what it can't do to others.

use super::*;

#[tokio::test]
async fn a_request_is_answered_with_its_peer_and_the_date() {
    let server = Server::plain(patient()).await;
    let answer = exchange(&mut server.connect().await, GET_AND_CLOSE).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\ndate: "), "{answer}");
    assert!(answer.ends_with("HTTP/1.1 Peer { address: Some(127.0.0.1), encrypted: false }"), "{answer}");
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::plain(patient()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    head(&mut stream).await;
    assert!(exchange(&mut stream, GET_AND_CLOSE).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_panic_ends_its_own_connection_only() {
    let server = Server::plain(patient()).await;
    let mut other = server.connect().await;
    other.write_all(HOLD).await.unwrap();
    server.door.holds_one().await;
    let panicked =
        exchange(&mut server.connect().await, b"GET /panic HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(panicked, "");
    server.door.release();
    assert!(head(&mut other).await.starts_with("HTTP/1.1 200"));
    assert!(exchange(&mut server.connect().await, GET_AND_CLOSE).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_upgraded_connection_becomes_a_tunnel() {
    let server = Server::plain(patient()).await;
    let mut stream = open_tunnel(&server).await;
    stream.write_all(b"ping").await.unwrap();
    let mut echo = [0; 4];
    in_time(stream.read_exact(&mut echo)).await.unwrap();
    assert_eq!(&echo, b"ping");
}

#[tokio::test]
async fn without_tls_http_2_is_not_spoken() {
    let server = Server::plain(patient()).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let answer = exchange(&mut server.connect().await, preface).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:?}");
    let upgrade = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, http2-settings, close\r\n\
                    upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    let answer = exchange(&mut server.connect().await, upgrade).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

pub(super) async fn open_tunnel(server: &Server) -> TcpStream {
    let mut stream = server.connect().await;
    let request = b"GET /tunnel HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    stream.write_all(request).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 101"));
    stream
}
