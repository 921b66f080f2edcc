//! What the gate holds of the memory: before anybody came, and with many who are connected over TLS and ask nothing.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::aims::{Bound, Verdict};
use super::contestants::{GATE, GATE_TLS};
use super::cpu::{Memory, mebibytes};
use super::process::{Cores, Process, command};
use super::site::{Pair, Site};

/// So many are connected: as many as the gate takes.
const CONNECTIONS: u64 = 10_000;
/// Files that a process has open besides connections, more or less.
const OTHER_FILES: u64 = 100;

/// MiB.
const IDLE_AT_MOST: f64 = 15.0;
const CROWDED_AT_MOST: f64 = 300.0;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Holdings {
    pub(super) idle: Memory,
    /// So many were connected over TLS.
    pub(super) connections: u64,
    /// None without OpenSSL.
    pub(super) crowded: Option<Memory>,
}

/// A gate as it is set up by itself, with a thread for each core.
pub(super) fn measure(site: &Site) -> anyhow::Result<Holdings> {
    let gate = site.start(&GATE, Cores::All)?.context("there is no gate")?;
    let idle = gate.memory()?;
    drop(gate);
    let connections = CONNECTIONS.min(open_files()?.saturating_sub(OTHER_FILES));
    let crowded = site.certificate.as_ref().map(|pair| crowd(site, pair, connections)).transpose()?;
    Ok(Holdings { idle, connections, crowded })
}

/// Those who are connected ask for the gate's health every few seconds, since it closes what is silent for longer.
fn crowd(site: &Site, pair: &Pair, connections: u64) -> anyhow::Result<Memory> {
    let gate = site.start(&GATE_TLS, Cores::All)?.context("there is no gate")?;
    let mut people = command(&site.binaries.crowd, Cores::All, &site.programs);
    people.arg(gate.address.to_string()).arg(connections.to_string()).arg(&pair.certificate);
    let mut people = Process::start("crowd", people, &site.folder)?;
    let log = people.log().to_owned();
    people.wait_until(|| {
        thread::sleep(Duration::from_millis(50));
        says_that_it_is_complete(&log)
    })?;
    gate.memory()
}

fn says_that_it_is_complete(log: &Path) -> bool {
    fs::read_to_string(log).is_ok_and(|said| said.contains("connected"))
}

/// How many files a process may have open here (proc(5)).
fn open_files() -> anyhow::Result<u64> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    soft_limit(&limits).context("the limit of open files is not known")
}

fn soft_limit(limits: &str) -> Option<u64> {
    let values = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let value = values.split_ascii_whitespace().next()?;
    if value == "unlimited" { Some(u64::MAX) } else { value.parse().ok() }
}

impl Holdings {
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let idle = Verdict::new(
            "memory: idle",
            mebibytes(self.idle.proportional),
            "MiB",
            Bound::AtMost(IDLE_AT_MOST),
        );
        // Fewer than were meant tell nothing about the aim.
        let crowded = self.crowded.filter(|_| self.connections == CONNECTIONS);
        let crowded = crowded.map(|memory| {
            let what = "memory: with 10,000 TLS connections";
            Verdict::new(what, mebibytes(memory.proportional), "MiB", Bound::AtMost(CROWDED_AT_MOST))
        });
        [Some(idle), crowded].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(soft_limit("Max open files   unlimited  unlimited files"), Some(u64::MAX));
        assert_eq!(soft_limit(""), None);
    }

    #[test]
    fn fewer_connections_than_meant_are_no_verdict() {
        let memory = Memory { resident: 1024, proportional: 1024 };
        let holdings = Holdings { idle: memory, connections: 924, crowded: Some(memory) };
        assert_eq!(holdings.verdicts().len(), 1);
        assert_eq!(Holdings { connections: CONNECTIONS, ..holdings }.verdicts().len(), 2);
    }
}
