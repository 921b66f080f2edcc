//! What is wrong with the file, and where: faults are collected, so that the operator sees all at once.

use std::collections::BTreeSet;
use std::fmt;

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters (not in bytes).
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// One thing that is wrong, told to the operator. Never holds a secret.
///
/// Displays as ``line 4 column 3: api.tokn: unknown key; did you mean `token`?``.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// Where it stands; `None` if it has no place in the text.
    pub at: Option<Position>,
    /// The key, from the root: `api.users[1].password_hash`. Empty if it is the file as such.
    pub key: String,
    /// What is wrong: lower case, without full stop.
    pub message: String,
}

impl Fault {
    /// A fault of the file as such.
    pub(super) fn of_file(message: impl Into<String>) -> Self {
        Self { at: None, key: String::new(), message: message.into() }
    }

    /// A fault of a place, whatever key is there.
    pub(super) fn of_place(at: Position, message: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::of_file(message) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "{at}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// The faults found so far: in the order of their places (those without a place first), each of them once.
///
/// Displays one fault a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    /// No fault yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault; one that is known already is not noted again, so that a value may be read twice.
    pub fn push(&mut self, fault: Fault) {
        self.0.insert(fault);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// The faults in the order of their places.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0.into_iter().collect()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(BTreeSet::from([fault]))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(at: Option<(u32, u32)>, key: &str, message: &str) -> Fault {
        let at = at.map(|(line, column)| Position { line, column });
        Fault { at, key: key.to_owned(), message: message.to_owned() }
    }

    #[test]
    fn a_fault_says_place_key_and_message() {
        let said = fault(Some((4, 3)), "api.tokn", "unknown key; did you mean `token`?").to_string();
        assert_eq!(said, "line 4 column 3: api.tokn: unknown key; did you mean `token`?");
    }

    #[test]
    fn what_a_fault_does_not_have_is_not_said() {
        assert_eq!(fault(None, "api.port", "is missing").to_string(), "api.port: is missing");
        assert_eq!(fault(Some((2, 1)), "", "unclosed quote").to_string(), "line 2 column 1: unclosed quote");
        assert_eq!(Fault::of_file("too long").to_string(), "too long");
    }

    #[test]
    fn faults_come_in_the_order_of_their_places_and_once_each() {
        let mut faults = Faults::new();
        for fault in [
            fault(Some((10, 1)), "c", "last"),
            fault(Some((2, 5)), "b", "second on its line"),
            fault(None, "", "without a place"),
            fault(Some((2, 3)), "a", "first on its line"),
            fault(Some((10, 1)), "c", "last"),
        ] {
            faults.push(fault);
        }
        let expected = "without a place\n\
             line 2 column 3: a: first on its line\n\
             line 2 column 5: b: second on its line\n\
             line 10 column 1: c: last";
        assert_eq!(faults.to_string(), expected);
        assert_eq!(faults.iter().cloned().collect::<Vec<_>>(), faults.clone().into_vec());
    }

    #[test]
    fn one_fault_is_a_collection_of_one() {
        let faults = Faults::from(Fault::of_file("too long"));
        assert!(!faults.is_empty());
        assert!(Faults::new().is_empty());
        assert_eq!(faults.into_vec().len(), 1);
    }
}
