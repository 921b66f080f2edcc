//! Refresh tokens (RFC 6749 1.5). Each is good once, and is exchanged for an access token and the next one; all that follow
//! from one login are a family, and end with its session.
//!
//! A token has two parts: the name of its family, and a secret of its own. Of a family the hash of its name and that of its
//! present token are kept. Whatever else has that name was good once, since nobody finds the name by guessing: so the oldest
//! token is known again as well as the last, and a family takes the same room however often it is refreshed.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::base64url;
use super::delegation::Delegation;
use super::session::SessionId;
use super::time::Timestamp;
use super::user::Stamp;

/// What every refresh token begins with, so that whoever finds one knows what it is.
const PREFIX: &str = "ptr_";

/// The bytes of a family's name.
const NAME: usize = 16;
/// The bytes of a token's own secret.
const SECRET: usize = 32;
/// Both.
const LENGTH: usize = NAME + SECRET;

/// A refresh token: 128 random bits that name its family, and 256 of its own. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; LENGTH]);

impl RefreshToken {
    /// The first token of a new family, from random bytes.
    pub const fn first(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// The next token of the same family, from random bytes.
    #[must_use]
    pub fn next(&self, secret: [u8; SECRET]) -> Self {
        let mut bytes = self.0;
        if let Some(own) = bytes.last_chunk_mut() {
            *own = secret;
        }
        Self(bytes)
    }

    /// Reads a token as it was sent: each has one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decoded(text.strip_prefix(PREFIX)?).map(Self)
    }

    /// Whether a text is meant for a refresh token, a possible one or not: no other token has such a beginning.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The text, for whoever it was made for.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", base64url::encoded(&self.0))
    }

    /// What is kept of the name of its family.
    pub fn family(&self) -> RefreshHash {
        RefreshHash::of(b"family", self.0.first_chunk::<NAME>().map_or(&[], |name| name.as_slice()))
    }

    /// What is kept of itself.
    pub fn hash(&self) -> RefreshHash {
        RefreshHash::of(b"token", &self.0)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken")
    }
}

/// A SHA-256: of a refresh token, or of the name of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshHash([u8; 32]);

impl RefreshHash {
    fn of(what: &[u8], bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(what).chain_update([0]).chain_update(bytes).finalize().into())
    }

    /// A hash that was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

/// The refresh tokens that follow from one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: RefreshHash,
    /// The token that is good now.
    pub present: RefreshHash,
    /// The session that the login opened, and with which it ends.
    pub session: SessionId,
    /// Of its user when he logged in, and of the client that he did it through.
    pub stamp: Stamp,
    /// The client that he did it through, if any: nobody else may use its tokens.
    pub delegation: Option<Delegation>,
}

impl Family {
    /// The family that begins with this token.
    pub fn of(
        first: &RefreshToken,
        session: SessionId,
        stamp: Stamp,
        delegation: Option<Delegation>,
    ) -> Self {
        Self { name: first.family(), present: first.hash(), session, stamp, delegation }
    }
}

/// The next token in the place of the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// The name of the family.
    pub family: RefreshHash,
    /// The token that was shown.
    pub from: RefreshHash,
    /// The one that is good from now on.
    pub to: RefreshHash,
    /// When: the session must not have ended by then, and was used then.
    pub at: Timestamp,
}

/// Which logins give refresh tokens; as a rule none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefreshPolicy {
    /// Whether a client may show a user's password (RFC 6749 4.3), and gets one.
    pub password_grant: bool,
    /// Whether the login itself gives one.
    pub after_login: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        RefreshToken::first(std::array::from_fn(|index| u8::try_from(index).unwrap()))
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_is_not_printed() {
        let text = token().expose();
        assert_eq!(text, "ptr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v");
        assert_eq!(RefreshToken::parse(&text), Some(token()));
        assert_eq!(format!("{:?}", token()), "RefreshToken");
        for wrong in [
            "",
            "ptr_",
            "ptr_AAAA",
            &text[4..],
            &text[..67],
            &text.replace("ptr_", "PTR_"),
            &format!("{text}A"),
        ] {
            assert_eq!(RefreshToken::parse(wrong), None, "{wrong}");
        }
        assert!(RefreshToken::is_meant("ptr_x") && !RefreshToken::is_meant("ptc_x"));
    }

    #[test]
    fn the_next_token_is_another_one_of_the_same_family() {
        let next = token().next([7; 32]);
        assert_eq!(next.family(), token().family());
        assert_ne!(next.hash(), token().hash());
        assert_ne!(next.hash(), next.family());
        let other = RefreshToken::first([7; 48]);
        assert!(other.family() != token().family() && other.hash() != token().hash());
    }
}
