//! What strangers may not do: be slow, be many, be long-winded.

use super::*;

fn with_fields(count: usize) -> Vec<u8> {
    let fields = "x-some: thing\r\n".repeat(count - 2);
    format!("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{fields}\r\n").into_bytes()
}

fn with_target(length: usize) -> Vec<u8> {
    format!("GET /{} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", "a".repeat(length - 1))
        .into_bytes()
}

#[tokio::test]
async fn a_hundred_fields_pass_and_one_more_is_431() {
    let server = Server::plain(patient()).await;
    let answer = exchange(&mut server.connect().await, &with_fields(100)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = exchange(&mut server.connect().await, &with_fields(101)).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_target_beyond_our_own_limit_still_reaches_the_door_and_an_endless_one_is_414() {
    let server = Server::plain(patient()).await;
    let answer = exchange(&mut server.connect().await, &with_target(60_000)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = exchange(&mut server.connect().await, &with_target(70_000)).await;
    assert!(answer.starts_with("HTTP/1.1 414"), "{answer}");
}

#[tokio::test]
async fn a_head_that_fills_the_buffer_is_431() {
    let server = Server::plain(patient()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ").await.unwrap();
    // The server may hang up before it has been sent all of this.
    let _ = stream.write_all(&vec![b'a'; 128 * 1024]).await;
    let answer = remainder(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_slow_head_is_cut_off() {
    let server = Server::plain(Limits { request_head: SHORT, ..patient() }).await;
    assert_eq!(exchange(&mut server.connect().await, b"GET / HT").await, "");
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_asked_is_cut_off_at_the_start_and_later() {
    let server = Server::plain(Limits { request_head: SHORT, ..patient() }).await;
    assert_eq!(remainder(&mut server.connect().await).await, "");
    let answer = exchange(&mut server.connect().await, GET).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let server = Server::plain(Limits { client_stall: SHORT, connections: 1, ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    // Its place is somebody else's, though it never hangs up.
    in_time(until_served(&server)).await;
    drop(stream);
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once_and_there_is_room_again_after_the_first() {
    let server = Server::plain(Limits { connections: 1, ..patient() }).await;
    let mut first = server.connect().await;
    first.write_all(HOLD).await.unwrap();
    server.door.holds_one().await;
    assert_eq!(remainder(&mut server.connect().await).await, "");
    server.door.release();
    head(&mut first).await;
    drop(first);
    in_time(until_served(&server)).await;
}

#[tokio::test]
async fn one_address_holds_half_of_all_places_and_no_more_unless_it_brings_a_crowd() {
    let server = Server::plain(Limits { connections: 6, ..patient() }).await;
    let held = async |mut stream: TcpStream| {
        stream.write_all(HOLD).await.unwrap();
        server.door.holds_one().await;
        stream
    };
    let mut first = held(server.connect().await).await;
    let _others = [held(server.connect().await).await, held(server.connect().await).await];
    assert_eq!(remainder(&mut server.connect().await).await, "");
    let answer = exchange(&mut server.connect_from([127, 0, 0, 2]).await, GET_AND_CLOSE).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.door.release();
    head(&mut first).await;
    drop(first);
    in_time(until_served(&server)).await;
}

#[tokio::test]
async fn whoever_brings_a_crowd_may_hold_all_places() {
    let server = Server::plain(Limits { connections: 4, ..patient() }).await;
    let mut crowd = vec![];
    for _ in 0..4 {
        let mut stream = server.connect_from(CROWD).await;
        stream.write_all(HOLD).await.unwrap();
        server.door.holds_one().await;
        crowd.push(stream);
    }
    assert_eq!(remainder(&mut server.connect().await).await, "");
}

#[tokio::test]
async fn a_tunnel_takes_a_place_too() {
    let server = Server::plain(Limits { connections: 1, ..patient() }).await;
    let tunnel = requests::open_tunnel(&server).await;
    assert_eq!(remainder(&mut server.connect().await).await, "");
    drop(tunnel);
    in_time(until_served(&server)).await;
}

/// When a client has hung up, the server hears of it in its own time.
async fn until_served(server: &Server) {
    loop {
        let mut stream = server.connect().await;
        let _ = stream.write_all(GET_AND_CLOSE).await;
        if remainder(&mut stream).await.starts_with("HTTP/1.1 200") {
            return;
        }
    }
}
