//! An error with its causes, for the log: what went wrong is often said by the last of them alone.

use std::error::Error;

/// The error and whatever caused it, from the outermost to the innermost, in one line.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
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

    #[test]
    fn every_cause_is_told() {
        assert_eq!(with_causes(&Outer(std::io::Error::other("inner"))), "outer: inner");
    }
}
