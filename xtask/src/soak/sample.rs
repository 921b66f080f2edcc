//! What a process holds at one moment (proc(5)).

use std::fs;

use anyhow::Context as _;
use serde::Serialize;

use crate::bench::cpu::{Memory, mebibytes};

/// Memory, descriptors, threads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Sample {
    /// Since the load began, in seconds.
    pub(super) second: f64,
    pub(super) memory: Memory,
    /// But for those of the database's file.
    pub(super) descriptors: u64,
    /// Of the database's file, and not of what is beside it.
    pub(super) of_database: u64,
    pub(super) threads: u64,
}

impl Sample {
    pub(super) fn of(process: u32, second: f64) -> anyhow::Result<Self> {
        let gone = || format!("process {process} is gone");
        let memory = Memory::of(process).with_context(gone)?;
        let (mut descriptors, mut of_database) = (0, 0);
        for descriptor in fs::read_dir(format!("/proc/{process}/fd")).with_context(gone)? {
            // One that has been closed meanwhile leads nowhere.
            let Ok(leads_to) = fs::read_link(descriptor.with_context(gone)?.path()) else { continue };
            let is_of_database = leads_to.extension().is_some_and(|extension| extension == "db");
            *(if is_of_database { &mut of_database } else { &mut descriptors }) += 1;
        }
        let threads = fs::read_dir(format!("/proc/{process}/task")).with_context(gone)?.count();
        Ok(Self { second, memory, descriptors, of_database, threads: u64::try_from(threads)? })
    }

    /// MiB that are the process's own share.
    pub(super) fn mebibytes(&self) -> f64 {
        mebibytes(self.memory.proportional)
    }

    /// As many descriptors and threads.
    pub(super) fn rests_as(&self, other: &Self) -> bool {
        let held = |of: &Self| (of.descriptors, of.of_database, of.threads);
        held(self) == held(other)
    }
}

/// How much a value grows in a second, by the line that fits best (least squares). None of fewer than two points.
pub(super) fn slope(points: &[(f64, f64)]) -> f64 {
    let mean = |of: fn(&(f64, f64)) -> f64| {
        points.iter().map(of).sum::<f64>() / crate::bench::numbers::number(points.len().max(1) as u64)
    };
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let products: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let squares: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if squares > 0.0 { products / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_holds_what_the_kernel_says() {
        let own = Sample::of(std::process::id(), 1.0).unwrap();
        assert!(own.mebibytes() > 0.1 && own.descriptors > 2 && own.threads > 0, "{own:?}");
        assert!(Sample::of(u32::MAX, 1.0).is_err());
    }

    #[test]
    fn the_slope_is_that_of_the_line_among_the_points() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        close(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), 2.0);
        close(slope(&[(0.0, 1.0), (1.0, 2.0), (2.0, 0.0), (3.0, 1.0)]), -0.2);
        close(slope(&[(5.0, 1.0)]), 0.0);
        close(slope(&[]), 0.0);
    }
}
