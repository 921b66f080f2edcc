//! Personal tokens: what somebody gives to his own script, for less than he may himself and for no longer than he likes.
//!
//! A personal token says nothing; it stands for a session that the ledger keeps, with the limits of what the token is for.

use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;
use sha2::{Digest as _, Sha256};

use super::base64url;
use super::limits::Limits;
use super::name::{caseless_name, is_free_name};
use super::opaque::TokenHash;
use super::user::Stamp;

caseless_name!(
    /// What its owner calls a personal token: for people, who may call two alike.
    TokenName,
    "a name of a token",
    "1 to 64 characters, no control characters, no space at either end",
    is_free_name
);

/// What stands before every personal token, so that one that was lost is found by whoever looks for such.
const PREFIX: &str = "ptc_";

/// `ptc_` and 256 random bits in base64url. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalToken([u8; 32]);

impl PersonalToken {
    /// From random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a token as it was sent: each has one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decoded(text.strip_prefix(PREFIX)?).map(Self)
    }

    /// Whether a text is meant for a personal token, a possible one or not: no other token has such a beginning.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The text, for whoever it was made for.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", base64url::encoded(&self.0))
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::from_bytes(Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for PersonalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalToken")
    }
}

/// What is kept of a personal token beside its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// What is kept of the token itself.
    pub token: TokenHash,
    /// Of the user when it was made: a token that says nothing has no claim `ver`.
    pub stamp: Stamp,
    /// What its owner calls it.
    pub name: TokenName,
    /// What it is for.
    pub limits: Arc<Limits>,
    /// Where it may come from; empty: from anywhere.
    pub allow_from: Box<[IpNet]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `head -c 32 /dev/zero | tr '\0' '\373' | basenc --base64url`
    const SPELLED: &str = "ptc_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s";

    #[test]
    fn a_token_is_spelled_as_everybody_spells_base64url_and_read_again() {
        assert_eq!(PersonalToken::from_bytes([0; 32]).expose(), format!("ptc_{}", "A".repeat(43)));
        assert_eq!(PersonalToken::from_bytes([0xfb; 32]).expose(), SPELLED);
        for byte in 0..=255_u8 {
            let mut bytes = [byte; 32];
            bytes[31] = byte.wrapping_mul(7);
            let token = PersonalToken::from_bytes(bytes);
            assert_eq!(PersonalToken::parse(&token.expose()), Some(token));
        }
    }

    #[test]
    fn a_token_has_one_spelling() {
        let digits = &SPELLED[4..];
        assert!(PersonalToken::parse(SPELLED).is_some());
        for wrong in [
            digits.to_owned(),
            format!("PTC_{digits}"),
            format!("ptc-{digits}"),
            format!("ptc_{digits}="),
            format!("ptc_{digits}A"),
            format!("ptc_{}", &digits[1..]),
            format!("ptc_{}t", &digits[..42]),
            format!("ptc_{}", digits.replace('-', "+")),
            format!("ptc_{}", digits.replace('_', "/")),
            format!(" {SPELLED}"),
            format!("{SPELLED}\n"),
            format!("ptc_{}é", &digits[2..]),
            "ptc_".to_owned(),
            String::new(),
        ] {
            assert_eq!(PersonalToken::parse(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn its_hash_is_that_of_its_text_and_it_is_not_printed() {
        let token = PersonalToken::parse(SPELLED).unwrap();
        assert_eq!(token.hash().bytes(), <[u8; 32]>::from(Sha256::digest(SPELLED)));
        assert_eq!(format!("{token:?}"), "PersonalToken");
    }
}
