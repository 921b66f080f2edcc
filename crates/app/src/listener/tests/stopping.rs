//! The end: no new connections, time for what is in flight, and not more than that.

use super::*;

/// Waits until nobody listens any more.
async fn until_refused(address: SocketAddr) {
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_in_flight_is_finished_while_new_connections_are_refused() {
    let server = Server::plain(patient()).await;
    let (door, address) = (server.door.clone(), server.address);
    let mut stream = server.connect().await;
    stream.write_all(HOLD).await.unwrap();
    door.holds_one().await;
    let stopped = server.stop();
    in_time(until_refused(address)).await;
    door.release();
    let answer = remainder(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(stopped.await, Drain::Finished);
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let server = Server::plain(patient()).await;
    let _never_used = server.connect().await;
    let mut used = server.connect().await;
    used.write_all(GET).await.unwrap();
    head(&mut used).await;
    assert_eq!(server.stop().await, Drain::Finished);
}

#[tokio::test]
async fn what_is_not_finished_in_time_is_cut_off_and_counted() {
    let server = Server::plain(Limits { drain: SHORT, ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(HOLD).await.unwrap();
    server.door.holds_one().await;
    assert_eq!(server.stop().await, Drain::CutOff { connections: 1 });
    assert_eq!(remainder(&mut stream).await, "");
}

#[tokio::test]
async fn an_open_tunnel_is_waited_for_like_a_request() {
    let server = Server::plain(Limits { drain: SHORT, ..patient() }).await;
    let _tunnel = requests::open_tunnel(&server).await;
    assert_eq!(server.stop().await, Drain::CutOff { connections: 1 });
}

#[tokio::test]
async fn a_server_that_is_dropped_takes_its_connections_with_it() {
    let server = Server::plain(patient()).await;
    let mut stream = server.connect().await;
    stream.write_all(HOLD).await.unwrap();
    server.door.holds_one().await;
    server.serving.abort();
    assert_eq!(remainder(&mut stream).await, "");
}
