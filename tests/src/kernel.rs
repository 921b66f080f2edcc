//! What the kernel knows of connections: how a test learns that somebody has read what was sent to him.

use std::fs;
use std::net::SocketAddr;

use crate::patience::until;

/// Waits until whoever listens at this address has read all that was sent to him.
pub async fn read_by(address: SocketAddr) {
    until("waiting for the gate to read", || waiting_for(address) == 0).await;
}

/// How many bytes are on their way to whoever listens at an address, or lie unread before him.
fn waiting_for(address: SocketAddr) -> u64 {
    let port = format!(":{:04X}", address.port());
    let connections = fs::read_to_string("/proc/net/tcp").unwrap();
    // There may be thousands that are none of ours.
    let waiting = connections.lines().filter(|line| line.contains(&port)).map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let [_, local, remote, state, queues, ..] = columns[..] else {
            panic!("another form of line: {line}")
        };
        let (sent, received) = queues.split_once(':').unwrap();
        let queue = match state {
            ESTABLISHED if local.ends_with(&port) => received,
            ESTABLISHED if remote.ends_with(&port) => sent,
            _ => "0",
        };
        u64::from_str_radix(queue, 16).unwrap()
    });
    waiting.sum()
}

/// How the kernel writes the state of a connection that is open at both ends.
const ESTABLISHED: &str = "01";
