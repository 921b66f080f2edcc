//! An upstream that answers everybody with the same bytes and keeps every byte that it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A short answer after which the connection is kept.
pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// An upstream with one answer. Dropping it closes its port.
#[derive(Debug)]
pub struct Canned {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
    task: JoinHandle<()>,
}

impl Canned {
    /// An upstream that answers each request with this, once it has the whole of it.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(vec![]));
        let (answer, book): (Arc<[u8]>, _) = (answer.into().into(), Arc::clone(&received));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&book)));
            }
        });
        Self { address, received, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it got since somebody last asked: each whole request, and each rest that never became one.
    pub fn received(&self) -> Vec<String> {
        let received = std::mem::take(&mut *self.received.lock().unwrap_or_else(PoisonError::into_inner));
        received.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// The one request that it got since somebody last asked.
    pub fn only(&self) -> String {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:#?}");
        received.concat()
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<[u8]>, book: Arc<Mutex<Vec<Vec<u8>>>>) {
    let note = |bytes: Vec<u8>| book.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    let closes = answer.windows(6).any(|window| window.eq_ignore_ascii_case(b"close\r"));
    let mut bytes = vec![];
    loop {
        if let Some(length) = whole_request(&bytes) {
            let rest = bytes.split_off(length);
            note(std::mem::replace(&mut bytes, rest));
            let written = stream.write_all(&answer).await;
            if written.is_err() || closes {
                break;
            }
        } else if !stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
            break;
        }
    }
    if !bytes.is_empty() {
        note(bytes);
    }
}

/// The length of the request that the bytes begin with, if it is there whole.
fn whole_request(bytes: &[u8]) -> Option<usize> {
    let find = |mark: &[u8], from: usize| {
        bytes[from..]
            .windows(mark.len())
            .position(|window| window == mark)
            .map(|place| from + place + mark.len())
    };
    let head = find(b"\r\n\r\n", 0)?;
    let fields = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    if fields.contains("\r\ntransfer-encoding:") {
        // The chunk before the last one ends in CRLF too, so that the zero stands at the start of a line.
        let last = if bytes[head..].starts_with(b"0\r\n") { head } else { find(b"\r\n0\r\n", head)? - 3 };
        return find(b"\r\n\r\n", last);
    }
    let length = fields.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(Some(0), |length| length.trim().parse::<usize>().ok())?;
    (bytes.len() >= head + length).then_some(head + length)
}
