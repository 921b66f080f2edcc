//! `cargo xtask test`: everything that must pass before a change is done, in one fixed order.
//!
//! The quick steps stand first, so that the common fault shows early; the binaries are built before the tests,
//! since the end-to-end tests drive them. The other proxies come last: they need what the machine happens to have.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::repository::Repository;
use crate::{deps, faults, interop, soak, tidy};

/// What there is only with the cargo feature `ext-authz`. The whole workspace is named, and not the packages alone, so that
/// what they depend on need not be built once more with fewer features.
const CLIPPY_FOR_ENVOY: &[&str] = &[
    "clippy",
    "--workspace",
    "--lib",
    "--bins",
    "--test",
    "ext_authz",
    "--features",
    "portcullis/ext-authz,portcullis-tests/ext-authz",
    "--",
    "-D",
    "warnings",
];
const TESTS_FOR_ENVOY: &[&str] =
    &["test", "--workspace", "--test", "ext_authz", "--features", "portcullis-tests/ext-authz"];

/// How much to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Everything.
    Full,
    /// Without what is slow and rarely the first to fail: clippy, the documentation, the faults at length and the soak.
    Fast,
}

/// One step of the suite.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    name: &'static str,
    work: Work,
}

#[derive(Debug, PartialEq, Eq)]
enum Work {
    Deps,
    Tidy,
    Faults,
    Soak,
    Interop,
    Cargo { arguments: &'static [&'static str], environment: Vec<(&'static str, OsString)> },
}

impl Step {
    fn cargo(name: &'static str, arguments: &'static [&'static str]) -> Self {
        Self { name, work: Work::Cargo { arguments, environment: Vec::new() } }
    }

    /// The same with an environment variable; for steps that are not cargo's it changes nothing.
    fn with(mut self, variable: &'static str, value: impl Into<OsString>) -> Self {
        if let Work::Cargo { environment, .. } = &mut self.work {
            environment.push((variable, value.into()));
        }
        self
    }
}

/// Runs the steps one after the other; the error names the first that failed.
pub(crate) fn run(repository: &Repository, pace: Pace) -> anyhow::Result<()> {
    let steps = plan(pace, repository.debug_binary("portcullis"));
    let times = run_all(&steps, |step| execute(repository, step))?;
    println!("{}", summary(pace, &times));
    Ok(())
}

fn plan(pace: Pace, binary: PathBuf) -> Vec<Step> {
    let clippy = Step::cargo(
        "cargo clippy --workspace --all-targets",
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    );
    let clippy_for_envoy = Step::cargo("cargo clippy, with ext-authz", CLIPPY_FOR_ENVOY);
    let doc = Step::cargo("cargo doc --workspace --no-deps", &["doc", "--workspace", "--no-deps"])
        .with("RUSTDOCFLAGS", "-D warnings");
    let tests = Step::cargo("cargo test --workspace", &["test", "--workspace"])
        .with("PORTCULLIS_E2E_BIN", binary.clone());
    let tests_for_envoy =
        Step::cargo("cargo test, with ext-authz", TESTS_FOR_ENVOY).with("PORTCULLIS_E2E_BIN", binary);

    let mut steps = vec![Step::cargo("cargo fmt --all --check", &["fmt", "--all", "--check"])];
    steps.extend((pace == Pace::Full).then_some(clippy));
    steps.extend((pace == Pace::Full).then_some(clippy_for_envoy));
    steps.push(Step { name: "deps", work: Work::Deps });
    steps.push(Step { name: "tidy", work: Work::Tidy });
    steps.push(Step::cargo(
        "cargo build -p portcullis -p portcullis-bng-sim",
        &["build", "-p", "portcullis", "-p", "portcullis-bng-sim"],
    ));
    steps.push(tests);
    steps.extend((pace == Pace::Full).then_some(doc));
    steps.extend((pace == Pace::Full).then_some(Step { name: "faults", work: Work::Faults }));
    steps.extend((pace == Pace::Full).then_some(Step { name: "soak", work: Work::Soak }));
    // The binary that is delivered has been tested by now, and is replaced.
    steps.push(Step::cargo("cargo build -p portcullis --features ext-authz", interop::GATE));
    steps.push(tests_for_envoy);
    steps.push(Step { name: "interop", work: Work::Interop });
    steps
}

/// Announces and executes each step until one fails.
fn run_all(
    steps: &[Step],
    mut execute: impl FnMut(&Step) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<(&'static str, Duration)>> {
    let mut times = Vec::new();
    for step in steps {
        let name = step.name;
        println!("==> {name}");
        let start = Instant::now();
        execute(step).with_context(|| format!("step `{name}` FAILED after {}", seconds(start.elapsed())))?;
        let time = start.elapsed();
        println!("==> {name}: ok, {}", seconds(time));
        times.push((name, time));
    }
    Ok(times)
}

fn execute(repository: &Repository, step: &Step) -> anyhow::Result<()> {
    match &step.work {
        Work::Deps => deps::run(repository),
        Work::Tidy => tidy::run(repository),
        Work::Faults => faults::run(repository, faults::NotAllowed::IsSaid),
        Work::Soak => soak::run(repository, soak::Options::SHORT),
        Work::Interop => interop::run(repository, interop::Task::Run),
        Work::Cargo { arguments, environment } => {
            // Inherited output: what cargo and the test runner say reaches the reader as they said it.
            let status = repository
                .cargo()
                .args(*arguments)
                .envs(environment.iter().map(|(variable, value)| (variable, value)))
                .stdin(Stdio::null())
                .status()
                .context("cargo did not start")?;
            ensure!(status.success(), "{status}");
            Ok(())
        }
    }
}

fn summary(pace: Pace, times: &[(&str, Duration)]) -> String {
    let total = times.iter().map(|(_, time)| *time).sum();
    let mut line = format!("==> all {} steps passed in {}", times.len(), seconds(total));
    if pace == Pace::Fast {
        let _ = write!(line, " (without clippy, doc, faults and soak: --fast)");
    }
    line
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn first_words(pace: Pace) -> Vec<&'static str> {
        let words = |step: &Step| match step.work {
            Work::Cargo { arguments, .. } => arguments[0],
            Work::Deps => "deps",
            Work::Tidy => "tidy",
            Work::Faults => "faults",
            Work::Soak => "soak",
            Work::Interop => "interop",
        };
        plan(pace, PathBuf::from("portcullis")).iter().map(words).collect()
    }

    #[test]
    fn the_full_suite_has_every_step_in_order() {
        assert_eq!(
            first_words(Pace::Full),
            [
                "fmt", "clippy", "clippy", "deps", "tidy", "build", "test", "doc", "faults", "soak", "build",
                "test", "interop"
            ]
        );
    }

    #[test]
    fn the_fast_suite_leaves_out_clippy_doc_faults_and_soak() {
        assert_eq!(
            first_words(Pace::Fast),
            ["fmt", "deps", "tidy", "build", "test", "build", "test", "interop"]
        );
    }

    #[test]
    fn the_end_to_end_tests_are_told_where_the_binary_is() {
        let steps = plan(Pace::Fast, PathBuf::from("debug/portcullis"));
        let tests = Step::cargo("cargo test --workspace", &["test", "--workspace"]);
        assert!(steps.contains(&tests.with("PORTCULLIS_E2E_BIN", "debug/portcullis")), "{steps:?}");
    }

    #[test]
    fn the_first_failure_ends_the_run_and_is_named() {
        let mut seen = Vec::new();
        let error = run_all(&plan(Pace::Full, PathBuf::new()), |step| {
            seen.push(step.name);
            if step.name == "deps" {
                bail!("an arrow too many")
            }
            Ok(())
        })
        .unwrap_err();
        assert_eq!(seen.last(), Some(&"deps"));
        assert_eq!(seen.len(), 4);
        let line = format!("{error:#}");
        assert!(line.starts_with("step `deps` FAILED after "), "{line}");
        assert!(line.ends_with(": an arrow too many"), "{line}");
    }

    #[test]
    fn the_summary_says_when_something_was_left_out() {
        let times = [("fmt", Duration::from_millis(1500)), ("deps", Duration::from_secs(2))];
        assert_eq!(summary(Pace::Full, &times), "==> all 2 steps passed in 3.5 s");
        assert!(
            summary(Pace::Fast, &times).ends_with("in 3.5 s (without clippy, doc, faults and soak: --fast)")
        );
    }
}
