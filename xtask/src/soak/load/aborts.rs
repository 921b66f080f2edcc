//! Clients that go away: in the middle of a request, before the answer, in the middle of it.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::Ground;
use super::super::transport::Transport;
use super::Worker;
use super::wallet::Wallet;

/// How long somebody is there who takes nothing of what he asked for.
const ABSENT: Duration = Duration::from_secs(2);

/// Long enough for a handshake, which is not to be cut every time.
const HANDSHAKE: Duration = Duration::from_millis(150);

struct Abort {
    ground: Arc<Ground>,
    connection: Connection,
    wallet: Wallet,
    turns: usize,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    let connection = Connection::new(ground);
    Box::new(Abort { ground: Arc::clone(ground), connection, wallet: Wallet::of("root"), turns: 0 })
}

impl Worker for Abort {
    fn turn(&mut self) -> anyhow::Result<()> {
        let token = self.wallet.token(&mut self.connection)?;
        self.turns += 1;
        let mut stream = self.ground.open()?;
        if self.ground.tls {
            self.ground.rest(HANDSHAKE);
        }
        // Whoever goes away does not mind that the gate may have been quicker.
        let _ = self.go_away(&mut stream, &token);
        Ok(())
    }
}

impl Abort {
    fn go_away(&self, stream: &mut Transport, token: &str) -> io::Result<()> {
        let ask = |path: &str| Ask::get(path).bearer(token).text();
        match self.turns % 8 {
            0 => Ok(()),
            1 => stream.write_all(b"GET /api/v1/subscribers HTTP/1.1\r\nHost: soak\r\nAuthorizati"),
            2 => {
                let head = Ask::new("POST", "/__sink").bearer(token).body("a".repeat(10_000)).text();
                let part = head.len().saturating_sub(9_000);
                stream.write_all(head.as_bytes().get(..part).unwrap_or_default())?;
                after(stream, 1)
            }
            3 => after_sending(stream, &ask("/__slow?ms=1000"), 0),
            4 => after_sending(stream, &ask("/__stream"), 150),
            5 => after_sending(stream, &ask("/__bytes?n=20000000"), 70_000),
            6 => {
                stream.write_all(ask("/__bytes?n=20000000").as_bytes())?;
                self.ground.rest(ABSENT);
                Ok(())
            }
            _ => stream.write_all(b"\x16\x03\x01 this is no request\r\n\r\n"),
        }
    }
}

fn after_sending(stream: &mut Transport, text: &str, bytes: usize) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()?;
    after(stream, bytes)
}

/// Reads so many bytes, if so many come.
fn after(stream: &mut Transport, bytes: usize) -> io::Result<()> {
    if let Transport::Plain(stream) = stream {
        // Nothing may come, since the request is not complete.
        stream.set_read_timeout(Some(Duration::from_millis(300)))?;
        return stream.read_exact(&mut vec![0; bytes]);
    }
    if bytes > 1 { stream.read_exact(&mut vec![0; bytes]) } else { Ok(()) }
}
