//! The report: ratios first, and beside them what they were made of.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;

use super::cpu::Memory;
use super::logins::{Logins, Storm};
use super::machine::Machine;
use super::micro::Timing;
use super::numbers::number;
use super::requests::{Cost, Requests};
use super::start::Starts;
use super::wrk::CONNECTIONS;

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    pub(super) quick: bool,
    pub(super) machine: Machine,
    pub(super) micro: Vec<Timing>,
    pub(super) starts: Starts,
    pub(super) requests: Requests,
    pub(super) logins: Logins,
}

impl Report {
    /// For a program.
    pub(super) fn as_json(&self) -> anyhow::Result<String> {
        let mut report = serde_json::to_value(self)?;
        let members = report.as_object_mut().context("a report is an object")?;
        members.insert("request_ratio".to_owned(), json!(self.requests.ratio()));
        members.insert("reservations".to_owned(), json!(self.machine.reservations()));
        Ok(serde_json::to_string_pretty(&report)?)
    }

    /// For a person.
    pub(super) fn as_text(&self) -> String {
        let sections =
            [self.of_machine(), self.of_parts(), self.of_requests(), self.of_starts(), self.of_logins()];
        sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn of_machine(&self) -> String {
        let Machine { cores, processor, kernel, tools, .. } = &self.machine;
        let absent = || "none".to_owned();
        let nginx = tools.nginx.clone().unwrap_or_else(absent);
        let wrk = tools.wrk.clone().unwrap_or_else(absent);
        let mut text = format!("{cores} cores, {processor}, Linux {kernel}; nginx {nginx}, wrk {wrk}\n");
        if self.quick {
            text += "short rounds: to see that it works, not to quote\n";
        }
        for reservation in self.machine.reservations() {
            let _ = writeln!(text, "note: {reservation}");
        }
        text
    }

    fn of_parts(&self) -> String {
        let mut text = heading("parts", &["median"]);
        for Timing { name, nanoseconds } in &self.micro {
            text += &row(name, &[&time(*nanoseconds)]);
        }
        text
    }

    fn of_requests(&self) -> String {
        let Requests { gate: Some(gate), nginx, rounds, turn, .. } = &self.requests else {
            return String::new();
        };
        let mut text = format!(
            "a verified request: {CONNECTIONS} connections that are kept, {rounds} rounds of {turn} s by turns, medians\n"
        );
        text += &heading("", &["portcullis", "nginx", "ratio"]);
        let mut line = |name: &str, value: fn(&Cost) -> f64, unit: &str| {
            text += &compared(name, value(gate), nginx.as_ref().map(value), unit);
        };
        line("processor, user", |cost| cost.request.user, "µs");
        line("processor, system", |cost| cost.request.system, "µs");
        line("processor, both", |cost| cost.request.total(), "µs");
        line("requests a second", |cost| cost.per_second, "");
        line("99 of 100 within", |cost| cost.p99, "ms");
        line("memory, idle", |cost| mebibytes(cost.idle, |memory| memory.proportional), "MiB");
        line("memory, after load", |cost| mebibytes(cost.after, |memory| memory.proportional), "MiB");
        line("resident, idle", |cost| mebibytes(cost.idle, |memory| memory.resident), "MiB");
        line("resident, after load", |cost| mebibytes(cost.after, |memory| memory.resident), "MiB");
        if let Some(ratio) = self.requests.ratio() {
            let all = &self.requests.ratios;
            let least = all.iter().copied().fold(f64::INFINITY, f64::min);
            let most = all.iter().copied().fold(0.0, f64::max);
            let _ = writeln!(
                text,
                "processor time beside nginx: {ratio:.2} (rounds from {least:.2} to {most:.2})"
            );
        }
        text
    }

    fn of_starts(&self) -> String {
        let Starts { gate: Some(gate), nginx } = self.starts else { return String::new() };
        let text = heading("", &["portcullis", "nginx", "ratio"]);
        text + &compared("start to first answer", gate, nginx, "ms")
    }

    fn of_logins(&self) -> String {
        let Logins { per_second, share, storm } = self.logins;
        let mut text = heading("logins", &[]);
        text += &row("logins a second", &[&format!("{per_second:.2}")]);
        if let Some(share) = share {
            text += &row("of what the cores can hash", &[&format!("{share:.2}")]);
        }
        let Some(Storm { quiet_p99, p99, quiet_per_second, per_second, logins }) = storm else { return text };
        text += "\n";
        text += &heading("verified requests", &["in a storm", "quiet", "ratio"]);
        text += &compared("99 of 100 within", p99, Some(quiet_p99), "ms");
        text += &compared("requests a second", per_second, Some(quiet_per_second), "");
        text += &row("logins a second", &[&format!("{logins:.2}")]);
        text
    }
}

fn heading(name: &str, columns: &[&str]) -> String {
    row(name, columns)
}

fn row(name: &str, cells: &[&str]) -> String {
    let mut text = format!("{name:<28}");
    for cell in cells {
        let _ = write!(text, "{cell:>14}");
    }
    text.trim_end().to_owned() + "\n"
}

fn compared(name: &str, value: f64, other: Option<f64>, unit: &str) -> String {
    let show =
        |value: f64| if value < 1000.0 { format!("{value:.2} {unit}") } else { format!("{value:.0} {unit}") };
    let Some(other) = other else { return row(name, &[show(value).trim_end()]) };
    row(name, &[show(value).trim_end(), show(other).trim_end(), &format!("{:.2}", value / other)])
}

fn mebibytes(memory: Memory, kibibytes: fn(&Memory) -> u64) -> f64 {
    number(kibibytes(&memory)) / 1024.0
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1e3 => format!("{short:.0} ns"),
        middle if middle < 1e6 => format!("{:.2} µs", middle / 1e3),
        long => format!("{:.1} ms", long / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::super::cpu::CpuTime;
    use super::super::machine::Tools;
    use super::*;

    fn cost(user: f64, system: f64) -> Cost {
        let memory = Memory { resident: 10_240, proportional: 5_120 };
        let request = CpuTime { user, system };
        Cost { request, per_second: 20_000.0, p99: 3.5, idle: memory, after: memory }
    }

    fn report() -> Report {
        let tool = || Some("1.2".to_owned());
        let tools = Tools { nginx: tool(), wrk: tool(), taskset: tool() };
        Report {
            quick: false,
            machine: Machine { cores: 2, processor: "P".into(), kernel: "6".into(), load: Some(0.0), tools },
            micro: vec![Timing { name: "token_check".into(), nanoseconds: 1500.0 }],
            starts: Starts { gate: Some(9.0), nginx: Some(3.0) },
            requests: Requests {
                gate: Some(cost(20.0, 10.0)),
                nginx: Some(cost(5.0, 15.0)),
                ratios: vec![1.4, 1.5, 1.6],
                rounds: 3,
                turn: 5,
            },
            logins: Logins { per_second: 8.0, share: Some(0.93), storm: None },
        }
    }

    #[test]
    fn a_person_reads_ratios_beside_what_they_are_made_of() {
        let text = report().as_text();
        for line in [
            "2 cores, P, Linux 6; nginx 1.2, wrk 1.2",
            "token_check                        1.50 µs",
            "processor, user                   20.00 µs       5.00 µs          4.00",
            "processor time beside nginx: 1.50 (rounds from 1.40 to 1.60)",
            "start to first answer              9.00 ms       3.00 ms          3.00",
            "of what the cores can hash            0.93",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_program_reads_the_same() {
        let report: serde_json::Value = serde_json::from_str(&report().as_json().unwrap()).unwrap();
        assert_eq!(report["request_ratio"], 1.5);
        assert_eq!(report["requests"]["gate"]["request"]["user"], 20.0);
        assert_eq!(report["reservations"], serde_json::json!([]));
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let mut poor = report();
        poor.requests = Requests { gate: None, nginx: None, ratios: vec![], ..poor.requests };
        poor.starts.nginx = None;
        let text = poor.as_text();
        assert!(!text.contains("a verified request") && text.contains("start to first answer"), "{text}");
    }
}
