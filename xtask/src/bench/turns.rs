//! Those who answer one request have their turns one after the other, so that whatever else the machine does falls on all
//! alike. Ratios are taken within each round.

use serde::Serialize;

use super::aims::Verdict;
use super::contestants::{Contestant, Server};
use super::cpu::{CpuTime, Memory};
use super::numbers::median;
use super::process::Cores;
use super::site::Site;
use super::works::{Aim, Work};
use super::wrk::{Load, Outcome};
use super::{Plan, say};

/// What was found of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// The first is the one that others are put beside.
    pub(super) costs: Vec<Cost>,
    /// Who was to take part and could not, and why.
    pub(super) left_out: Vec<String>,
    pub(super) verdicts: Vec<Verdict>,
}

/// What was found of one who answers it: medians of the rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Cost {
    pub(super) name: &'static str,
    /// Microseconds of processor time for one request.
    pub(super) request: CpuTime,
    /// The same, divided by that of the first.
    pub(super) beside_first: f64,
    /// Requests in a second.
    pub(super) per_second: f64,
    /// Milliseconds within which 99 of 100 requests were answered.
    pub(super) p99: f64,
    /// Before the first request.
    pub(super) idle: Memory,
    /// After the last one.
    pub(super) after: Memory,
}

/// All get their turns; the first ones only warm them up. Nothing is found without wrk.
pub(super) fn measure(site: &Site, plan: Plan, work: &Work) -> anyhow::Result<Option<Found>> {
    if !site.programs.has("wrk") {
        return Ok(None);
    }
    let mut left_out = Vec::new();
    let mut players = Vec::new();
    for who in work.contestants {
        match Player::new(site, plan, work, who) {
            Ok(Some(player)) => players.push(Some(player)),
            Ok(None) => {
                left_out.push(format!("{} is not installed", who.name));
                players.push(None);
            }
            // What is not ours does not hold up the rest.
            Err(error) if who.program.is_some() => {
                left_out.push(format!("{error:#}"));
                players.push(None);
            }
            Err(error) => return Err(error),
        }
    }
    for round in 1..=plan.rounds {
        say(&format!("{}: round {round} of {}", work.part.name(), plan.rounds));
        for player in players.iter_mut().flatten() {
            player.take_turn(site, plan)?;
        }
    }
    let first = players.iter().flatten().next().map(|first| first.turns.clone()).unwrap_or_default();
    let costs = players.iter().flatten().map(|player| player.cost(&first));
    let costs = costs.collect::<anyhow::Result<_>>()?;
    let verdicts = work.aims.iter().filter_map(|aim| verdict(work, *aim, &players)).collect();
    Ok(Some(Found { name: work.part.name(), title: work.title, costs, left_out, verdicts }))
}

/// None if one of those who are compared did not take part.
fn verdict(work: &Work, aim: Aim, players: &[Option<Player>]) -> Option<Verdict> {
    let player = |index: usize| players.get(index)?.as_ref();
    let name = work.part.name();
    match aim {
        Aim::Beside { who, other, .. } => {
            let (who, other) = (player(who)?, player(other)?);
            let what = format!("{name}: {} beside {}", who.name, other.name);
            Some(Verdict::new(what, ratio(&who.turns, &other.turns)?, "", aim.bound()))
        }
        Aim::PerCore { .. } => {
            let time = median(player(0)?.turns.iter().map(|turn| turn.request.total()))?;
            Some(Verdict::new(format!("{name}: a second and core"), 1e6 / time, "", aim.bound()))
        }
    }
}

/// Processor time of a request beside that of another, in the round in the middle.
fn ratio(turns: &[Turn], others: &[Turn]) -> Option<f64> {
    median(turns.iter().zip(others).map(|(turn, other)| turn.request.total() / other.request.total()))
}

/// A server under load, and how its turns went.
struct Player {
    name: &'static str,
    server: Server,
    load: Load,
    idle: Memory,
    turns: Vec<Turn>,
}

#[derive(Clone, Copy)]
struct Turn {
    request: CpuTime,
    outcome: Outcome,
}

impl Player {
    /// None if its program is not here.
    fn new(site: &Site, plan: Plan, work: &Work, who: &Contestant) -> anyhow::Result<Option<Self>> {
        let Some(server) = site.start(who, Cores::First)? else { return Ok(None) };
        Load::try_once(&server, &work.ask)?;
        let load = Load::new(&server, &work.ask, Cores::Second);
        let idle = server.memory()?;
        load.run(site, plan.warm_up)?;
        Ok(Some(Self { name: who.name, server, load, idle, turns: vec![] }))
    }

    fn take_turn(&mut self, site: &Site, plan: Plan) -> anyhow::Result<()> {
        let before = self.server.cpu_time()?;
        let outcome = self.load.run(site, plan.turn)?;
        let spent = self.server.cpu_time()? - before;
        self.turns.push(Turn { request: spent.per(outcome.requests), outcome });
        Ok(())
    }

    fn cost(&self, first: &[Turn]) -> anyhow::Result<Cost> {
        let middle = |value: fn(&Turn) -> f64| median(self.turns.iter().map(value)).unwrap_or(f64::NAN);
        Ok(Cost {
            name: self.name,
            request: CpuTime {
                user: middle(|turn| turn.request.user),
                system: middle(|turn| turn.request.system),
            },
            beside_first: ratio(&self.turns, first).unwrap_or(f64::NAN),
            per_second: middle(|turn| turn.outcome.per_second),
            p99: middle(|turn| turn.outcome.p99),
            idle: self.idle,
            after: self.server.memory()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(user: f64, system: f64) -> Turn {
        let outcome = Outcome { requests: 1, per_second: 1.0, p50: 1.0, p99: 1.0 };
        Turn { request: CpuTime { user, system }, outcome }
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        // A machine that slows down for a round slows down both.
        let (ours, theirs) =
            ([turn(5.0, 5.0), turn(50.0, 50.0), turn(6.0, 6.0)], [turn(8.0, 2.0), turn(90.0, 10.0)]);
        assert_eq!(ratio(&ours, &theirs), Some(1.0));
        assert_eq!(ratio(&ours, &[]), None);
    }
}
