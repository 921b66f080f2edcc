//! Slow clients: a head byte by byte, a body byte by byte, and a head that never ends.

use std::io::{BufReader, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use super::super::answer::Answer;
use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::Ground;
use super::super::transport::Transport;
use super::Worker;
use super::wallet::Wallet;

/// Between two bytes. A head of 60 of them takes three seconds, which the gate waits for.
const PAUSE: Duration = Duration::from_millis(50);

const LENGTH: usize = 60;

struct Head(Arc<Ground>);

pub(super) fn begin_head(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Head(Arc::clone(ground)))
}

impl Worker for Head {
    fn turn(&mut self) -> anyhow::Result<()> {
        let mut stream = self.0.open()?;
        byte_by_byte(&mut stream, &Ask::get("/api/v1/health").text())?;
        let answer = Answer::read(&mut BufReader::new(stream))?;
        ensure!(answer.status == 200, "{answer:?}");
        self.0.tally.as_expected();
        Ok(())
    }
}

struct Body {
    ground: Arc<Ground>,
    connection: Connection,
    wallet: Wallet,
}

pub(super) fn begin_body(ground: &Arc<Ground>) -> Box<dyn Worker> {
    let connection = Connection::new(ground);
    Box::new(Body { ground: Arc::clone(ground), connection, wallet: Wallet::of("root") })
}

impl Worker for Body {
    fn turn(&mut self) -> anyhow::Result<()> {
        let token = self.wallet.token(&mut self.connection)?;
        let text = Ask::new("POST", "/__sink").bearer(&token).body("s".repeat(LENGTH)).text();
        let (at_once, slowly) = text.split_at(text.len() - LENGTH);
        let mut stream = self.ground.open()?;
        stream.write_all(at_once.as_bytes())?;
        byte_by_byte(&mut stream, slowly)?;
        let answer = Answer::read(&mut BufReader::new(stream))?;
        ensure!(answer.status == 200 && answer.body.contains(r#""length":60"#), "{answer:?}");
        self.ground.tally.as_expected();
        Ok(())
    }
}

struct Endless(Arc<Ground>);

pub(super) fn begin_endless(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Endless(Arc::clone(ground)))
}

impl Worker for Endless {
    /// The gate has to give up, and is not asked to hurry.
    fn turn(&mut self) -> anyhow::Result<()> {
        let mut stream = self.0.open()?;
        stream.write_all(b"GET /api/v1/health HTTP/1.1\r\nHost: so")?;
        stream.flush()?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said)?;
        let said = String::from_utf8_lossy(&said);
        ensure!(!said.starts_with("HTTP/1.1 2"), "an unfinished request was answered: {said}");
        Ok(())
    }
}

fn byte_by_byte(stream: &mut Transport, text: &str) -> anyhow::Result<()> {
    for byte in text.as_bytes() {
        stream.write_all(&[*byte])?;
        stream.flush()?;
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
