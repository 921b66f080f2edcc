//! Names that people write: kept as they were spelled, compared without case.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::visible::is_hidden;

/// A name that keeps its spelling and compares without case.
///
/// The characters that a kind of name may hold are checked by that kind ([`super::user::Username`],
/// [`super::role::RoleName`], [`super::realm::Realm`]); this type only compares.
#[derive(Clone)]
pub struct CaselessName {
    spelled: Arc<str>,
    /// The folded form, shared with `spelled` where the two are alike.
    folded: Arc<str>,
}

impl CaselessName {
    /// Keeps `spelled`, and folds it for comparison.
    pub fn new(spelled: &str) -> Self {
        let folded = spelled.to_lowercase();
        let spelled: Arc<str> = spelled.into();
        let folded = if folded == *spelled { Arc::clone(&spelled) } else { folded.into() };
        Self { spelled, folded }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.spelled
    }

    /// As it is compared, and as a store would index it.
    pub fn key(&self) -> &str {
        &self.folded
    }
}

impl PartialEq for CaselessName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for CaselessName {}

impl Hash for CaselessName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Debug for CaselessName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.spelled, f)
    }
}

impl fmt::Display for CaselessName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled)
    }
}

/// Whether a text may be a name that people choose freely: of 1 to 64 characters, none of which hides, and without a space
/// at either end.
pub(super) fn is_free_name(text: &str) -> bool {
    (1..=64).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(is_hidden)
}

/// Why a text is no name of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct NameError {
    /// What was wanted: `a user name`, `a role name`.
    pub kind: &'static str,
    /// What such a name may hold.
    pub rule: &'static str,
}

/// Defines a name type over [`CaselessName`]: its rule, its constructor and its views.
macro_rules! caseless_name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name($crate::domain::name::CaselessName);

        impl $name {
            #[doc = concat!("Takes a text as ", $kind, ": ", $rule, ".")]
            pub fn parse(text: &str) -> Result<Self, $crate::domain::name::NameError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self($crate::domain::name::CaselessName::new(text)))
                } else {
                    Err($crate::domain::name::NameError { kind: $kind, rule: $rule })
                }
            }

            /// As it was written.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// As it is compared: folded to lower case.
            pub fn key(&self) -> &str {
                self.0.key()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0.as_str())
            }
        }
    };
}
pub(crate) use caseless_name;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_names_are_short_and_hide_nothing() {
        for good in ["x", "pop syd", "Straße 7", &"ä".repeat(64)] {
            assert!(is_free_name(good), "{good:?}");
        }
        for wrong in
            ["", " ", " x", "x ", "x\u{a0}", "a\nb", "a\0", "a\u{202e}b", "a\u{2028}b", &"ä".repeat(65)]
        {
            assert!(!is_free_name(wrong), "{wrong:?}");
        }
    }
}
