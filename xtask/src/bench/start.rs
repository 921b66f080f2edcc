//! How long it takes from the start of the program to its first answer.

use std::time::Instant;

use serde::Serialize;

use super::Plan;
use super::aims::{Bound, Verdict};
use super::contestants::{GATE, NGINX};
use super::numbers::median;
use super::process::Cores;
use super::site::Site;

/// Milliseconds.
const AT_MOST: f64 = 30.0;

/// Milliseconds from start to first answer, medians.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Starts {
    pub(super) gate: f64,
    pub(super) nginx: Option<f64>,
}

/// Starts both several times, by turns, and each once before: what is made at the very first start is there then.
pub(super) fn measure(site: &Site, plan: Plan) -> anyhow::Result<Starts> {
    let stands = [site.stand(&GATE, Cores::First)?, site.stand(&NGINX, Cores::First)?];
    for stand in stands.iter().flatten() {
        stand.start()?;
    }
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..plan.starts {
        for (stand, times) in stands.iter().zip(&mut times) {
            let Some(stand) = stand else { continue };
            let start = Instant::now();
            let server = stand.start()?;
            times.push(start.elapsed().as_secs_f64() * 1000.0);
            drop(server);
        }
    }
    let [gate, nginx] = times.map(median);
    Ok(Starts { gate: gate.unwrap_or(f64::NAN), nginx })
}

impl Starts {
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::new("starts: start to first answer", self.gate, "ms", Bound::AtMost(AT_MOST))
    }
}
