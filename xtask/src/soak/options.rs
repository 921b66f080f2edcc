//! How long to load the gates, and which build of them.

use std::time::Duration;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long the load lasts that counts.
    pub(crate) minutes: u32,
    /// The debug binaries in the place of the release ones.
    pub(crate) debug: bool,
    /// The report as JSON, with every sample, in the place of the table.
    pub(crate) json: bool,
}

impl Options {
    /// What the test command runs: long enough for a leak of every request, of every reload, of every connection.
    pub(crate) const SHORT: Self = Self { minutes: 2, debug: true, json: false };

    /// Reads the flags of `cargo xtask soak`.
    pub(crate) fn parse(flags: &[&str]) -> Result<Self, String> {
        let misuse = || format!("`soak` does not take `{}`", flags.join(" "));
        let mut options = Self::default();
        let mut left = flags.iter();
        while let Some(flag) = left.next() {
            match *flag {
                "--debug" => options.debug = true,
                "--json" => options.json = true,
                "--minutes" => {
                    let minutes = left.next().and_then(|minutes| minutes.parse().ok());
                    options.minutes =
                        minutes.filter(|minutes| (1..=MOST).contains(minutes)).ok_or_else(misuse)?;
                }
                _ => return Err(misuse()),
            }
        }
        Ok(options)
    }

    /// How long the load lasts that counts.
    pub(super) fn load(self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60)
    }
}

/// A week.
const MOST: u32 = 7 * 24 * 60;

impl Default for Options {
    fn default() -> Self {
        Self { minutes: 20, debug: false, json: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_understood_in_any_order() {
        assert_eq!(Options::parse(&[]), Ok(Options { minutes: 20, debug: false, json: false }));
        let all = Options { minutes: 3, debug: true, json: true };
        assert_eq!(Options::parse(&["--json", "--minutes", "3", "--debug"]), Ok(all));
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for flags in [&["--minutes"][..], &["--minutes", "0"], &["--minutes", "soon"], &["--hours", "1"]] {
            assert_eq!(Options::parse(flags), Err(format!("`soak` does not take `{}`", flags.join(" "))));
        }
    }
}
