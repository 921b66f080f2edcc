//! The command line beside the gate: a user is deactivated and activated again, and the gate follows.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::super::ask::Ask;
use super::super::connection::{Connection, OWN};
use super::super::ground::Ground;
use super::Worker;
use super::wallet::Pair;

/// It is a second, of a machine that has nothing else to do.
const IN_FORCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

struct CommandLine {
    ground: Arc<Ground>,
    connection: Connection,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(CommandLine { ground: Arc::clone(ground), connection: Connection::new(ground) })
}

impl Worker for CommandLine {
    fn turn(&mut self) -> anyhow::Result<()> {
        let token = Pair::login(&mut self.connection, "switched")?.token;
        self.connection.expect(&Ask::get(OWN).bearer(&token), 200, "switched")?;
        self.ground.beside.run(&["user", "deactivate", "switched"], "")?;
        let start = Instant::now();
        while self.connection.send(&Ask::get(OWN).bearer(&token))?.status != 401 {
            ensure!(start.elapsed() < IN_FORCE, "deactivated for {IN_FORCE:?}, and let in");
            thread::sleep(LOOK);
        }
        self.ground.beside.run(&["user", "activate", "switched"], "").map(drop)
    }
}
