//! Which new passwords are acceptable: long ones that nobody guesses first. There are no rules of composition, which
//! make passwords no better and people more inventive (NIST SP 800-63B-4, 3.1.1.2).

use std::fmt;

use crate::domain::secret::{LONGEST_PASSWORD, Password};
use crate::domain::user::Username;

/// The passwords that are tried first, in small letters, one a line.
const COMMON: &str = include_str!("common_passwords.txt");

/// What a new password must be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// The least number of bytes of UTF-8.
    pub shortest: usize,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { shortest: 12 }
    }
}

/// A rule that a password breaks; said in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenRule {
    /// Too short.
    Short {
        /// The least number of bytes.
        shortest: usize,
    },
    /// Longer than bcrypt reads.
    Long,
    /// With a NUL, which bcrypt would take for an end.
    Nul,
    /// The user's own name.
    Name,
    /// One that is tried first.
    Common,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { shortest } => write!(f, "A password has at least {shortest} bytes"),
            Self::Long => write!(f, "A password has at most {LONGEST_PASSWORD} bytes"),
            Self::Nul => f.write_str("A password has no NUL character"),
            Self::Name => f.write_str("A password is not the name of its user"),
            Self::Common => f.write_str("This password is one of those that are tried first"),
        }
    }
}

impl PasswordRules {
    /// Every rule that a new password of this user breaks.
    pub fn broken_by(&self, password: &Password, user: &Username) -> Vec<BrokenRule> {
        let text = password.expose();
        let folded = text.to_lowercase();
        let rules = [
            (text.len() < self.shortest, BrokenRule::Short { shortest: self.shortest }),
            (text.len() > LONGEST_PASSWORD, BrokenRule::Long),
            (text.contains('\0'), BrokenRule::Nul),
            (folded == user.key(), BrokenRule::Name),
            (COMMON.lines().any(|common| common == folded), BrokenRule::Common),
        ];
        rules.into_iter().filter_map(|(is_broken, rule)| is_broken.then_some(rule)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::name;
    use super::*;

    fn broken(password: &str, user: &str) -> Vec<BrokenRule> {
        PasswordRules::default().broken_by(&Password::new(password.to_owned()), &name(user))
    }

    #[test]
    fn a_password_has_12_to_72_bytes_whatever_they_are() {
        assert_eq!(broken("thousand-fa", "alice"), [BrokenRule::Short { shortest: 12 }]);
        assert_eq!(broken("thousand-fat", "alice"), []);
        assert_eq!(broken("äöüäöü", "alice"), [], "bytes and not characters");
        assert_eq!(broken(&"äx".repeat(24), "alice"), []);
        assert_eq!(broken(&("äx".repeat(24) + "x"), "alice"), [BrokenRule::Long]);
        assert_eq!(broken("    spaces    ", "alice"), []);
    }

    #[test]
    fn every_rule_that_is_broken_is_told() {
        assert_eq!(
            broken("admin", "Admin"),
            [BrokenRule::Short { shortest: 12 }, BrokenRule::Name, BrokenRule::Common]
        );
        assert_eq!(broken("a\0b", "alice"), [BrokenRule::Short { shortest: 12 }, BrokenRule::Nul]);
        assert_eq!(broken("", "alice"), [BrokenRule::Short { shortest: 12 }]);
    }

    #[test]
    fn the_users_own_name_is_no_password_in_any_case() {
        assert_eq!(broken("Alice@Example.Org", "alice@example.org"), [BrokenRule::Name]);
        assert_eq!(broken("Alice@Example.Org!", "alice@example.org"), []);
    }

    #[test]
    fn what_is_tried_first_is_refused_in_any_case() {
        for common in ["Password1234", "QWERTYUIOP123", "changeme1234", "correct horse battery staple"] {
            assert_eq!(broken(common, "alice"), [BrokenRule::Common], "{common}");
        }
    }

    #[test]
    fn the_least_length_can_be_another_one() {
        let rules = PasswordRules { shortest: 8 };
        let broken = |text: &str| rules.broken_by(&Password::new(text.to_owned()), &name("alice"));
        assert_eq!(broken("gX3pT9kw"), []);
        assert_eq!(broken("gX3pT9k"), [BrokenRule::Short { shortest: 8 }]);
        assert_eq!(broken("password"), [BrokenRule::Common]);
    }

    #[test]
    fn the_list_is_sorted_and_folded_and_has_each_once() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.is_sorted_by(|one, next| one < next));
        assert!(lines.iter().all(|line| !line.is_empty() && *line == line.to_lowercase()));
        assert!(lines.len() > 500);
    }
}
