//! The times of the parts, from the benchmarks of their crates, read off the table that divan prints.

use anyhow::{Context as _, ensure};
use serde::Serialize;

use super::aims::{Bound, Verdict};
use crate::repository::Repository;

/// The benchmark of one bcrypt, beside which logins are put.
const ONE_BCRYPT: &str = "one_bcrypt";

/// How much longer the first check of a token may take than its signature.
const FIRST_CHECK: f64 = 1.3;

/// The time of a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Timing {
    /// The benchmark's name, with its argument if it has one.
    pub(super) name: String,
    /// The median, in nanoseconds.
    pub(super) nanoseconds: f64,
}

/// Runs the benchmarks of core and crypto.
pub(super) fn measure(repository: &Repository) -> anyhow::Result<Vec<Timing>> {
    let packages = ["-p", "portcullis-core", "-p", "portcullis-crypto"];
    let benches = ["--bench", "walk", "--bench", "credentials"];
    // The errors of the compiler are for whoever sits there; the table is for us.
    let mut bench = repository.cargo();
    bench.arg("bench").args(packages).args(benches).stderr(std::process::Stdio::inherit());
    let output = bench.output().context("cargo did not start")?;
    ensure!(output.status.success(), "the benchmarks failed: {}", output.status);
    let timings = read(&String::from_utf8(output.stdout)?);
    ensure!(!timings.is_empty(), "the benchmarks printed no table that can be read");
    Ok(timings)
}

/// The time of one bcrypt, in seconds.
pub(super) fn one_bcrypt(timings: &[Timing]) -> Option<f64> {
    let timing = timings.iter().find(|timing| timing.name == ONE_BCRYPT)?;
    Some(timing.nanoseconds / 1e9)
}

/// A token that was not seen before, beside what the library takes for its signature alone.
pub(super) fn verdicts(timings: &[Timing]) -> Vec<Verdict> {
    let time =
        |name: &str| timings.iter().find(|timing| timing.name == name).map(|timing| timing.nanoseconds);
    let verdict = |key: &str| {
        let first = time(&format!("token_check_first_{key}"))?;
        let ratio = first / time(&format!("token_check_bare_{key}"))?;
        let what = format!("parts: first check of {key} beside its signature");
        Some(Verdict::new(what, ratio, "", Bound::AtMost(FIRST_CHECK)))
    };
    ["eddsa", "es256"].into_iter().filter_map(verdict).collect()
}

/// Reads a table such as
///
/// ```text
/// walk              fastest       │ slowest       │ median        │ mean
/// ├─ decision       8.1 ns        │ 9.9 ns        │ 8.2 ns        │ 8.3 ns
/// ╰─ route_match                  │               │               │
///    ╰─ 10          91 ns         │ 110 ns        │ 92 ns         │ 93 ns
/// ```
fn read(table: &str) -> Vec<Timing> {
    let mut timings = Vec::new();
    let mut group = None;
    for line in table.lines() {
        let row = line.trim_start_matches(['│', '├', '╰', '─', ' ']);
        let depth = line.chars().count() - row.chars().count();
        let mut cells = row.split('│').map(str::trim);
        let (Some(first), Some(median)) = (cells.next(), cells.nth(1)) else { continue };
        let name = first.split_whitespace().next().unwrap_or_default();
        match (nanoseconds(median), group.filter(|(_, of)| depth > *of)) {
            (Some(nanoseconds), Some((group, _))) => {
                timings.push(Timing { name: format!("{group} {name}"), nanoseconds });
            }
            (Some(nanoseconds), None) => timings.push(Timing { name: name.to_owned(), nanoseconds }),
            (None, _) if median.is_empty() => group = Some((name, depth)),
            (None, _) => group = None,
        }
    }
    timings
}

fn nanoseconds(text: &str) -> Option<f64> {
    let (value, unit) = text.split_once(' ')?;
    let factor = match unit {
        "ps" => 0.001,
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(value.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
Timer precision: 19 ns
walk                       fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ canonical_path          53.26 ns      │ 100.5 ns      │ 54.5 ns       │ 55.1 ns       │ 100     │ 12800
├─ route_match                           │               │               │               │         │
│  ├─ 10                   91.1 ns       │ 1.5 µs        │ 92 ns         │ 93.4 ns       │ 100     │ 6400
│  ╰─ 10000                110 ns        │ 190 ns        │ 1.11 µs       │ 112 ns        │ 100     │ 6400
╰─ decision                8.1 ns        │ 9.9 ns        │ 8.2 ns        │ 8.3 ns        │ 100     │ 51200

credentials                fastest       │ slowest       │ median        │ mean          │ samples │ iters
╰─ one_bcrypt              200 ms        │ 220 ms        │ 210 ms        │ 211 ms        │ 10      │ 10
";

    #[test]
    fn the_medians_are_read_with_their_arguments() {
        let names: Vec<_> = read(TABLE).into_iter().map(|timing| (timing.name, timing.nanoseconds)).collect();
        let expected = [
            ("canonical_path", 54.5),
            ("route_match 10", 92.0),
            ("route_match 10000", 1110.0),
            ("decision", 8.2),
            (ONE_BCRYPT, 210e6),
        ];
        assert_eq!(names, expected.map(|(name, time)| (name.to_owned(), time)));
    }

    #[test]
    fn one_bcrypt_is_found_in_seconds() {
        assert_eq!(one_bcrypt(&read(TABLE)), Some(0.21));
        assert_eq!(one_bcrypt(&[]), None);
    }

    #[test]
    fn a_first_check_is_put_beside_its_signature() {
        let timing = |name: &str, nanoseconds| Timing { name: name.to_owned(), nanoseconds };
        let timings = [
            timing("token_check_first_eddsa", 39.0),
            timing("token_check_bare_eddsa", 30.0),
            timing("other", 1.0),
        ];
        let verdicts = verdicts(&timings);
        assert_eq!(verdicts.len(), 1);
        assert!(verdicts[0].reached && (verdicts[0].found - 1.3).abs() < 1e-9, "{verdicts:?}");
    }
}
