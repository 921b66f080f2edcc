//! The load: who does what, how often, and for how long.

mod aborts;
mod beside;
mod elsewhere;
mod endings;
mod handshakes;
mod machines;
mod opaque;
mod personal;
mod readers;
mod refresh;
mod reloads;
mod slow;
mod strangers;
mod wallet;
mod writers;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::ground::Ground;

/// Somebody who does something again and again.
pub(super) trait Worker {
    /// Does it once; an error is what was not as it should be.
    fn turn(&mut self) -> anyhow::Result<()>;
}

/// What somebody does, and how long he rests in between.
struct Job {
    name: &'static str,
    rest: Duration,
    begin: fn(&Arc<Ground>) -> Box<dyn Worker>,
}

/// Everybody. Those who log in rest long: each login holds a core for a fifth of a second.
const JOBS: &[Job] = &[
    Job::new("reader", 10, readers::begin),
    Job::new("reader", 10, readers::begin),
    Job::new("reader", 100, readers::begin),
    Job::new("writer", 30, writers::begin),
    Job::new("stranger", 20, strangers::begin),
    Job::new("guesser", 3_000, strangers::begin_guessing),
    Job::new("slow head", 100, slow::begin_head),
    Job::new("slow body", 100, slow::begin_body),
    Job::new("head without end", 100, slow::begin_endless),
    Job::new("abort", 150, aborts::begin),
    Job::new("endings", 3_000, endings::begin),
    Job::new("command line", 4_000, beside::begin),
    Job::new("refresh", 4_000, refresh::begin),
    Job::new("machine", 100, machines::begin),
    Job::new("opaque", 5_000, opaque::begin),
    Job::new("personal", 200, personal::begin),
    Job::new("reload", 60, reloads::begin),
];

/// With TLS only.
const TLS_JOBS: &[Job] = &[Job::new("handshake", 100, handshakes::begin)];

/// How long the last turns may take when all are to stop.
const PATIENCE: Duration = Duration::from_mins(2);

/// People at work. They stop when they are told to.
pub(super) struct Load {
    ground: Arc<Ground>,
    people: Vec<(&'static str, JoinHandle<()>)>,
}

impl Load {
    /// Everybody begins.
    pub(super) fn begin(ground: &Arc<Ground>) -> Self {
        ground.begin();
        let jobs = JOBS.iter().chain(TLS_JOBS.iter().filter(|_| ground.tls));
        let people = jobs.map(|job| {
            let ground = Arc::clone(ground);
            (job.name, thread::spawn(move || job.work(&ground)))
        });
        Self { ground: Arc::clone(ground), people: people.collect() }
    }

    /// Everybody is told to stop.
    pub(super) fn stop(&self) {
        self.ground.stop();
    }

    /// Waits until everybody has come to the end of what he was at.
    pub(super) fn end(self) -> anyhow::Result<()> {
        let start = Instant::now();
        for (name, person) in self.people {
            while !person.is_finished() {
                ensure!(start.elapsed() < PATIENCE, "{name} gets no answer and no end of the connection");
                thread::sleep(Duration::from_millis(20));
            }
            ensure!(person.join().is_ok(), "{name} panicked");
        }
        Ok(())
    }
}

impl Job {
    const fn new(name: &'static str, rest: u64, begin: fn(&Arc<Ground>) -> Box<dyn Worker>) -> Self {
        Self { name, rest: Duration::from_millis(rest), begin }
    }

    /// Whoever has failed begins anew.
    fn work(&self, ground: &Arc<Ground>) {
        let mut worker = (self.begin)(ground);
        while !ground.is_stopping() {
            match worker.turn() {
                Ok(()) => ground.tally.done(self.name),
                Err(error) => {
                    ground.tally.failed(self.name, &format!("{error:#}"));
                    worker = (self.begin)(ground);
                }
            }
            ground.rest(self.rest);
        }
    }
}
