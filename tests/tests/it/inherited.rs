//! Sockets that systemd has opened before the gate is there, and keeps when it goes.

use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;

use portcullis_tests::ask::Ask;
use portcullis_tests::gate::{Signal, refused};
use portcullis_tests::line::Line;
use portcullis_tests::setup::Setup;
use portcullis_tests::sockets::Sockets;

const HEALTH: &str = "/api/v1/health";

fn listening(at: &str) -> (SocketAddr, OwnedFd) {
    let socket = TcpListener::bind(at).unwrap();
    (socket.local_addr().unwrap(), socket.into())
}

fn setup() -> Setup {
    Setup::new().with("listen", "systemd")
}

async fn waiting(at: SocketAddr) -> Line {
    let mut line = Line::tcp(at).await;
    line.ask(&Ask::get(HEALTH)).await;
    line
}

#[tokio::test]
async fn who_asks_before_the_gate_is_there_is_answered_when_it_is() {
    let (address, socket) = listening("127.0.0.1:0");
    let mut early = waiting(address).await;
    let sockets = Sockets::of([socket]);
    let mut gate = setup().inheriting(sockets.clone()).start().await;
    assert_eq!(gate.address(), address);
    assert_eq!(early.answer().await.status, 200);
    assert_eq!(gate.send(Ask::get(HEALTH)).await.status, 200);

    // A restart refuses nobody: the socket is not the gate's.
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().await.code(), Some(0));
    let mut between = waiting(address).await;
    let gate = gate.restart().await;
    assert_eq!(between.answer().await.status, 200);
    drop(gate);
    assert!(TcpStream::connect(address).is_ok());
    drop(sockets);
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_unix_socket_is_served_and_its_file_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.sock");
    let unix = UnixListener::bind(&path).unwrap();
    let (address, tcp) = listening("127.0.0.1:0");
    let sockets = Sockets::of([tcp, unix.into()]).told("LISTEN_FDNAMES", "api:local");
    let setup = Setup::new().with("listen", "[systemd:api, systemd:local]").inheriting(sockets);
    let mut gate = setup.start().await;
    assert_eq!(gate.address(), address);
    let told = format!("listening on unix:{}", path.display());
    gate.log().said(&told).await;
    assert_eq!(Line::unix(&path).await.unwrap().send(Ask::get(HEALTH)).await.status, 200);
    assert_eq!(Line::tcp(address).await.send(Ask::get(HEALTH)).await.status, 200);
    gate.signal(Signal::TERM);
    gate.ended().await;
    assert!(path.exists());
}

#[tokio::test]
async fn they_stand_beside_addresses_of_the_file_and_speak_the_same_tls() {
    let (address, socket) = listening("127.0.0.1:0");
    let setup = Setup::new().tls().with("listen", "[systemd, 127.0.0.2]").inheriting(Sockets::of([socket]));
    let gate = setup.start().await;
    assert_eq!(gate.address(), address);
    assert_eq!(gate.send(Ask::get(HEALTH)).await.status, 200);
    gate.log().said("listening on 127.0.0.2:").await;
}

#[tokio::test]
async fn plain_http_is_for_this_machine_alone_whoever_has_opened_the_socket() {
    let open = || listening("0.0.0.0:0");
    let (address, socket) = open();
    let (status, said) = refused(&setup().inheriting(Sockets::of([socket]))).await;
    let expected = format!("plain HTTP on {address}, which others can reach, needs `allow_plaintext: true`");
    assert!(status == Some(2) && said.contains(&expected), "{said}");
    let allowed = setup().with("allow_plaintext", "true").inheriting(Sockets::of([open().1]));
    assert_eq!(allowed.start().await.send(Ask::get(HEALTH)).await.status, 200);
}

#[tokio::test]
async fn what_is_no_listening_socket_is_refused_by_its_number_and_name() {
    let (address, _kept) = listening("127.0.0.1:0");
    let connected = TcpStream::connect(address).unwrap().into();
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap().into();
    let file = tempfile::tempfile().unwrap().into();
    for wrong in [connected, datagrams, file] {
        let sockets = Sockets::of([listening("127.0.0.1:0").1, wrong]).told("LISTEN_FDNAMES", "api:wrong");
        let (status, said) = refused(&setup().inheriting(sockets)).await;
        let expected = "descriptor 4 (`wrong`) is not a listening stream socket of TCP or Unix";
        assert!(status == Some(2) && said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn what_is_told_and_what_is_there_must_agree() {
    let one = || Sockets::of([listening("127.0.0.1:0").1]);
    for (setup, expected) in [
        (setup().inheriting(one().told("LISTEN_FDS", "2")), "descriptor 4 (`unknown`) is not a listening"),
        (setup().inheriting(one().told("LISTEN_FDS", "many")), "LISTEN_FDS is `many`"),
        (setup().inheriting(one().told("LISTEN_FDNAMES", "a:b")), "LISTEN_FDNAMES is `a:b`"),
        (
            setup().inheriting(one().told("LISTEN_PID", "1")),
            "`listen` names `systemd`, and systemd has handed over no",
        ),
        (setup(), "`listen` names `systemd`, and systemd has handed over no"),
        (
            setup().with("listen", "systemd:api").inheriting(one().told("LISTEN_FDNAMES", "other")),
            "`listen` names `systemd:api`",
        ),
        (Setup::new().inheriting(one()), "which `listen` does not name: write `systemd`"),
    ] {
        let (status, said) = refused(&setup).await;
        assert!(status == Some(2) && said.contains(expected), "{expected}: {said}");
    }
}
