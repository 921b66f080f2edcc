//! A verified request through the gate beside the same request through nginx: processor time and memory.
//!
//! Both stand before the same upstream on the same core and have their turns one after the other, so that whatever else
//! the machine does falls on both alike. The ratio is taken within each round.

use serde::Serialize;

use super::cpu::{CpuTime, Memory};
use super::numbers::median;
use super::process::Cores;
use super::servers::{Server, Site, token};
use super::wrk::{self, Load, Outcome};
use super::{Plan, say};

/// What was found, of one server.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Cost {
    /// Microseconds of processor time for one request.
    pub(super) request: CpuTime,
    /// Requests in a second.
    pub(super) per_second: f64,
    /// Milliseconds within which 99 of 100 requests were answered.
    pub(super) p99: f64,
    /// Before the first request.
    pub(super) idle: Memory,
    /// After the last one.
    pub(super) after: Memory,
}

/// What was found, beside one another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Requests {
    /// None without wrk.
    pub(super) gate: Option<Cost>,
    /// None without nginx.
    pub(super) nginx: Option<Cost>,
    /// Processor time of a request: the gate's divided by nginx's, in each round.
    pub(super) ratios: Vec<f64>,
    pub(super) rounds: usize,
    /// Seconds of each turn.
    pub(super) turn: u64,
}

impl Requests {
    /// The ratio in the middle.
    pub(super) fn ratio(&self) -> Option<f64> {
        median(self.ratios.iter().copied())
    }
}

/// Both servers get their turns; the first ones only warm them up.
pub(super) fn measure(site: &Site, plan: Plan) -> anyhow::Result<Requests> {
    let Plan { rounds, turn, .. } = plan;
    let mut found = Requests { gate: None, nginx: None, ratios: vec![], rounds, turn: turn.as_secs() };
    if site.tools.wrk.is_none() {
        return Ok(found);
    }
    let gate = site.gate(Cores::First, 1)?;
    let token = token(&gate)?;
    let load = |server: &Server| Load {
        address: server.address,
        path: site.path().to_owned(),
        token: token.clone(),
        turn,
        cores: Cores::Second,
        has_taskset: site.tools.taskset.is_some(),
    };
    let mut gate = Contestant::new(gate, load)?;
    let mut nginx = site.nginx()?.map(|nginx| Contestant::new(nginx, load)).transpose()?;
    for round in 1..=rounds {
        say(&format!("round {round} of {rounds}"));
        gate.take_turn()?;
        if let Some(nginx) = &mut nginx {
            nginx.take_turn()?;
        }
    }
    if let Some(nginx) = &nginx {
        let pairs = gate.turns.iter().zip(&nginx.turns);
        found.ratios = pairs.map(|(gate, nginx)| gate.request.total() / nginx.request.total()).collect();
        found.nginx = nginx.cost()?;
    }
    found.gate = gate.cost()?;
    Ok(found)
}

/// A server under load, and how its turns went.
struct Contestant {
    server: Server,
    load: Load,
    idle: Memory,
    turns: Vec<Turn>,
}

struct Turn {
    request: CpuTime,
    outcome: Outcome,
}

impl Contestant {
    fn new(server: Server, load: impl Fn(&Server) -> Load) -> anyhow::Result<Self> {
        let (load, idle) = (load(&server), server.process.memory()?);
        let mut contestant = Self { server, load, idle, turns: vec![] };
        contestant.take_turn()?;
        contestant.turns.clear();
        Ok(contestant)
    }

    fn take_turn(&mut self) -> anyhow::Result<()> {
        let before = self.server.process.cpu_time()?;
        let outcome = wrk::run(&self.load)?;
        let spent = self.server.process.cpu_time()? - before;
        self.turns.push(Turn { request: spent.per(outcome.requests), outcome });
        Ok(())
    }

    fn cost(&self) -> anyhow::Result<Option<Cost>> {
        let middle = |value: fn(&Turn) -> f64| median(self.turns.iter().map(value));
        let after = self.server.process.memory()?;
        let cost = || {
            Some(Cost {
                request: CpuTime {
                    user: middle(|turn| turn.request.user)?,
                    system: middle(|turn| turn.request.system)?,
                },
                per_second: middle(|turn| turn.outcome.per_second)?,
                p99: middle(|turn| turn.outcome.p99)?,
                idle: self.idle,
                after,
            })
        };
        Ok(cost())
    }
}
