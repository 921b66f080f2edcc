//! Writers: an admin who changes things behind the gate, each with a record.

use std::sync::Arc;

use serde_json::json;

use super::super::ask::Ask;
use super::super::connection::Connection;
use super::super::ground::Ground;
use super::Worker;
use super::wallet::Wallet;

/// More than goes over a connection at once.
const LENGTH: usize = 300_000;

struct Writer {
    connection: Connection,
    wallet: Wallet,
    turns: usize,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Writer { connection: Connection::new(ground), wallet: Wallet::of("root"), turns: 0 })
}

impl Worker for Writer {
    fn turn(&mut self) -> anyhow::Result<()> {
        let token = self.wallet.token(&mut self.connection)?;
        self.turns += 1;
        let (ask, text) = match self.turns % 3 {
            0 => (Ask::new("POST", "/__sink").body("w".repeat(LENGTH)), format!(r#""length":{LENGTH}"#)),
            1 => {
                let body = json!({"path": "interfaces/eth1/mtu", "value": 9000});
                (Ask::new("POST", "/api/v1/system/config/set").json(&body), r#""status":"ok""#.to_owned())
            }
            _ => {
                let ask =
                    Ask::new("PUT", "/api/v1/subscribers/sub-1001/rate").json(&json!({"profile": "gold"}));
                (ask, r#""status":"ok""#.to_owned())
            }
        };
        self.connection.expect(&ask.bearer(&token), 200, &text).map(drop)
    }
}
