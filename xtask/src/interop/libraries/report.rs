//! What a script has printed: one line for each thing that it tried.

use std::process::Output;

/// What was tried, and how it went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Of the libraries.
    pub(super) versions: String,
    /// What was tried, and what was wrong with it if anything was.
    pub(super) attempts: Vec<(String, Option<String>)>,
}

impl Report {
    /// Reads what a script has printed. It ends well whatever it has found: one that does not broke, however much was good
    /// until then.
    pub(super) fn of(output: &Output) -> Self {
        let mut report = Self::read(&String::from_utf8_lossy(&output.stdout));
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            report.attempts.push(("its end".to_owned(), Some(format!("{}: {last}", output.status))));
        }
        report
    }

    /// Reads `with …`, `ok …` and `FAIL …: …`. Any other line is what a script that broke has said; it is a failure.
    fn read(text: &str) -> Self {
        let mut report = Self { versions: "unknown versions".to_owned(), attempts: Vec::new() };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(versions) = line.strip_prefix("with ") {
                versions.clone_into(&mut report.versions);
            } else if let Some(attempt) = line.strip_prefix("ok ") {
                report.attempts.push((attempt.to_owned(), None));
            } else {
                let failure = line.strip_prefix("FAIL ").unwrap_or(line);
                let (attempt, why) = failure.split_once(": ").unwrap_or((failure, "no reason was given"));
                report.attempts.push((attempt.to_owned(), Some(why.to_owned())));
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_report_has_the_versions_and_what_was_tried() {
        let report = Report::read("with a 1, b 2\nok one thing\n\nFAIL another: it was: so\n");
        assert_eq!(report.versions, "a 1, b 2");
        let good = ("one thing".to_owned(), None);
        assert_eq!(report.attempts, [good, ("another".to_owned(), Some("it was: so".to_owned()))]);
    }

    #[test]
    fn a_script_that_breaks_has_a_failure_however_much_was_good_before() {
        let of = |script: &str| Report::of(&Command::new("sh").args(["-c", script]).output().unwrap());
        let good = || ("one thing".to_owned(), None);
        assert_eq!(of("echo ok one thing").attempts, [good()]);
        let broken = of("echo ok one thing; printf 'Traceback\nNameError: x\n' >&2; exit 1");
        let end = ("its end".to_owned(), Some("exit status: 1: NameError: x".to_owned()));
        assert_eq!(broken.attempts, [good(), end]);
    }

    #[test]
    fn whatever_else_is_said_is_a_failure() {
        let report = Report::read("Traceback");
        assert_eq!(report.attempts, [("Traceback".to_owned(), Some("no reason was given".to_owned()))]);
    }
}
