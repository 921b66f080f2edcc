//! What a script has printed: one line for each thing that it tried.

/// What was tried, and how it went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Of the libraries.
    pub(super) versions: String,
    /// What was tried, and what was wrong with it if anything was.
    pub(super) attempts: Vec<(String, Option<String>)>,
}

impl Report {
    /// Reads `with …`, `ok …` and `FAIL …: …`. Any other line is what a script that broke has said; it is a failure.
    pub(super) fn read(text: &str) -> Self {
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
    use super::*;

    #[test]
    fn a_report_has_the_versions_and_what_was_tried() {
        let report = Report::read("with a 1, b 2\nok one thing\n\nFAIL another: it was: so\n");
        assert_eq!(report.versions, "a 1, b 2");
        let good = ("one thing".to_owned(), None);
        assert_eq!(report.attempts, [good, ("another".to_owned(), Some("it was: so".to_owned()))]);
    }

    #[test]
    fn whatever_else_is_said_is_a_failure() {
        let report = Report::read("Traceback");
        assert_eq!(report.attempts, [("Traceback".to_owned(), Some("no reason was given".to_owned()))]);
    }
}
