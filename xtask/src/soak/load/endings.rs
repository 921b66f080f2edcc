//! Sessions that end, in each of the ways, and are over at the very next request, on whichever connection.

use std::sync::Arc;

use serde_json::json;

use super::super::ask::Ask;
use super::super::connection::{Connection, OWN};
use super::super::ground::{Ground, PASSWORD};
use super::Worker;
use super::wallet::{Pair, Wallet};

const USERS: &str = "/api/v1/auth/users";
const LEAVER: &str = "/api/v1/auth/users/leaver";

struct Endings {
    own: Connection,
    other: Connection,
    root: Wallet,
    turns: usize,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    let connection = || Connection::new(ground);
    Box::new(Endings { own: connection(), other: connection(), root: Wallet::of("root"), turns: 0 })
}

impl Worker for Endings {
    fn turn(&mut self) -> anyhow::Result<()> {
        self.turns += 1;
        match self.turns % 5 {
            0 => self.whole_life(),
            1 => self.ended(|it, token| {
                it.own.expect(&Ask::new("POST", "/api/v1/auth/logout").bearer(token), 204, "").map(drop)
            }),
            2 => self.ended(|it, token| {
                let session = it.own.expect(&Ask::get(OWN).bearer(token), 200, "session")?;
                let session = session.text("/data/session/id")?;
                it.as_root(Ask::new("DELETE", format!("/api/v1/auth/sessions/{session}")), 204)
            }),
            3 => self.ended(|it, _| it.as_root(Ask::new("DELETE", format!("{LEAVER}/sessions")), 204)),
            _ => {
                self.ended(|it, _| {
                    it.as_root(Ask::new("PATCH", LEAVER).json(&json!({"active": false})), 200)
                })?;
                self.as_root(Ask::new("PATCH", LEAVER).json(&json!({"active": true})), 200)
            }
        }
    }
}

impl Endings {
    /// Somebody logs in, works, and is refused as soon as it has ended.
    fn ended(&mut self, end: impl FnOnce(&mut Self, &str) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.ended_of("leaver", end)
    }

    fn ended_of(
        &mut self,
        user: &str,
        end: impl FnOnce(&mut Self, &str) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let token = Pair::login(&mut self.own, user)?.token;
        self.own.expect(&Ask::get(OWN).bearer(&token), 200, user)?;
        self.other.expect(&Ask::get("/api/v1/interfaces").bearer(&token), 200, "ok")?;
        end(self, &token)?;
        self.other.expect_refused(&token)?;
        self.own.expect_refused(&token)
    }

    /// A user who is made, works, and is removed.
    fn whole_life(&mut self) -> anyhow::Result<()> {
        let name = format!("guest-{}", self.turns);
        let body = json!({"username": name, "password": PASSWORD, "grants": [{"role": "operator"}]});
        self.as_root(Ask::new("POST", USERS).json(&body), 201)?;
        let removal = Ask::new("DELETE", format!("{USERS}/{name}"));
        self.ended_of(&name, |it, _| it.as_root(removal, 204))
    }

    fn as_root(&mut self, ask: Ask, status: u16) -> anyhow::Result<()> {
        let token = self.root.token(&mut self.other)?;
        self.other.expect(&ask.bearer(&token), status, "").map(drop)
    }
}
