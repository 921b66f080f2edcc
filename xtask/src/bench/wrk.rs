//! The load: wrk, and what it says.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::process::{Cores, pinned};

/// Connections that are kept open.
pub(super) const CONNECTIONS: usize = 64;

/// What is asked for, again and again.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) path: String,
    pub(super) token: String,
    pub(super) turn: Duration,
    pub(super) cores: Cores,
    pub(super) has_taskset: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    pub(super) requests: u64,
    pub(super) per_second: f64,
    /// Milliseconds within which half of the requests were answered.
    pub(super) p50: f64,
    /// Milliseconds within which 99 of 100 were.
    pub(super) p99: f64,
}

/// Runs wrk; an error if any answer was not a good one, since refusals are cheap.
pub(super) fn run(load: &Load) -> anyhow::Result<Outcome> {
    let mut command = pinned(Path::new("wrk"), load.cores, load.has_taskset);
    command.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", load.turn.as_secs()), "--latency"]);
    command.args(["-H", &format!("Authorization: Bearer {}", load.token)]);
    let output = command
        .arg(format!("http://{}{}", load.address, load.path))
        .output()
        .context("wrk does not start")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = said.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors"));
    ensure!(complaint.is_none(), "wrk of {}: {}", load.address, complaint.unwrap_or_default().trim());
    read(&said).with_context(|| format!("wrk said what nobody understands:\n{said}"))
}

fn read(said: &str) -> Option<Outcome> {
    let line = |key: &str| said.lines().map(str::trim).find_map(|line| line.strip_prefix(key)).map(str::trim);
    let requests = said.lines().find(|line| line.contains(" requests in "))?;
    Some(Outcome {
        requests: requests.split_whitespace().next()?.parse().ok()?,
        per_second: line("Requests/sec:")?.parse().ok()?,
        p50: milliseconds(line("50%")?)?,
        p99: milliseconds(line("99%")?)?,
    })
}

fn milliseconds(text: &str) -> Option<f64> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (value, unit) = text.split_at(unit);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    Some(value.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_understood() {
        let said = "Running 5s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  \
                    Latency Distribution\n     50%    1.25ms\n     75%    2.00ms\n     90%  900.00us\n     \
                    99%    1.10s \n  48211 requests in 5.00s, 60.1MB read\nRequests/sec:   9642.20\n";
        let outcome = Outcome { requests: 48_211, per_second: 9642.2, p50: 1.25, p99: 1100.0 };
        assert_eq!(read(said), Some(outcome));
        assert_eq!(read("unable to connect"), None);
    }
}
