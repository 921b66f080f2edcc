//! One setting, and how its value is read, whichever layer it comes from.

use portcullis_store_yaml::document::{Fault, Faults, Field, Kind, shown};

use super::environment::fault_of;

/// A value with its origin, which its faults name.
#[derive(Debug, Clone)]
pub(super) enum Setting<'d> {
    /// In the file, at a place.
    Written(Field<'d>),
    /// In an environment variable.
    Variable {
        /// The variable.
        name: String,
        /// Its value, or one item of it.
        text: String,
    },
}

impl Setting<'_> {
    /// A fault of this value.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        match self {
            Self::Written(field) => field.fault(message),
            Self::Variable { name, .. } => fault_of(name, message),
        }
    }

    /// Whether the file says `null`: for a key that may be absent, as if it were.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Written(field) if field.kind() == Kind::Null)
    }

    /// A single value, as text.
    pub(super) fn text(&self, expected: &str, faults: &mut Faults) -> Option<String> {
        match self {
            Self::Written(field) => field.parse(expected, faults),
            Self::Variable { text, .. } => Some(text.clone()),
        }
    }

    /// A single value of some form; what `read` doesn't know is the fault ``expected {expected}, found `…` ``.
    pub(super) fn read<T>(
        &self,
        expected: &str,
        faults: &mut Faults,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(expected, faults)?;
        let value = read(&text);
        if value.is_none() {
            faults.push(self.fault(format!("expected {expected}, found `{}`", shown(&text))));
        }
        value
    }

    /// `true` or `false`.
    pub(super) fn bool(&self, faults: &mut Faults) -> Option<bool> {
        match self {
            Self::Written(field) => field.bool(faults),
            Self::Variable { .. } => self.read("true or false", faults, |text| text.parse().ok()),
        }
    }

    /// The items of a list; those of an environment variable are separated by commas.
    pub(super) fn items(&self, faults: &mut Faults) -> Vec<Self> {
        match self {
            Self::Written(field) => field.list(faults).into_iter().map(Self::Written).collect(),
            Self::Variable { name, text } => {
                let item = |item: &str| Self::Variable { name: name.clone(), text: item.trim().to_owned() };
                text.split(',').map(item).collect()
            }
        }
    }
}
