//! What is wrong with a configuration, as an operator reads it.

use std::fmt;
use std::path::{Path, PathBuf};

use portcullis_store_yaml::document::{Fault, Faults};

/// Everything that is wrong with a configuration: one fault a line, then their number.
///
/// A fault of the file begins with `FILE:LINE:COLUMN:`, one of the environment with the name of the variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    file: PathBuf,
    faults: Faults,
}

impl ConfigError {
    pub(super) fn new(file: &Path, faults: impl Into<Faults>) -> Self {
        Self { file: file.to_owned(), faults: faults.into() }
    }

    /// The faults, in the order of their places.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        for Fault { at, key, message } in self.faults() {
            match at {
                Some(at) => write!(f, "{file}:{}:{}: ", at.line, at.column)?,
                None if key.is_empty() => write!(f, "{file}: ")?,
                None => {}
            }
            if !key.is_empty() {
                write!(f, "{key}: ")?;
            }
            writeln!(f, "{message}")?;
        }
        match self.faults().count() {
            1 => f.write_str("1 fault"),
            number => write!(f, "{number} faults"),
        }
    }
}

impl std::error::Error for ConfigError {}
