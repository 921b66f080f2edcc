//! How long it takes from the start of the program to its first answer.

use std::time::Instant;

use serde::Serialize;

use super::Plan;
use super::aims::{Bound, Verdict};
use super::contestants::{Contestant, GATE, NGINX};
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

/// Starts both several times, by turns.
pub(super) fn measure(site: &Site, plan: Plan) -> anyhow::Result<Starts> {
    let (mut gate, mut nginx) = (Vec::new(), Vec::new());
    for _ in 0..plan.starts {
        gate.extend(once(site, &GATE)?);
        nginx.extend(once(site, &NGINX)?);
    }
    Ok(Starts { gate: median(gate).unwrap_or(f64::NAN), nginx: median(nginx) })
}

fn once(site: &Site, who: &Contestant) -> anyhow::Result<Option<f64>> {
    let start = Instant::now();
    let server = site.start(who, Cores::First)?;
    Ok(server.map(|_| start.elapsed().as_secs_f64() * 1000.0))
}

impl Starts {
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::new("starts: start to first answer", self.gate, "ms", Bound::AtMost(AT_MOST))
    }
}
