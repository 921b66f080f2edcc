//! What was tried, how often, and what went wrong.

/// One thing that is tried many times.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: &'static str,
    tried: usize,
    failures: Vec<String>,
    notes: Vec<String>,
}

/// How many failures are shown in full.
const SHOWN: usize = 10;

impl Check {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, tried: 0, failures: Vec::new(), notes: Vec::new() }
    }

    /// Counts a try; `failure` says what is wrong with one that does not hold.
    pub(super) fn that(&mut self, holds: bool, failure: impl FnOnce() -> String) {
        self.tried += 1;
        if !holds {
            self.failures.push(failure());
        }
    }

    /// Adds what a reader of the table should know.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Whether it was tried at all, and nothing went wrong.
    pub(super) fn is_good(&self) -> bool {
        self.tried > 0 && self.failures.is_empty()
    }

    /// `3000/3000`, and the notes.
    pub(super) fn result(&self) -> String {
        let good = self.tried - self.failures.len();
        let count = format!("{good}/{}", self.tried);
        [&[count], self.notes.as_slice()].concat().join("; ")
    }

    /// The first failures, and how many more there are.
    pub(super) fn failures(&self) -> Vec<String> {
        let more = self.failures.len().saturating_sub(SHOWN);
        let more = (more > 0).then(|| format!("and {more} more"));
        self.failures.iter().take(SHOWN).cloned().chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_counts_and_names_its_failures() {
        let mut check = Check::new("x");
        assert!(!check.is_good(), "what was never tried is not known to be good");
        check.that(true, String::new);
        assert!(check.is_good());
        for number in 0..12 {
            check.that(false, || number.to_string());
        }
        check.note("twelve".to_owned());
        assert!(!check.is_good());
        assert_eq!(check.result(), "1/13; twelve");
        assert_eq!(check.failures().len(), 11);
        assert_eq!(check.failures()[10], "and 2 more");
    }
}
