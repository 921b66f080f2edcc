//! Results on standard output. Whoever reads them may have gone away; that is a failure, and no panic.

use std::io::{Write as _, stderr, stdout};

use portcullis_core::domain::time::Timestamp;
use serde_json::Value;

use crate::failure::Failure;
use crate::telemetry::records::rfc3339;

/// Prints a result and ends its line.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut output = stdout().lock();
    writeln!(output, "{text}").and_then(|()| output.flush()).map_err(Failure::failed)
}

/// Prints lines; of none, nothing.
pub(super) fn say_lines<L: AsRef<str>>(lines: &[L]) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = lines.iter().map(AsRef::as_ref).collect();
    say(&lines.join("\n"))
}

/// Says what is not a result, on standard error. If nobody reads there, there is nobody to tell of it.
pub(super) fn remark(text: &str) {
    let _ = writeln!(stderr(), "portcullis: {text}");
}

/// A point in time as RFC 3339 writes it, in UTC, to the second.
pub(super) fn time(at: Timestamp) -> String {
    rfc3339(Timestamp::from_seconds(at.seconds()).micros())
}

/// A text that a client sent, such as cannot be a command to the terminal or look like another line.
pub(super) fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => harmless.push(character),
            _ => harmless.extend(character.escape_debug()),
        }
    }
    harmless
}

/// A word, or the dash that stands for none.
pub(super) fn or_dash(word: Option<String>) -> String {
    word.unwrap_or_else(|| "-".to_owned())
}

/// Results as lines of JSON.
pub(super) fn say_json(results: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
    say_lines(&results.into_iter().map(|result| result.to_string()).collect::<Vec<_>>())
}

/// Rows under a heading, which is printed once, however many parts they come in.
pub(super) struct Table<const N: usize> {
    heading: Option<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with this heading.
    pub(super) fn under(heading: [&str; N]) -> Self {
        Self { heading: Some(heading.map(str::to_owned)) }
    }

    /// Prints the next rows, in columns of their own; the heading comes before the first, even where there is none.
    pub(super) fn say(&mut self, rows: impl IntoIterator<Item = [String; N]>) -> Result<(), Failure> {
        say_lines(&columns(&self.heading.take().into_iter().chain(rows).collect::<Vec<_>>()))
    }
}

/// Rows as lines, in columns that are as wide as what is in them; the last one is as wide as it likes.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_on_a_terminal_is_escaped_and_the_rest_is_not() {
        assert_eq!(harmless("a\u{1b}[2J\nb\u{202e}\r"), "a\\u{1b}[2J\\nb\\u{202e}\\r");
        assert_eq!(harmless("it's \"8443\" für 東京"), "it's \"8443\" für 東京");
    }

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [["é", "1", ""], ["long", "22", "x y"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), ["é     1", "long  22  x y"]);
        assert_eq!(columns::<2>(&[]), Vec::<String>::new());
    }
}
