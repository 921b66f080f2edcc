//! Secrets have types that can't be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The longest password that bcrypt reads whole, in bytes of UTF-8.
pub const LONGEST_PASSWORD: usize = 72;

/// A password as somebody typed it; never printed, wiped when dropped.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// Takes any text; whether it can be anyone's password is asked with [`Password::is_possible`].
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// Whether bcrypt can tell this password from every other: 1 to 72 bytes, and no NUL.
    /// What is longer would be cut, and a NUL would make `abc` and `abc\0abc` the same.
    pub fn is_possible(&self) -> bool {
        let text = self.0.expose_secret();
        (1..=LONGEST_PASSWORD).contains(&text.len()) && !text.contains('\0')
    }

    /// The text, for the hasher alone.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// The cost of a bcrypt hash: the binary logarithm of its rounds, 4 to 15.
///
/// Above 15 one login would hold a core for seconds; a hash that says so is refused where it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u8);

impl Cost {
    /// The least that bcrypt knows.
    pub const LEAST: Self = Self(4);
    /// What new hashes get unless somebody says otherwise.
    pub const USUAL: Self = Self(12);
    /// The highest that is accepted.
    pub const HIGHEST: Self = Self(15);

    /// A cost of 4 to 15.
    pub fn new(cost: u8) -> Option<Self> {
        (Self::LEAST.0..=Self::HIGHEST.0).contains(&cost).then_some(Self(cost))
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }

    /// The costs from this one up to, but without, `end`.
    pub fn up_to(self, end: Self) -> impl Iterator<Item = Self> {
        (self.0..end.0).map(Self)
    }
}

/// Why a text is no bcrypt hash that we accept. Never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordHashError {
    /// Not `$2a$`, `$2b$` or `$2y$`.
    #[error("expected a bcrypt hash that begins with $2a$, $2b$ or $2y$")]
    Prefix,
    /// The cost is missing or outside 4 to 15.
    #[error("expected a bcrypt cost of 04 to 15")]
    Cost,
    /// Not 60 characters, or one of another alphabet.
    #[error("expected a bcrypt hash of 60 characters: 7 of prefix and cost, 22 of salt, 31 of hash")]
    Shape,
}

/// A bcrypt hash in its modular form, `$2b$12$` and 53 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: Box<str>,
    cost: Cost,
}

impl PasswordHash {
    /// Takes a hash as Python's bcrypt, `htpasswd -B` and the like write it.
    pub fn parse(text: &str) -> Result<Self, PasswordHashError> {
        let rest = ["$2a$", "$2b$", "$2y$"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .ok_or(PasswordHashError::Prefix)?;
        let (digits, tail) = rest.split_once('$').ok_or(PasswordHashError::Shape)?;
        let two_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let cost = two_digits.then(|| digits.parse().ok()).flatten().and_then(Cost::new);
        let cost = cost.ok_or(PasswordHashError::Cost)?;
        let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'/';
        if tail.len() != 53 || !tail.bytes().all(in_alphabet) {
            return Err(PasswordHashError::Shape);
        }
        Ok(Self { text: text.into(), cost })
    }

    /// The cost that it was made with.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether any password can match it: bcrypt leaves the last bits of salt and hash unset, so a text in which they
    /// are set was mistyped.
    pub fn can_match(&self) -> bool {
        // The digits of bcrypt's base64 whose low 4, or low 2, bits are unset.
        let ends_in = |end: usize, digits: &str| {
            self.text
                .get(..end)
                .and_then(|text| text.chars().last())
                .is_some_and(|last| digits.contains(last))
        };
        ends_in(29, ".Oeu") && ends_in(60, ".CGKOSWaeimquy26")
    }

    /// The text, for the hasher and for `hash-password`.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash(cost {})", self.cost.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./01234";

    #[test]
    fn hashes_of_the_three_usual_prefixes_are_read() {
        let tail = &TAIL[..53];
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let hash = PasswordHash::parse(&format!("{prefix}12${tail}")).unwrap();
            assert_eq!(hash.cost(), Cost::USUAL);
        }
    }

    #[test]
    fn hashes_that_could_never_match_or_cost_too_much_are_refused() {
        let tail = &TAIL[..53];
        let wrong = |text: String| PasswordHash::parse(&text).unwrap_err();
        assert_eq!(wrong(format!("$2x$12${tail}")), PasswordHashError::Prefix);
        assert_eq!(wrong("plain".into()), PasswordHashError::Prefix);
        assert_eq!(wrong(format!("$2b$16${tail}")), PasswordHashError::Cost);
        assert_eq!(wrong(format!("$2b$03${tail}")), PasswordHashError::Cost);
        assert_eq!(wrong(format!("$2b$+9${tail}")), PasswordHashError::Cost);
        assert_eq!(wrong(format!("$2b$9${tail}")), PasswordHashError::Cost);
        assert_eq!(wrong(format!("$2b$12${}", &tail[1..])), PasswordHashError::Shape);
        assert_eq!(wrong(format!("$2b$12${}é", &tail[2..])), PasswordHashError::Shape);
    }

    #[test]
    fn a_hash_with_bits_that_bcrypt_never_sets_can_never_match() {
        let can_match = |tail: &str| PasswordHash::parse(&format!("$2b$04${tail}")).unwrap().can_match();
        assert!(can_match("abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm"));
        assert!(!can_match("abcdefghijklmnopqrstuvrMY81APmSEiT1iMIjNrGHNRdC0U9WWm"));
        assert!(!can_match("abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWn"));
    }

    #[test]
    fn passwords_that_bcrypt_would_confuse_are_impossible() {
        let possible = |text: &str| Password::new(text.into()).is_possible();
        assert!(possible("x") && possible(&"x".repeat(72)));
        assert!(!possible("") && !possible(&"x".repeat(73)) && !possible("abc\0abc"));
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(format!("{:?}", Password::new("hunter2".into())), "Password");
        let hash = PasswordHash::parse(&format!("$2b$12${}", &TAIL[..53])).unwrap();
        assert_eq!(format!("{hash:?}"), "PasswordHash(cost 12)");
    }
}
