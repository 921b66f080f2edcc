//! What was found of a gate, and whether it is as it should be.

use std::collections::BTreeMap;

use serde::Serialize;

use super::log::Said;
use super::sample::{Sample, slope};
use super::tally::Tally;

/// MiB by which a gate at rest may hold more after the load than before. The database's writer keeps 8 MiB of pages and each
/// of its four readers 2 once the file is large enough, which it is after some ten thousand records. Twenty minutes of load
/// were seen to take 14.
const GROWTH: f64 = 16.0;
/// MiB by which it may grow over the second half of the load, by the line that fits best.
const RISE: f64 = 8.0;
/// Descriptors: one connection or another that is just made or given up.
const SPARE_DESCRIPTORS: u64 = 2;
/// Descriptors of the database's file. The command line beside the gate changes the file, and the gate connects anew before it
/// lets go of its connections: one that writes, one that holds the log, four that read. `SQLite` does not close the
/// descriptors of a file that is locked by the same process (how POSIX locks work), but gives them to the next connection. So
/// there may be one set more, and never two, however often that happens.
const SPARE_OF_DATABASE: u64 = 6;
/// Threads: what pools keep for a while.
const SPARE_THREADS: u64 = 2;

/// A gate, before the load, under it, and after it.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) name: &'static str,
    pub(super) before: Sample,
    pub(super) after: Sample,
    /// Each second of the load.
    pub(super) under_load: Vec<Sample>,
    pub(super) answers_as_expected: u64,
    pub(super) turns: BTreeMap<&'static str, u64>,
    pub(super) failures: u64,
    pub(super) first_failures: Vec<String>,
    pub(super) configurations_taken: u64,
    pub(super) configurations_refused: u64,
    pub(super) errors: Vec<String>,
    pub(super) warnings: BTreeMap<String, u64>,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Verdict {
    pub(super) what: &'static str,
    pub(super) found: String,
    pub(super) allowed: String,
    pub(super) is_good: bool,
}

/// All that is known, for a program.
#[derive(Debug, Serialize)]
pub(super) struct Told<'f> {
    #[serde(flatten)]
    findings: &'f Findings,
    verdicts: Vec<Verdict>,
}

impl Findings {
    pub(super) fn told(&self) -> Told<'_> {
        Told { findings: self, verdicts: self.verdicts() }
    }

    pub(super) fn new(
        name: &'static str,
        (before, under_load, after): (Sample, Vec<Sample>, Sample),
        tally: &Tally,
        said: Said,
    ) -> Self {
        Self {
            name,
            before,
            after,
            under_load,
            answers_as_expected: tally.answers(),
            turns: tally.turns(),
            failures: tally.failures(),
            first_failures: tally.first_failures(),
            configurations_taken: said.taken,
            configurations_refused: said.refused,
            errors: said.errors,
            warnings: said.warnings,
        }
    }

    /// What it is judged by.
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let (before, after) = (&self.before, &self.after);
        let growth = after.mebibytes() - before.mebibytes();
        let rise = self.rise();
        let errors = self.errors.len();
        vec![
            Verdict {
                what: "memory at rest",
                found: format!("{:.1} MiB, then {:.1} MiB", before.mebibytes(), after.mebibytes()),
                allowed: format!("{GROWTH} MiB more"),
                is_good: growth <= GROWTH,
            },
            Verdict {
                what: "rise of memory in the second half",
                found: format!("{rise:.1} MiB"),
                allowed: format!("{RISE} MiB"),
                is_good: rise <= RISE,
            },
            held("descriptors at rest", before.descriptors, after.descriptors, SPARE_DESCRIPTORS),
            held("of the database's file", before.of_database, after.of_database, SPARE_OF_DATABASE),
            held("threads at rest", before.threads, after.threads, SPARE_THREADS),
            Verdict {
                what: "not as it should be",
                found: format!("{} beside {} answers", self.failures, self.answers_as_expected),
                allowed: "0".to_owned(),
                is_good: self.failures == 0 && self.answers_as_expected > 0,
            },
            Verdict {
                what: "configurations",
                found: format!(
                    "{} taken over, {} broken ones refused",
                    self.configurations_taken, self.configurations_refused
                ),
                allowed: "some of each".to_owned(),
                is_good: self.configurations_taken > 0 && self.configurations_refused > 0,
            },
            Verdict {
                what: "errors in the log",
                found: errors.to_string(),
                allowed: "0".to_owned(),
                is_good: errors == 0,
            },
        ]
    }

    /// By how many MiB the memory grows over the second half of the load.
    fn rise(&self) -> f64 {
        let half = self.under_load.split_at(self.under_load.len() / 2).1;
        let points: Vec<(f64, f64)> = half.iter().map(|sample| (sample.second, sample.mebibytes())).collect();
        let time = half.first().zip(half.last()).map_or(0.0, |(first, last)| last.second - first.second);
        slope(&points) * time
    }

    /// The table, with what is worth reading below it.
    pub(super) fn table(&self) -> String {
        let mut lines = vec![self.name.to_owned()];
        lines.extend(self.verdicts().iter().map(|verdict| {
            let mark = if verdict.is_good { "ok  " } else { "FAIL" };
            let Verdict { what, found, allowed, .. } = verdict;
            format!("  {mark} {what:<34} {found}; allowed: {allowed}")
        }));
        let peak = |of: fn(&Sample) -> u64| self.under_load.iter().map(of).max().unwrap_or_default();
        lines.push(format!(
            "       at most: {} MiB, {} descriptors, {} threads",
            peak(|sample| sample.memory.proportional) / 1024,
            peak(|sample| sample.descriptors),
            peak(|sample| sample.threads),
        ));
        let turns: Vec<String> = self.turns.iter().map(|(who, count)| format!("{who} {count}")).collect();
        lines.push(format!("       turns: {}", turns.join(", ")));
        let told = self.first_failures.iter().chain(self.errors.iter().take(10));
        lines.extend(told.map(|told| format!("         {told}")));
        lines.extend(self.warnings.iter().map(|(warning, count)| format!("       {count} times: {warning}")));
        lines.join("\n")
    }
}

/// As many as before, or hardly more.
fn held(what: &'static str, before: u64, after: u64, spare: u64) -> Verdict {
    Verdict {
        what,
        found: format!("{before}, then {after}"),
        allowed: format!("{spare} more"),
        is_good: after <= before + spare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cpu::Memory;

    fn sample(second: u32, mebibytes: u64, descriptors: u64) -> Sample {
        let memory = Memory { resident: mebibytes * 1024, proportional: mebibytes * 1024 };
        Sample { second: f64::from(second), memory, descriptors, of_database: 8, threads: 9 }
    }

    fn findings(after: Sample, under_load: Vec<Sample>) -> Findings {
        let tally = Tally::default();
        tally.as_expected();
        let said = Said { taken: 1, refused: 1, ..Said::default() };
        Findings::new("plain", (sample(0, 20, 30), under_load, after), &tally, said)
    }

    fn bad(findings: &Findings) -> Vec<&'static str> {
        let verdicts = findings.verdicts().into_iter();
        verdicts.filter(|verdict| !verdict.is_good).map(|verdict| verdict.what).collect()
    }

    #[test]
    fn what_is_as_before_is_good() {
        assert_eq!(bad(&findings(sample(60, 22, 31), vec![])), Vec::<&str>::new());
    }

    #[test]
    fn a_program_reads_findings_and_verdicts_in_one() {
        let found = findings(sample(60, 22, 31), vec![sample(1, 21, 40)]);
        let told = serde_json::to_value(found.told()).unwrap();
        assert_eq!(told["name"], "plain");
        assert_eq!(told["under_load"][0]["descriptors"], 40);
        assert_eq!(told["verdicts"][0]["is_good"], true);
    }

    #[test]
    fn each_growth_is_found() {
        assert_eq!(bad(&findings(sample(60, 37, 30), vec![])), ["memory at rest"]);
        assert_eq!(bad(&findings(sample(60, 20, 33), vec![])), ["descriptors at rest"]);
        let more_of_database = Sample { of_database: 15, ..sample(60, 20, 30) };
        assert_eq!(bad(&findings(more_of_database, vec![])), ["of the database's file"]);
        let more_threads = Sample { threads: 12, ..sample(60, 20, 30) };
        assert_eq!(bad(&findings(more_threads, vec![])), ["threads at rest"]);
        let rising: Vec<Sample> = (0..40).map(|second| sample(second, u64::from(second) + 20, 30)).collect();
        assert_eq!(bad(&findings(sample(60, 20, 30), rising)), ["rise of memory in the second half"]);
    }

    #[test]
    fn what_rises_at_first_only_is_good() {
        let filling: Vec<Sample> =
            (0..40).map(|second| sample(second, 20 + u64::from(second.min(20)), 30)).collect();
        assert_eq!(bad(&findings(sample(60, 20, 30), filling)), Vec::<&str>::new());
    }

    #[test]
    fn a_failure_an_error_and_a_gate_that_nobody_asked_are_bad() {
        let mut found = findings(sample(60, 20, 30), vec![]);
        found.failures = 1;
        assert_eq!(bad(&found), ["not as it should be"]);
        let mut found = findings(sample(60, 20, 30), vec![]);
        found.errors.push("panicked".to_owned());
        assert_eq!(bad(&found), ["errors in the log"]);
        let mut found = findings(sample(60, 20, 30), vec![]);
        (found.answers_as_expected, found.configurations_taken) = (0, 0);
        assert_eq!(bad(&found), ["not as it should be", "configurations"]);
    }
}
