//! Readers: an operator who asks for one thing after the other over a kept connection, and has to get each.

use std::sync::Arc;

use anyhow::ensure;

use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::Ground;
use super::Worker;
use super::wallet::Wallet;

/// What is read, and what must be in it.
const READS: &[(&str, &str)] = &[
    ("/api/v1/system/version", r#""status":"ok""#),
    ("/api/v1/subscribers", r#""status":"ok""#),
    ("/api/v1/auth/me", r#""username":"reader""#),
    ("/api/v1/interfaces", r#""status":"ok""#),
    ("/api/v1/qos/profiles", r#""status":"ok""#),
    ("/api/v1/health", r#""status":"ok""#),
    (LARGE, "xyz"),
    ("/metrics", "portcullis_decisions_total"),
    (STREAM, "chunk 1 of 5"),
    ("/.well-known/jwks.json", r#""keys""#),
    ("/api/openapi.json", "/api/v1/auth/login"),
];

const LARGE: &str = "/__bytes?n=200000";
const STREAM: &str = "/__stream";

struct Reader {
    connection: Connection,
    wallet: Wallet,
    turns: usize,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Reader { connection: Connection::new(ground), wallet: Wallet::of("reader"), turns: 0 })
}

impl Worker for Reader {
    fn turn(&mut self) -> anyhow::Result<()> {
        let token = self.wallet.token(&mut self.connection)?;
        let Some((path, text)) = READS.get(self.turns % READS.len()) else { return Ok(()) };
        self.turns += 1;
        let answer = self.connection.expect(&Ask::get(*path).bearer(&token), 200, text)?;
        ensure!(*path != LARGE || answer.body.len() == 200_000, "{} bytes of {path}", answer.body.len());
        ensure!(*path != STREAM || answer.body.ends_with("5 of 5\n"), "{:?} of {path}", answer.body);
        Ok(())
    }
}
