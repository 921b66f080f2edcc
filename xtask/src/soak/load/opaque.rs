//! Clients of BMC Network Automation: tokens that say nothing.

use std::sync::Arc;

use super::super::ask::Ask;
use super::super::connection::{Connection, OWN};
use super::super::ground::{Ground, PASSWORD};
use super::Worker;
use super::elsewhere::elsewhere;

const TOKEN: &str = "/bca-networks/api/token";

struct Opaque(Connection);

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Opaque(Connection::new(ground)))
}

impl Worker for Opaque {
    fn turn(&mut self) -> anyhow::Result<()> {
        let form = [("grant_type", "password"), ("username", "reader"), ("password", PASSWORD)];
        let answer = self.0.expect(&Ask::new("POST", TOKEN).form(&form), 200, "access_token")?;
        let token = answer.text("/access_token")?;
        self.0.expect(&Ask::get(TOKEN).bearer(&token), 200, "1800000")?;
        self.0.expect(&Ask::get("/api/v1/system/version").bearer(&token), 200, "ok")?;
        self.0.expect(&Ask::new("DELETE", TOKEN).bearer(&token), 204, "")?;
        self.0.expect(&Ask::get(OWN).bearer(&token).from(&elsewhere(&token)), 401, "").map(drop)
    }
}
