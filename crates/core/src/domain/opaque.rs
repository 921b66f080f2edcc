//! Opaque tokens: a decimal number that says nothing, and stands for a session that the ledger knows. A personal token is
//! another of that kind.

use std::fmt;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::personal::PersonalToken;

/// A decimal number of 1 to 2^63 - 1, written without sign or leading zero. Never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OpaqueToken(u64);

impl OpaqueToken {
    /// From random bytes; none if they make no token, so that others must be drawn.
    pub fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        let number = u64::from_be_bytes(bytes) >> 1;
        (number > 0).then_some(Self(number))
    }

    /// Reads a token as it was sent: each has one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let number = text.parse::<u64>().ok().filter(|_| is_canonical)?;
        (1..=i64::MAX.unsigned_abs()).contains(&number).then_some(Self(number))
    }

    /// Whether a text is meant for an opaque token, a possible one or not: signed ones have dots and letters.
    pub fn is_meant(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// What is kept of it.
    pub fn hash(self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.to_string()).into())
    }

    /// The number, for whoever it was made for.
    pub fn expose(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken")
    }
}

/// The SHA-256 of a token that says nothing: what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// A hash that was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// Of a token as it was sent, of whichever kind; none if no such token is spelled so.
    pub fn of_sent(text: &str) -> Option<Self> {
        let personal = || PersonalToken::parse(text).map(|token| token.hash());
        OpaqueToken::parse(text).map(OpaqueToken::hash).or_else(personal)
    }

    /// Whether a text is meant for a token that says nothing, a possible one or not.
    pub fn is_meant(text: &str) -> bool {
        OpaqueToken::is_meant(text) || PersonalToken::is_meant(text)
    }
}

/// How long the sessions of opaque tokens last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpaquePolicy {
    /// Since it was last used.
    pub idle_timeout: Duration,
    /// Since it was opened, however much it is used.
    pub max_age: Duration,
}

impl Default for OpaquePolicy {
    fn default() -> Self {
        Self { idle_timeout: Duration::from_mins(30), max_age: Duration::from_hours(24) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_positive_number_of_63_bits_in_one_spelling() {
        for good in ["1", "42", "4747653682905491905", "9223372036854775807"] {
            let token = OpaqueToken::parse(good).unwrap();
            assert_eq!(token.expose().to_string(), good);
        }
        for wrong in [
            "",
            "0",
            "00",
            "01",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1\n",
            "1e3",
            "0x1",
            "1_000",
            "1.0",
            "9223372036854775808",
            "18446744073709551616",
            "99999999999999999999999999",
            "\u{661}",
            "\u{ff11}",
            "\u{966}1",
            "1\u{660}",
        ] {
            assert_eq!(OpaqueToken::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn random_bytes_make_a_token_that_can_be_read_again() {
        for bytes in [[0xff; 8], [1; 8], [0, 0, 0, 0, 0, 0, 0, 2], 0x8000_0000_0000_0000_u64.to_be_bytes()] {
            let token = OpaqueToken::from_bytes(bytes).unwrap();
            assert_eq!(OpaqueToken::parse(&token.expose().to_string()), Some(token));
        }
        assert_eq!(OpaqueToken::from_bytes([0; 8]), None);
        assert_eq!(OpaqueToken::from_bytes([0, 0, 0, 0, 0, 0, 0, 1]), None);
    }

    #[test]
    fn its_hash_is_that_of_its_digits_and_it_is_not_printed() {
        let token = OpaqueToken::parse("42").unwrap();
        // printf 42 | sha256sum
        assert!(format!("{:02x?}", token.hash().bytes()).starts_with("[73, 47, 5c, b4"));
        assert_eq!(format!("{token:?}"), "OpaqueToken");
    }
}
