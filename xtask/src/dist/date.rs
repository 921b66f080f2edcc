//! The time that all files of a release have.

use std::process::Command;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::package::system;
use crate::repository::Repository;

/// The variable that says it, by the convention of the Reproducible Builds project.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// A time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date(Timestamp);

impl Date {
    /// What the environment says, or else the time of the last commit.
    #[expect(clippy::disallowed_methods, reason = "the convention is a variable of the environment")]
    pub(super) fn of(repository: &Repository) -> anyhow::Result<Self> {
        if let Some(seconds) = std::env::var_os(VARIABLE) {
            return Self::read(&seconds.to_string_lossy()).with_context(|| VARIABLE.to_owned());
        }
        let mut log = Command::new("git");
        log.args(["log", "-1", "--format=%ct"]).current_dir(repository.root());
        let seconds = system::printed(&mut log, "apt-get install git")?;
        Self::read(String::from_utf8_lossy(&seconds).trim()).context("git says when the last commit was")
    }

    fn read(seconds: &str) -> anyhow::Result<Self> {
        let number: i64 = seconds.parse().with_context(|| format!("{seconds:?} is no number of seconds"))?;
        Ok(Self(Timestamp::from_second(number)?))
    }

    /// Seconds since 1970.
    pub(super) fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// As RFC 3339 has it.
    pub(super) fn text(self) -> String {
        self.0.to_string()
    }

    #[cfg(test)]
    pub(super) fn by_hand() -> Self {
        Self::read("1700000000").unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_and_written_as_a_time() {
        assert_eq!(Date::by_hand().text(), "2023-11-14T22:13:20Z");
        assert_eq!(Date::by_hand().seconds(), 1_700_000_000);
    }

    #[test]
    fn what_is_no_number_is_said() {
        let error = Date::read("yesterday").unwrap_err();
        assert_eq!(error.to_string(), "\"yesterday\" is no number of seconds");
    }

    #[test]
    fn the_last_commit_has_a_time() {
        assert!(Date::of(&Repository::find().unwrap()).unwrap().seconds() > 1_700_000_000);
    }
}
