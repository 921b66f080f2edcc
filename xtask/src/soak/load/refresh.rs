//! Refresh tokens: each is good once, and one that is shown again ends all that came of the login.

use std::sync::Arc;

use super::super::ask::Ask;
use super::super::connection::{Connection, OWN};
use super::super::ground::Ground;
use super::Worker;
use super::elsewhere::elsewhere;
use super::wallet::Pair;

/// How often somebody stays logged in.
const TIMES: usize = 5;

struct Refresh(Connection);

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Refresh(Connection::new(ground)))
}

impl Worker for Refresh {
    fn turn(&mut self) -> anyhow::Result<()> {
        let first = Pair::login(&mut self.0, "reader")?;
        let mut last = first.next(&mut self.0)?;
        for _ in 1..TIMES {
            last = last.next(&mut self.0)?;
            self.0.expect(&Ask::get(OWN).bearer(&last.token), 200, "reader")?;
        }
        self.0.expect(&first.refreshing(), 400, "invalid_grant")?;
        let again = last.refreshing().from(&elsewhere(&last.refresh));
        self.0.expect(&again, 400, "invalid_grant")?;
        self.0.expect_refused(&last.token)
    }
}
