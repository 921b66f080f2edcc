//! Personal tokens: made, used, taken back.

use std::sync::Arc;

use serde_json::json;

use super::super::ask::Ask;
use super::super::connection::{Connection, OWN};
use super::super::ground::Ground;
use super::Worker;
use super::elsewhere::elsewhere;
use super::wallet::Wallet;

const TOKENS: &str = "/api/v1/auth/tokens";

struct Personal {
    connection: Connection,
    wallet: Wallet,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Personal { connection: Connection::new(ground), wallet: Wallet::of("reader") })
}

impl Worker for Personal {
    /// It is made for as long as the session lasts that makes it: any time will do, and that one need not be reckoned.
    fn turn(&mut self) -> anyhow::Result<()> {
        let own = self.wallet.token(&mut self.connection)?;
        let session = self.connection.expect(&Ask::get(OWN).bearer(&own), 200, "session")?;
        let body = json!({"name": "soak", "expires_at": session.text("/data/session/expires_at")?});
        let made = self.connection.expect(&Ask::new("POST", TOKENS).json(&body).bearer(&own), 201, "ptc_")?;
        let (id, token) = (made.text("/data/id")?, made.text("/data/token")?);
        self.connection.expect(&Ask::get("/api/v1/interfaces").bearer(&token), 200, "ok")?;
        let removal = Ask::new("DELETE", format!("{TOKENS}/{id}")).bearer(&own);
        self.connection.expect(&removal, 204, "")?;
        let again = Ask::get(OWN).bearer(&token).from(&elsewhere(&token));
        self.connection.expect(&again, 401, "").map(drop)
    }
}
