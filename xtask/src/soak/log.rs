//! What a gate has said: read on as it comes, and counted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::Value;

/// The log of a process, read as far as it was written.
pub(super) struct Log(Mutex<Reading>);

struct Reading {
    file: BufReader<File>,
    /// A line that is not complete yet.
    begun: String,
    said: Said,
}

/// What was said.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Configurations that were taken over,
    pub(super) taken: u64,
    /// and those that were not.
    pub(super) refused: u64,
    /// What must not be said: errors, panics, and what is no line of the log.
    pub(super) errors: Vec<String>,
    /// How often which warning was said.
    pub(super) warnings: BTreeMap<String, u64>,
}

impl Log {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = BufReader::new(file);
        Ok(Self(Mutex::new(Reading { file, begun: String::new(), said: Said::default() })))
    }

    /// All that was said until now.
    pub(super) fn said(&self) -> anyhow::Result<Said> {
        self.with(Said::clone)
    }

    /// How many configurations were taken over, and how many not.
    pub(super) fn reloads(&self) -> anyhow::Result<(u64, u64)> {
        self.with(|said| (said.taken, said.refused))
    }

    fn with<T>(&self, look: impl FnOnce(&Said) -> T) -> anyhow::Result<T> {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reading.read_on()?;
        Ok(look(&reading.said))
    }
}

impl Reading {
    fn read_on(&mut self) -> anyhow::Result<()> {
        while self.file.read_line(&mut self.begun)? > 0 {
            if self.begun.ends_with('\n') {
                self.said.hear(self.begun.trim_end());
                self.begun.clear();
            }
        }
        Ok(())
    }
}

impl Said {
    fn hear(&mut self, line: &str) {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |name| event.get(name).and_then(Value::as_str);
        let message = text("message").unwrap_or_default();
        match text("level") {
            Some("INFO" | "DEBUG") if message == "configuration taken over" => self.taken += 1,
            Some("INFO" | "DEBUG") => {}
            Some("WARN") => *self.warnings.entry(message.to_owned()).or_default() += 1,
            Some("ERROR") if message.starts_with("the changed configuration is not taken over") => {
                self.refused += 1;
            }
            Some("ERROR") if is_a_fault_of_it(text("target"), message) => {}
            _ => self.errors.push(line.to_owned()),
        }
    }
}

/// The faults of the broken configurations, which follow the line that one was not taken over. Where they are told, it is
/// told too if the certificate has any, which it must not have.
fn is_a_fault_of_it(target: Option<&str>, message: &str) -> bool {
    target == Some("portcullis::reload") && !message.contains("certificate")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn lines_are_sorted_by_what_they_mean() {
        let mut said = Said::default();
        said.hear(r#"{"level":"INFO","message":"configuration taken over"}"#);
        said.hear(r#"{"level":"INFO","message":"refused"}"#);
        said.hear(r#"{"level":"ERROR","message":"the changed configuration is not taken over; …"}"#);
        said.hear(
            r#"{"level":"ERROR","message":"gate.yaml:3:1: unknown key","target":"portcullis::reload"}"#,
        );
        said.hear(r#"{"level":"WARN","message":"slow"}"#);
        assert_eq!((said.taken, said.refused, said.warnings["slow"]), (1, 1, 1));
        assert_eq!(said.errors, Vec::<String>::new());
        said.hear(r#"{"level":"ERROR","message":"a request could not be served"}"#);
        said.hear(
            r#"{"level":"ERROR","message":"the certificate before stays","target":"portcullis::reload"}"#,
        );
        said.hear("thread 'serving' panicked at src/main.rs:1:1:");
        assert_eq!(said.errors.len(), 3);
    }

    #[test]
    fn a_line_is_heard_once_it_is_complete() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let log = Log::open(file.path()).unwrap();
        let mut writer = file.as_file();
        writer.write_all(br#"{"level":"INFO","message":"configuration "#).unwrap();
        assert_eq!(log.reloads().unwrap(), (0, 0));
        writer.write_all(b"taken over\"}\n").unwrap();
        assert_eq!(log.reloads().unwrap(), (1, 0));
        assert!(log.said().unwrap().errors.is_empty());
    }
}
