//! Lines of the log as they are written: what can't be seen in them is written out, whoever put it there.
//!
//! What is recorded was made visible when it was recorded. This is the last place for all other lines, such as errors of others
//! that quote what they were sent.

use std::borrow::Cow;
use std::io::{self, Write};
use std::str::from_utf8;

use portcullis_core::domain::visible::is_hidden;

/// What lines are like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// With colours, for people.
    Coloured,
    /// JSON, for programs.
    Json,
}

/// A writer of lines in which everything can be seen.
#[derive(Debug)]
pub(super) struct Visible<W> {
    pub(super) writer: W,
    pub(super) form: Form,
}

impl<W: Write> Write for Visible<W> {
    /// Takes a whole line at a time, as the log writes it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match from_utf8(line) {
            Ok(text) => self.writer.write_all(self.form.shown(text).as_bytes())?,
            Err(_) => self.writer.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Form {
    fn shown(self, line: &str) -> Cow<'_, str> {
        if !line.chars().any(|character| self.is_escaped(character)) {
            return line.into();
        }
        let mut shown = String::with_capacity(line.len());
        for character in line.chars() {
            if self.is_escaped(character) {
                // Within a text of JSON, which is where it is, a backslash is written as two.
                shown.extend(matches!(self, Self::Json).then_some('\\'));
                shown.extend(character.escape_unicode());
            } else {
                shown.push(character);
            }
        }
        shown.into()
    }

    /// The end of a line is one, and colours are made of escapes; those in a field are escaped by whoever formats it.
    fn is_escaped(self, character: char) -> bool {
        match (self, character) {
            (_, '\n') | (Self::Coloured, '\u{1b}') => false,
            _ => is_hidden(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: Form, line: &str) -> String {
        let mut lines = Visible { writer: vec![], form };
        lines.write_all(line.as_bytes()).unwrap();
        String::from_utf8(lines.writer).unwrap()
    }

    #[test]
    fn what_can_not_be_seen_is_written_out_and_the_line_is_json_as_before() {
        let line = "{\"a\":\"x\u{202e}y\u{9b}\u{7f}é\"}\n";
        let written = written(Form::Json, line);
        assert_eq!(written, "{\"a\":\"x\\\\u{202e}y\\\\u{9b}\\\\u{7f}é\"}\n");
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["a"], "x\\u{202e}y\\u{9b}\\u{7f}é");
    }

    #[test]
    fn colours_stay_and_what_is_no_text_goes_on_as_it_is() {
        assert_eq!(written(Form::Coloured, "\u{1b}[2mx\u{85}\u{1b}[0m\n"), "\u{1b}[2mx\\u{85}\u{1b}[0m\n");
        let mut lines = Visible { writer: vec![], form: Form::Json };
        lines.write_all(b"\xff\n").unwrap();
        assert_eq!(lines.writer, b"\xff\n");
    }
}
