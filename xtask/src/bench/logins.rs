//! Logins beside one bcrypt, and what a storm of them does to those who are logged in.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use super::Plan;
use super::aims::{Bound, Verdict};
use super::contestants::{GATE, LOGIN, Server, credentials};
use super::http::Connection;
use super::numbers::{median, number};
use super::paced;
use super::process::Cores;
use super::site::Site;

/// Milliseconds within which 99 of 100 verified requests are to be answered in a storm of logins.
const AT_MOST: f64 = 4.0;

/// So many log in at once for each core: one is worked on, the others wait, and none is turned away.
const AT_ONCE: usize = 4;

/// What logins cost, and what they cost others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Logins {
    pub(super) per_second: f64,
    /// How much of what the cores could hash was logins: 1 would be bcrypt and nothing else.
    pub(super) share: Option<f64>,
    pub(super) storm: Storm,
}

/// Verified requests while everybody logs in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Storm {
    /// Milliseconds within which 99 of 100 requests were answered, while nobody logged in.
    pub(super) quiet_p99: f64,
    /// The same, in the storm.
    pub(super) p99: f64,
    /// Logins in a second, beside those requests.
    pub(super) logins: f64,
}

impl Logins {
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::new("logins: 99 of 100 requests in a storm", self.storm.p99, "ms", Bound::AtMost(AT_MOST))
    }
}

/// A gate on all cores; `one_bcrypt` is in seconds.
pub(super) fn measure(site: &Site, plan: Plan, one_bcrypt: Option<f64>) -> anyhow::Result<Logins> {
    let cores = thread::available_parallelism()?.get();
    let gate = site.start(&GATE, Cores::All)?.context("there is no gate")?;
    let per_second = during(gate.address, cores * AT_ONCE, || thread::sleep(plan.turn * 2)).1;
    let share = one_bcrypt.map(|one| per_second * one / number(cores as u64));
    let storm = storm(&gate, cores, plan)?;
    Ok(Logins { per_second, share, storm })
}

/// The same requests by turns: while nobody logs in, and while many do.
fn storm(gate: &Server, cores: usize, plan: Plan) -> anyhow::Result<Storm> {
    let (mut quiet, mut stormy, mut logins) = (vec![], vec![], vec![]);
    for _ in 0..plan.rounds {
        let ask = || paced::p99(gate.address, &gate.token, plan.turn);
        quiet.push(ask()?);
        let (p99, rate) = during(gate.address, cores * AT_ONCE, ask);
        stormy.push(p99?);
        logins.push(rate);
    }
    let middle = |values| median(values).unwrap_or(f64::NAN);
    Ok(Storm { quiet_p99: middle(quiet), p99: middle(stormy), logins: middle(logins) })
}

/// Does something while so many log in again and again, and tells how many logins a second succeeded meanwhile.
fn during<T>(gate: SocketAddr, at_once: usize, work: impl FnOnce() -> T) -> (T, f64) {
    let (over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| log_in_until(&over, &done, gate));
        }
        let (start, before) = (Instant::now(), done.load(Ordering::Relaxed));
        let result = work();
        let rate = number(done.load(Ordering::Relaxed) - before) / start.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        (result, rate)
    })
}

fn log_in_until(over: &AtomicBool, done: &AtomicU64, gate: SocketAddr) {
    let body = credentials();
    let Ok(mut connection) = Connection::to(gate) else { return };
    while !over.load(Ordering::Relaxed) {
        match connection.post_json(LOGIN, &body) {
            Ok(answer) if answer.status == 200 => {
                done.fetch_add(1, Ordering::Relaxed);
            }
            // Turned away: it is no login, and it must not become a busy loop.
            Ok(_) => thread::sleep(Duration::from_millis(50)),
            Err(_) => return,
        }
    }
}
