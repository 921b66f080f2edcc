//! A few who ask now and then, as people and scripts do: what they wait for while others keep the cores busy.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::http::Connection;
use super::numbers::percentile;
use super::site::PATH;

/// So many ask.
const PEOPLE: u32 = 8;
/// As often as this, each: 400 requests a second in all, which takes a few hundredths of a core.
const PERIOD: Duration = Duration::from_millis(20);

/// Milliseconds within which 99 of 100 verified requests are answered during a turn.
pub(super) fn p99(address: SocketAddr, token: &str, turn: Duration) -> anyhow::Result<f64> {
    let start = Instant::now();
    let waits = thread::scope(|scope| {
        let people: Vec<_> = (0..PEOPLE)
            .map(|number| {
                // One after the other, not all at once.
                let first = start + PERIOD * number / PEOPLE;
                scope.spawn(move || ask_until(first, start + turn, address, token))
            })
            .collect();
        let waits = people.into_iter().map(|person| person.join().unwrap_or_else(|_| Ok(Vec::new())));
        waits.collect::<anyhow::Result<Vec<_>>>()
    })?;
    percentile(waits.into_iter().flatten(), 0.99).context("nothing was asked for")
}

/// What one waited each time, in milliseconds. Who is answered so late that the next question is due already has waited
/// since then, or the worst would be left out.
fn ask_until(mut due: Instant, end: Instant, address: SocketAddr, token: &str) -> anyhow::Result<Vec<f64>> {
    let mut connection = Connection::to(address)?;
    let mut waits = Vec::new();
    while due < end {
        let now = Instant::now();
        let since = if now < due {
            thread::sleep(due - now);
            Instant::now()
        } else {
            due
        };
        let answer = connection.get(PATH, token)?;
        ensure!(answer.status == 200, "a verified request was refused: {answer:?}");
        waits.push(since.elapsed().as_secs_f64() * 1000.0);
        due += PERIOD;
    }
    Ok(waits)
}
