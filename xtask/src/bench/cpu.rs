//! What the kernel says that a process has used (proc(5)).

use std::fs;
use std::iter::Sum;
use std::ops::Sub;

use anyhow::Context as _;
use serde::Serialize;

use super::numbers::number;

/// Microseconds of one tick: Linux counts 100 of them a second for programs, whatever it counts inside.
const TICK: f64 = 10_000.0;

/// Time on the processors, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct CpuTime {
    /// In the program itself.
    pub(super) user: f64,
    /// In the kernel on its behalf.
    pub(super) system: f64,
}

impl CpuTime {
    /// What a process has used since it began, all threads together.
    pub(super) fn of(process: u32) -> anyhow::Result<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{process}/stat"))?)
            .context("no times in the process's state")
    }

    /// The name of the program, in parentheses, may hold anything; the fields behind it are numbers.
    fn read(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_ascii_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse().ok().map(number);
        Some(Self { user: ticks()? * TICK, system: ticks()? * TICK })
    }

    pub(super) fn total(self) -> f64 {
        self.user + self.system
    }

    /// The share of each of so many requests.
    pub(super) fn per(self, requests: u64) -> Self {
        let requests = number(requests);
        Self { user: self.user / requests, system: self.system / requests }
    }
}

impl Sub for CpuTime {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { user: self.user - earlier.user, system: self.system - earlier.system }
    }
}

impl Sum for CpuTime {
    fn sum<I: Iterator<Item = Self>>(times: I) -> Self {
        times.fold(Self { user: 0.0, system: 0.0 }, |sum, time| Self {
            user: sum.user + time.user,
            system: sum.system + time.system,
        })
    }
}

/// Memory, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// What is in memory of the process, shared libraries included.
    pub(crate) resident: u64,
    /// The same, with what is shared divided among those who share it.
    pub(crate) proportional: u64,
}

impl Memory {
    pub(crate) fn of(process: u32) -> anyhow::Result<Self> {
        let resident = kibibytes(&fs::read_to_string(format!("/proc/{process}/status"))?, "VmRSS:");
        let proportional = kibibytes(&fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?, "Pss:");
        Ok(Self { resident: resident.context("no VmRSS")?, proportional: proportional.context("no Pss")? })
    }
}

/// KiB as MiB.
pub(crate) fn mebibytes(kibibytes: u64) -> f64 {
    number(kibibytes) / 1024.0
}

impl Sum for Memory {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self { resident: 0, proportional: 0 }, |sum, share| Self {
            resident: sum.resident + share.resident,
            proportional: sum.proportional + share.proportional,
        })
    }
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "4711 (a ) b) S 1 2 3 4 -1 6 7 8 9 10 250 50 0 0 20 0 1";
        assert_eq!(CpuTime::read(stat), Some(CpuTime { user: 2_500_000.0, system: 500_000.0 }));
        assert_eq!(CpuTime::read("4711 (a) S 1"), None);
    }

    #[test]
    fn a_request_has_its_share() {
        let spent = CpuTime { user: 500.0, system: 100.0 } - CpuTime { user: 100.0, system: 0.0 };
        assert_eq!(spent.per(100), CpuTime { user: 4.0, system: 1.0 });
    }

    #[test]
    fn several_processes_count_together() {
        let times = [CpuTime { user: 1.0, system: 2.0 }, CpuTime { user: 10.0, system: 20.0 }];
        assert_eq!(times.into_iter().sum::<CpuTime>(), CpuTime { user: 11.0, system: 22.0 });
        let shares = [Memory { resident: 2, proportional: 1 }, Memory { resident: 20, proportional: 10 }];
        assert_eq!(shares.into_iter().sum::<Memory>(), Memory { resident: 22, proportional: 11 });
    }

    #[test]
    fn memory_is_read_by_its_name() {
        let status = "VmHWM:\t  2000 kB\nVmRSS:\t  1234 kB\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(1234));
        assert_eq!(kibibytes(status, "Pss:"), None);
    }
}
