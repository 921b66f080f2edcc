//! Many who are connected over TLS and ask next to nothing, for `cargo xtask bench` to see what they cost of the memory.
//! `crowd 127.0.0.1:8443 10000 certificate.pem`
//!
//! Each asks for the gate's health every few seconds, since the gate closes what is silent for longer. Says `connected`
//! when all are, and goes on until it is killed.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use portcullis_tests::trust::only;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// Half of what the gate waits for the next request.
const SILENCE: Duration = Duration::from_secs(5);
/// Longer than an answer takes while many connect.
const PATIENCE: Duration = Duration::from_secs(30);

const QUESTION: &[u8] = b"HEAD /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut word = |what: &str| words.next().ok_or_else(|| format!("the {what} is missing"));
    let address: SocketAddr = word("address")?.parse()?;
    let count: usize = word("number of connections")?.parse()?;
    let trust = trust(Path::new(&word("certificate")?));
    let mut people = VecDeque::with_capacity(count);
    while people.len() < count {
        people.push_back(Person::connect(address, &trust)?);
        ask_those_who_were_silent(&mut people)?;
    }
    writeln!(io::stdout(), "{count} connected")?;
    loop {
        ask_those_who_were_silent(&mut people)?;
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whoever asked longest ago stands first.
fn ask_those_who_were_silent(people: &mut VecDeque<Person>) -> Result<(), Box<dyn Error>> {
    while people.front().is_some_and(|first| first.asked.elapsed() > SILENCE) {
        let Some(mut person) = people.pop_front() else { break };
        person.ask()?;
        people.push_back(person);
    }
    Ok(())
}

/// One who is connected.
struct Person {
    stream: StreamOwned<ClientConnection, TcpStream>,
    asked: Instant,
}

impl Person {
    fn connect(address: SocketAddr, trust: &Arc<ClientConfig>) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let session = ClientConnection::new(Arc::clone(trust), ServerName::from(address.ip()))?;
        let mut person = Self { stream: StreamOwned::new(session, stream), asked: Instant::now() };
        person.ask()?;
        Ok(person)
    }

    /// An answer to HEAD has no body.
    fn ask(&mut self) -> Result<(), Box<dyn Error>> {
        self.stream.write_all(QUESTION)?;
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while !answer.ends_with(b"\r\n\r\n") {
            let read = self.stream.read(&mut buffer)?;
            answer.extend_from_slice(buffer.get(..read).unwrap_or_default());
            if read == 0 {
                return Err("the gate closed a connection".into());
            }
        }
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(String::from_utf8_lossy(&answer).into_owned().into());
        }
        self.asked = Instant::now();
        Ok(())
    }
}

/// Trust in one certificate, and nothing remembered of earlier sessions: everybody is somebody else.
fn trust(certificate: &Path) -> Arc<ClientConfig> {
    let mut config = Arc::unwrap_or_clone(only(certificate, &[]));
    config.resumption = Resumption::disabled();
    Arc::new(config)
}
