//! The report: each piece of the work with what its ratios were made of, and at the end what is aimed at.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;

use super::aims::{Bound, Verdict};
use super::cpu::mebibytes;
use super::logins::{Logins, Storm};
use super::machine::Machine;
use super::memory::Holdings;
use super::micro::{self, Timing};
use super::start::Starts;
use super::table::{compared, figure, row, time};
use super::turns::{Cost, Found};
use super::wrk::CONNECTIONS;

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    pub(super) quick: bool,
    pub(super) machine: Machine,
    pub(super) rounds: usize,
    /// Seconds of each turn.
    pub(super) turn: u64,
    pub(super) micro: Vec<Timing>,
    pub(super) starts: Option<Starts>,
    pub(super) works: Vec<Found>,
    pub(super) logins: Option<Logins>,
    pub(super) memory: Option<Holdings>,
}

impl Report {
    /// Every figure that something is aimed at for.
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts: Vec<Verdict> =
            self.works.iter().flat_map(|found| found.verdicts.iter().cloned()).collect();
        verdicts.extend(self.logins.as_ref().map(Logins::verdict));
        verdicts.extend(self.memory.iter().flat_map(Holdings::verdicts));
        verdicts.extend(self.starts.as_ref().map(Starts::verdict));
        verdicts.extend(micro::verdicts(&self.micro));
        verdicts
    }

    /// For a program.
    pub(super) fn as_json(&self) -> anyhow::Result<String> {
        let mut report = serde_json::to_value(self)?;
        let members = report.as_object_mut().context("a report is an object")?;
        members.insert("verdicts".to_owned(), json!(self.verdicts()));
        members.insert("reservations".to_owned(), json!(self.machine.reservations()));
        Ok(serde_json::to_string_pretty(&report)?)
    }

    /// For a person.
    pub(super) fn as_text(&self) -> String {
        let mut sections = vec![self.of_machine(), self.of_parts(), self.of_starts()];
        sections.extend(self.works.iter().map(|found| self.of_work(found)));
        sections.extend([self.of_logins(), self.of_memory(), self.of_aims()]);
        sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn of_machine(&self) -> String {
        let Machine { cores, processor, kernel, programs, .. } = &self.machine;
        let mut text = format!("{cores} cores, {processor}, Linux {kernel}\n{}\n", programs.versions());
        if self.quick {
            text += "short rounds: to see that it works, not to quote\n";
        }
        for reservation in self.machine.reservations() {
            let _ = writeln!(text, "note: {reservation}");
        }
        text
    }

    fn of_parts(&self) -> String {
        if self.micro.is_empty() {
            return String::new();
        }
        let rows = self.micro.iter().map(|Timing { name, nanoseconds }| row(name, &[&time(*nanoseconds)]));
        row("parts", &["median"]) + &rows.collect::<String>()
    }

    fn of_starts(&self) -> String {
        let Some(Starts { gate, nginx }) = self.starts else { return String::new() };
        row("", &["portcullis", "nginx", "ratio"]) + &compared("start to first answer", gate, nginx, "ms")
    }

    fn of_work(&self, found: &Found) -> String {
        let Self { rounds, turn, .. } = self;
        let mut text = format!(
            "{}: {}; {CONNECTIONS} connections that are kept, {rounds} rounds of {turn} s by turns, medians\n",
            found.name, found.title
        );
        text += &row(
            "",
            &["user", "system", "both", "of the first", "a second", "p99", "resident idle", "after"],
        );
        text.extend(found.costs.iter().map(of_cost));
        for reason in &found.left_out {
            let _ = writeln!(text, "left out: {reason}");
        }
        text
    }

    fn of_logins(&self) -> String {
        let Some(Logins { per_second, share, storm }) = self.logins else { return String::new() };
        let mut text = row("logins", &[]);
        text += &row("logins a second", &[&format!("{per_second:.2}")]);
        if let Some(share) = share {
            text += &row("of what the cores can hash", &[&format!("{share:.2}")]);
        }
        let Storm { quiet_p99, p99, logins } = storm;
        text += "\n";
        text += &row("verified requests", &["in a storm", "quiet", "ratio"]);
        text += &compared("99 of 100 within", p99, Some(quiet_p99), "ms");
        text += &row("logins a second", &[&format!("{logins:.2}")]);
        text
    }

    fn of_memory(&self) -> String {
        let Some(Holdings { idle, connections, crowded }) = self.memory else { return String::new() };
        let mut text = row("memory", &[]) + &row("idle", &[&figure(mebibytes(idle.proportional), "MiB")]);
        if let Some(crowded) = crowded {
            let name = format!("{connections} TLS connections");
            text += &row(&name, &[&figure(mebibytes(crowded.proportional), "MiB")]);
        }
        text
    }

    fn of_aims(&self) -> String {
        let verdicts = self.verdicts();
        if verdicts.is_empty() {
            return String::new();
        }
        aim("what is aimed at", "found", "aim", "") + &verdicts.iter().map(of_verdict).collect::<String>()
    }
}

fn of_cost(cost: &Cost) -> String {
    let Cost { name, request, beside_first, per_second, p99, idle, after } = cost;
    let cells = [
        figure(request.user, "µs"),
        figure(request.system, "µs"),
        figure(request.total(), "µs"),
        figure(*beside_first, ""),
        format!("{per_second:.0}"),
        figure(*p99, "ms"),
        // Several of them may share a program here, so the share of each would tell too little.
        figure(mebibytes(idle.resident), "MiB"),
        figure(mebibytes(after.resident), "MiB"),
    ];
    row(name, &cells.each_ref().map(String::as_str))
}

fn of_verdict(verdict: &Verdict) -> String {
    let Verdict { what, found, unit, bound, reached } = verdict;
    let bound = match bound {
        Bound::AtMost(most) => format!("at most {}", figure(*most, unit)),
        Bound::AtLeast(least) => format!("at least {}", figure(*least, unit)),
    };
    aim(what, &figure(*found, unit), &bound, if *reached { "reached" } else { "missed" })
}

fn aim(what: &str, found: &str, bound: &str, reached: &str) -> String {
    format!("{what:<62}{found:>12}{bound:>22}  {reached}").trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests;
