//! What a check found, and where.

use std::fmt;

/// Something to mend. Sorts by path, then line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    path: String,
    /// From 1; 1 also stands for the file as a whole.
    line: usize,
    message: String,
}

impl Finding {
    /// A finding in this line.
    pub(super) fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }

    /// A finding about the file as a whole.
    pub(super) fn of_file(path: &str, message: impl Into<String>) -> Self {
        Self::at(path, 1, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// One finding for each line that has the fault.
pub(super) fn in_each_line(
    path: &str,
    text: &str,
    message: &str,
    has_fault: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    numbered(text)
        .filter(|(_, line)| has_fault(line))
        .map(|(number, _)| Finding::at(path, number, message))
        .collect()
}

/// The lines with their numbers, from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// No line at all, for the tests of the checks.
#[cfg(test)]
pub(super) const NOWHERE: [usize; 0] = [];

/// The lines that a check found fault with, for its tests.
#[cfg(test)]
pub(super) fn lines(findings: &[Finding]) -> Vec<usize> {
    findings.iter().map(|finding| finding.line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_place_and_message() {
        let findings = in_each_line("a/b.rs", "good\nbad\ngood\n", "is bad", |line| line == "bad");
        assert_eq!(findings.iter().map(Finding::to_string).collect::<Vec<_>>(), ["a/b.rs:2: is bad"]);
    }
}
