//! Where the listener listens, and what stands in its way.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::UnixStream;

use super::*;

async fn bind_all(addresses: Vec<Address>) -> Result<Listener, ListenError> {
    bind(Options { addresses, certificates: None, plain: Plain::Http1, limits: patient() }).await
}

fn path_in(directory: &TempDir) -> PathBuf {
    directory.path().join("portcullis.sock")
}

async fn fault_at(path: &Path) -> String {
    let Err(error) = bind_all(vec![Address::Unix(path.to_owned())]).await else {
        unreachable!("the path is taken");
    };
    error.to_string()
}

#[tokio::test]
async fn every_address_is_bound_and_named_with_its_real_port() {
    let directory = TempDir::new().unwrap();
    let any_port = Address::Tcp((Ipv4Addr::LOCALHOST, 0).into());
    let unix = Address::Unix(path_in(&directory));
    let listener = bind_all(vec![any_port.clone(), any_port, unix.clone()]).await.unwrap();
    let [Address::Tcp(first), Address::Tcp(second), third] = listener.addresses() else {
        unreachable!("three were asked for");
    };
    assert!(first.port() != 0 && second.port() != 0 && first != second);
    assert_eq!(*third, unix);
}

#[tokio::test]
async fn all_addresses_of_both_kinds_stand_side_by_side_on_one_port() {
    let any = |port| [(Ipv4Addr::UNSPECIFIED, port).into(), (std::net::Ipv6Addr::UNSPECIFIED, port).into()];
    let free = std::net::TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let addresses = any(free).map(Address::Tcp).to_vec();
    assert_eq!(bind_all(addresses).await.unwrap().addresses().len(), 2);
}

#[tokio::test]
async fn a_port_in_use_is_named_and_nothing_else_stays_bound() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = Address::Tcp(other.local_addr().unwrap());
    let directory = TempDir::new().unwrap();
    let Err(error) = bind_all(vec![Address::Unix(path_in(&directory)), taken.clone()]).await else {
        unreachable!("the port is taken");
    };
    assert_eq!(error.to_string(), format!("cannot listen on {taken}: address already in use"));
    assert!(!path_in(&directory).exists());
}

#[tokio::test]
async fn a_unix_socket_is_open_to_its_group_and_gone_at_the_end() {
    let directory = TempDir::new().unwrap();
    let path = path_in(&directory);
    let listener = bind_all(vec![Address::Unix(path.clone())]).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(listener.serve(TestDoor::new(), async { stopped.await.unwrap() }));
    let answer = exchange(&mut UnixStream::connect(&path).await.unwrap(), GET_AND_CLOSE).await;
    assert!(answer.ends_with("Peer { address: None, encrypted: false }"), "{answer}");
    stop.send(()).unwrap();
    assert_eq!(in_time(serving).await.unwrap(), Drain::Finished);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_socket_that_a_crash_left_behind_is_cleared_away() {
    let directory = TempDir::new().unwrap();
    drop(StdUnixListener::bind(path_in(&directory)).unwrap());
    assert!(path_in(&directory).exists());
    bind_all(vec![Address::Unix(path_in(&directory))]).await.unwrap();
}

#[tokio::test]
async fn a_living_socket_is_left_alone() {
    let directory = TempDir::new().unwrap();
    let path = path_in(&directory);
    let _living = StdUnixListener::bind(&path).unwrap();
    assert_eq!(
        fault_at(&path).await,
        format!("cannot listen on unix:{}: address already in use", path.display())
    );
    UnixStream::connect(&path).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let directory = TempDir::new().unwrap();
    let path = path_in(&directory);
    std::fs::write(&path, "precious").unwrap();
    assert!(fault_at(&path).await.ends_with(": a file that is no socket is in the way"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_socket_that_has_taken_our_place_is_not_removed_with_ours() {
    let directory = TempDir::new().unwrap();
    let path = path_in(&directory);
    let listener = bind_all(vec![Address::Unix(path.clone())]).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let _successor = StdUnixListener::bind(&path).unwrap();
    drop(listener);
    assert!(path.exists());
}
