//! Strangers: whoever has no token, a bad one, a crooked path, another's rights, or guesses passwords. Each comes from an
//! address of its own, and none may be let in.

use std::sync::Arc;

use anyhow::ensure;
use serde_json::json;

use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::{Ground, MACHINE};
use super::Worker;
use super::wallet::{LOGIN, TOKENS, Wallet};

const SUBSCRIBERS: &str = "/api/v1/subscribers";

struct Stranger {
    connection: Connection,
    wallet: Wallet,
    turns: usize,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Stranger { connection: Connection::new(ground), wallet: Wallet::of("reader"), turns: 0 })
}

impl Worker for Stranger {
    fn turn(&mut self) -> anyhow::Result<()> {
        let token = self.wallet.token(&mut self.connection)?;
        self.turns += 1;
        let (ask, statuses) = something_bad(self.turns, &token);
        refused(&mut self.connection, &ask.from(&address(self.turns)), statuses)
    }
}

/// What is asked, and what may be the answer.
fn something_bad(number: usize, token: &str) -> (Ask, &'static [u16]) {
    let get = |target: &str| Ask::get(target);
    match number % 13 {
        0 => (get(SUBSCRIBERS), &[401]),
        1 => (get(SUBSCRIBERS).bearer(&forged(token)), &[401]),
        2 => (get(SUBSCRIBERS).bearer("garbage"), &[401]),
        3 => (get(SUBSCRIBERS).bearer(&format!("{number}123456789")), &[401, 429]),
        4 => (get(SUBSCRIBERS).bearer(&format!("ptc_{number:043}")), &[401, 429]),
        5 => (get(&format!("/api/v1/../{number}")).bearer(token), &[400]),
        6 => (get("/api//v1/system%2fversion").bearer(token), &[400]),
        7 => (Ask::new("DELETE", format!("{SUBSCRIBERS}/{number}")).bearer(token), &[403]),
        8 => (Ask::new("TRACE", SUBSCRIBERS).bearer(token), &[405]),
        9 => (get(&format!("/{}", "long".repeat(3000))).bearer(token), &[414]),
        10 => (get(SUBSCRIBERS).bearer(&"a".repeat(40_000)), &[431]),
        11 => (Ask::new("POST", LOGIN).json(&json!({"username": "root", "pass": number})), &[422]),
        _ => {
            let secret = format!("{number:064}");
            let form =
                [("grant_type", "client_credentials"), ("client_id", MACHINE), ("client_secret", &secret)];
            (Ask::new("POST", TOKENS).form(&form), &[401, 429])
        }
    }
}

/// The token with another signature.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    format!("{signed}.{}", signature.chars().rev().collect::<String>())
}

/// Another one each time: of a home, which has a network of its own, or of a few that many share.
fn address(number: usize) -> String {
    match number % 2 {
        0 => format!("2001:db8:{:x}:{:x}::1", number / 2 / 0xffff, number / 2 % 0xffff),
        _ => format!("203.0.113.{}", number / 2 % 256),
    }
}

struct Guesser {
    connection: Connection,
    turns: usize,
}

pub(super) fn begin_guessing(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Guesser { connection: Connection::new(ground), turns: 0 })
}

impl Worker for Guesser {
    fn turn(&mut self) -> anyhow::Result<()> {
        self.turns += 1;
        let name =
            if self.turns.is_multiple_of(2) { "root".to_owned() } else { format!("user{}", self.turns) };
        let guess = json!({"username": name, "password": format!("guess number {}", self.turns)});
        let ask = Ask::new("POST", LOGIN).json(&guess).from(&address(self.turns));
        refused(&mut self.connection, &ask, &[401, 429, 503])
    }
}

fn refused(connection: &mut Connection, ask: &Ask, statuses: &[u16]) -> anyhow::Result<()> {
    let answer = connection.send(ask)?;
    let name: String = ask.name().chars().take(100).collect();
    ensure!(statuses.contains(&answer.status), "{name}: {} came in the place of {statuses:?}", answer.status);
    Ok(())
}
