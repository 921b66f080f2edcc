//! An error with its causes, for the log: what went wrong is often said by the last of them alone.

use std::error::Error;

/// The error and whatever caused it, from the outermost to the innermost, in one line. What an error has said of its cause
/// already is not said once more: those of other crates often do, and ours are passed on from one layer to the next.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("not written: {0}")]
    struct Quoting(#[source] std::io::Error);

    #[test]
    fn every_cause_is_told() {
        assert_eq!(with_causes(&Outer(std::io::Error::other("inner"))), "outer: inner");
    }

    #[test]
    fn what_was_said_is_not_said_again() {
        let repeated = Outer(std::io::Error::other(Outer(std::io::Error::other("the disk is full"))));
        assert_eq!(with_causes(&repeated), "outer: the disk is full");
        let quoting = Quoting(std::io::Error::other("the disk is full"));
        assert_eq!(with_causes(&quoting), "not written: the disk is full");
    }
}
