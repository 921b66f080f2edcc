//! The upstream of the runs: answers everything with 200, and remembers every request to the byte.
//!
//! The simulated BNG would answer some requests with 404 or 422, which says nothing about whether they should have
//! reached it. Here, whatever is remembered was let through.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context as _;

/// A request that reached the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) method: String,
    /// The target as it came, as UTF-8.
    pub(super) target: String,
    /// The names in small letters.
    pub(super) fields: Vec<(String, String)>,
}

impl Reached {
    /// The values of all fields that a lenient server may take for this one: it compares without case, and takes
    /// `_` and `.` for `-`.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let is_taken_for = |known: &str| known.replace(['_', '.'], "-") == name;
        self.fields.iter().filter(|(known, _)| is_taken_for(known)).map(|(_, value)| value.as_str()).collect()
    }
}

/// The upstream. Its thread ends with the process.
pub(super) struct Witness {
    address: SocketAddr,
    memory: Memory,
}

type Memory = Arc<Mutex<Vec<Reached>>>;

impl Witness {
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen for the upstream")?;
        let address = listener.local_addr()?;
        let memory = Memory::default();
        let book = Arc::clone(&memory);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let book = Arc::clone(&book);
                thread::spawn(move || serve(&stream, &book));
            }
        });
        Ok(Self { address, memory })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What reached it since the last time.
    pub(super) fn take(&self) -> Vec<Reached> {
        std::mem::take(&mut *self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves a connection to its end; one that breaks off is the other side's affair.
fn serve(stream: &TcpStream, book: &Memory) {
    let mut reader = BufReader::new(stream);
    while let Some(reached) = read(&mut reader) {
        // Remembered before it is answered, so that whoever has the answer finds it here.
        book.lock().unwrap_or_else(PoisonError::into_inner).push(reached);
        let mut answer = stream;
        if answer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
            break;
        }
    }
}

/// Reads a request to its end; none at the end of the connection.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Reached> {
    let line = read_line(reader).filter(|line| !line.is_empty())?;
    let (method, rest) = line.split_once(' ')?;
    let (target, _) = rest.rsplit_once(' ')?;
    let mut fields = Vec::new();
    while let Some(line) = read_line(reader).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let reached = Reached { method: method.to_owned(), target: target.to_owned(), fields };
    let length = reached.all("content-length").first().and_then(|length| length.parse().ok()).unwrap_or(0);
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(reached)
}

/// A line without its end.
fn read_line(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    let read = reader.read_until(b'\n', &mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    (read > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::wire::Ask;
    use super::*;

    #[test]
    fn it_remembers_what_reached_it_once_and_to_the_byte() {
        let witness = Witness::start().unwrap();
        let ask = Ask::new("PUT", "/a//../%2e").field("X_Auth_User", "eve").field("connection", "close");
        let mut stream = TcpStream::connect(witness.address()).unwrap();
        stream.write_all(ask.text().as_bytes()).unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        let reached = witness.take();
        assert_eq!(reached.len(), 1);
        assert_eq!((reached[0].method.as_str(), reached[0].target.as_str()), ("PUT", "/a//../%2e"));
        assert_eq!(reached[0].all("x-auth-user"), ["eve"]);
        assert!(witness.take().is_empty());
    }
}
