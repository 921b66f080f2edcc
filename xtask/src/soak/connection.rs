//! A kept connection, and what is expected of the answers on it.

use std::io::{BufReader, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::answer::Answer;
use super::ask::Ask;
use super::ground::Ground;
use super::transport::Transport;

/// The gate keeps an idle connection for ten seconds. Whoever comes near that takes another, since it may be closed while he
/// writes.
const IDLE: Duration = Duration::from_secs(4);

/// A connection to the gate, opened when it is needed and kept as long as it is used.
pub(super) struct Connection {
    ground: Arc<Ground>,
    open: Option<BufReader<Transport>>,
    since: Instant,
}

impl Connection {
    pub(super) fn new(ground: &Arc<Ground>) -> Self {
        Self { ground: Arc::clone(ground), open: None, since: Instant::now() }
    }

    /// Sends a request and takes the answer. After a failure the connection is another one.
    pub(super) fn send(&mut self, ask: &Ask) -> anyhow::Result<Answer> {
        let answer = self.exchange(ask).with_context(|| ask.name());
        if answer.as_ref().map_or(true, |answer| answer.closes) {
            self.open = None;
        }
        answer
    }

    /// The same, and fails unless the answer has this status and its body holds this text.
    pub(super) fn expect(&mut self, ask: &Ask, status: u16, text: &str) -> anyhow::Result<Answer> {
        let answer = self.send(ask)?;
        if answer.status != status || !answer.body.contains(text) {
            let body: String = answer.body.chars().take(200).collect();
            bail!("{}: {status} {text:?} expected, {} {body:?} came", ask.name(), answer.status);
        }
        self.ground.tally.as_expected();
        Ok(answer)
    }

    /// Whether it is refused as whoever has no valid token is.
    pub(super) fn expect_refused(&mut self, token: &str) -> anyhow::Result<()> {
        self.expect(&Ask::get(OWN).bearer(token), 401, "").map(drop)
    }

    fn exchange(&mut self, ask: &Ask) -> anyhow::Result<Answer> {
        if self.since.elapsed() > IDLE {
            self.open = None;
        }
        self.since = Instant::now();
        let stream = match &mut self.open {
            Some(stream) => stream,
            none => none.insert(BufReader::new(self.ground.open()?)),
        };
        stream.get_mut().write_all(ask.text().as_bytes())?;
        stream.get_mut().flush()?;
        Answer::read(stream)
    }
}

/// What any token opens.
pub(super) const OWN: &str = "/api/v1/auth/me";
