//! Reloads, many a second: a good configuration is in force at the next request, a broken one changes nothing.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::super::ask::Ask;
use super::super::configuration::{TURN, Turn};
use super::super::connection::Connection;
use super::super::ground::Ground;
use super::Worker;

/// How long the gate may take to say what became of a configuration.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(5);

struct Reload {
    ground: Arc<Ground>,
    connection: Connection,
    turns: usize,
    in_force: Turn,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    let connection = Connection::new(ground);
    Box::new(Reload { ground: Arc::clone(ground), connection, turns: 0, in_force: Turn::Open })
}

impl Worker for Reload {
    fn turn(&mut self) -> anyhow::Result<()> {
        let turn = Turn::number(self.turns);
        self.turns += 1;
        let (taken, refused) = self.ground.log.reloads()?;
        self.put(turn)?;
        self.hang_up()?;
        let start = Instant::now();
        let now = loop {
            let now = self.ground.log.reloads()?;
            if now != (taken, refused) {
                break now;
            }
            ensure!(start.elapsed() < PATIENCE, "{turn:?} is neither taken over nor refused");
            thread::sleep(LOOK);
        };
        let expected = if turn.is_good() { (taken + 1, refused) } else { (taken, refused + 1) };
        ensure!(now == expected, "{turn:?}: {now:?} taken and refused in the place of {expected:?}");
        if turn.is_good() {
            self.in_force = turn;
        }
        let status = if self.in_force == Turn::Open { 200 } else { 401 };
        self.connection.expect(&Ask::get(TURN), status, "").map(drop)
    }
}

impl Reload {
    /// In one step, as careful editors do.
    fn put(&self, turn: Turn) -> anyhow::Result<()> {
        let file = &self.ground.file;
        match self.ground.configuration.text(turn) {
            Some(text) => {
                let draft = file.with_extension("draft");
                fs::write(&draft, text)?;
                fs::rename(draft, file)?;
            }
            None => fs::remove_file(file)?,
        }
        Ok(())
    }

    fn hang_up(&self) -> anyhow::Result<()> {
        let status = Command::new("kill").args(["-HUP", &self.ground.process.to_string()]).status()?;
        ensure!(status.success(), "the gate is gone");
        Ok(())
    }
}
