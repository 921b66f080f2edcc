//! How long it takes from the start of the program to its first answer.

use std::time::Instant;

use serde::Serialize;

use super::Plan;
use super::numbers::median;
use super::process::Cores;
use super::servers::Site;

/// Milliseconds from start to first answer, medians.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Starts {
    pub(super) gate: Option<f64>,
    pub(super) nginx: Option<f64>,
}

/// Starts both several times, by turns.
pub(super) fn measure(site: &Site, plan: Plan) -> anyhow::Result<Starts> {
    let (mut gate, mut nginx) = (Vec::new(), Vec::new());
    for _ in 0..plan.starts {
        let start = Instant::now();
        drop(site.gate(Cores::First, 1)?);
        gate.push(start.elapsed().as_secs_f64() * 1000.0);
        let start = Instant::now();
        if site.nginx()?.is_some() {
            nginx.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(Starts { gate: median(gate), nginx: median(nginx) })
}
