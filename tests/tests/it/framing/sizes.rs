//! How large a head may be.

use portcullis_tests::ask::Ask;
use portcullis_tests::client::Protocol;

use super::{start, start_encrypted, statuses};

#[tokio::test]
async fn a_target_may_have_8_kib() {
    let (gate, canned) = start().await;
    for (length, status) in [(8 * 1024, 200), (8 * 1024 + 1, 414), (9_000, 414), (70 * 1024, 414)] {
        let target = format!("/{}", "a".repeat(length - 1));
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&gate.exchange(&request).await), [status], "{length}");
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
        assert_eq!(statuses(&gate.exchange(&request).await), [status], "{} bytes", fields.len());
        assert_eq!(canned.received().len(), usize::from(status == 200));
    }
}

#[tokio::test]
async fn over_http_2_paths_and_sizes_have_the_same_limits() {
    let (gate, canned) = start_encrypted().await;
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
