//! Clients of BMC Network Automation: tokens that say nothing.

use std::sync::Arc;

use super::super::ask::Ask;
use super::super::connection::{Connection, OWN};
use super::super::ground::{Ground, PASSWORD};
use super::Worker;

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
        refused_elsewhere(&mut self.0, &token)
    }
}

/// A token that is only looked up, and has ended, is one that nobody has: an address that shows many of them is taken for
/// one that guesses. So each is shown from another.
pub(super) fn refused_elsewhere(connection: &mut Connection, token: &str) -> anyhow::Result<()> {
    let number = token.bytes().fold(0_u32, |number, byte| number.wrapping_mul(31).wrapping_add(byte.into()));
    let address = format!("2001:db8:{:x}:{:x}::2", number >> 16, number & 0xffff);
    connection.expect(&Ask::get(OWN).bearer(token).from(&address), 401, "").map(drop)
}
