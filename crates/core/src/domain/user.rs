//! Who a person is to Portcullis: a name, whether he may log in, what was granted to him, and the stamp that ties
//! his tokens to his present credential.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::grant::Grant;
use super::name::caseless_name;
use super::secret::PasswordHash;
use super::session::Generation;

caseless_name!(
    /// The name of a user; compared without case, kept as it was written.
    Username,
    "a user name",
    "1 to 64 characters of A-Z a-z 0-9 . _ - @ +",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte))
);

/// The value of the claim `ver`: another one whenever a user's earlier tokens must no longer be believed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stamp([u8; 8]);

impl Stamp {
    /// Derives a stamp from what it stands for. The parts are length-prefixed, so that no two lists of parts meet.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let mut stamp = [0; 8];
        for (to, from) in stamp.iter_mut().zip(digest.finalize()) {
            *to = from;
        }
        Self(stamp)
    }

    /// A stamp that was kept, or that is new: 8 random bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept.
    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }

    /// The stamp that tokens carry after all sessions were ended that often; the first ones carry the stamp itself.
    #[must_use]
    pub fn of_generation(self, generation: Generation) -> Self {
        if generation == Generation::default() {
            return self;
        }
        Self::of(&[&self.0, &generation.user.to_be_bytes(), &generation.everybody.to_be_bytes()])
    }

    /// Whether `text` is this stamp as a token carries it.
    pub fn is(&self, text: &str) -> bool {
        let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' - 10 + half };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let written = self.0.map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
        rest.is_empty() && *pairs == written
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A user as the decision sees him: everything but his password.
#[derive(Debug, Clone)]
pub struct User {
    /// His name, as the store spells it.
    pub name: Username,
    /// What his tokens must carry as `ver`.
    pub stamp: Stamp,
    /// False: refused everywhere, with any token.
    pub active: bool,
    /// False: as if inactive, to the API; the right to log in using web services.
    pub api_login: bool,
    /// The roles he holds, and where.
    pub grants: Arc<[Grant]>,
}

impl User {
    /// Whether a login or a token of this user is to be accepted at all.
    pub fn is_welcome(&self) -> bool {
        self.active && self.api_login
    }
}

/// A user together with the hash that his password is compared with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The hash of his password.
    pub hash: PasswordHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case_and_keep_their_spelling() {
        let name = Username::parse("Alice@Example.org").unwrap();
        assert_eq!(name, Username::parse("aLICE@example.ORG").unwrap());
        assert_eq!(name.as_str(), "Alice@Example.org");
    }

    #[test]
    fn names_of_other_characters_or_lengths_are_refused() {
        for wrong in ["", " ", "a b", "a\0", "ä", "a/b", "a:b", &"x".repeat(65)] {
            assert!(Username::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(Username::parse(&"x".repeat(64)).is_ok());
    }

    #[test]
    fn each_generation_has_a_stamp_of_its_own_and_the_first_one_none() {
        let stamp = Stamp::of(&[b"a"]);
        let of = |user, everybody| stamp.of_generation(Generation { user, everybody });
        assert_eq!(of(0, 0), stamp);
        let later = [of(1, 0), of(0, 1), of(1, 1), of(2, 0), stamp];
        for (index, one) in later.iter().enumerate() {
            assert!(later[..index].iter().all(|other| other != one));
        }
    }

    #[test]
    fn a_stamp_is_what_it_is_written_as_and_nothing_else() {
        let stamp = Stamp::from_bytes([0x00, 0x9a, 0xaf, 0xff, 0x10, 0x01, 0xb2, 0x3c]);
        let written = stamp.to_string();
        assert!(stamp.is(&written));
        let (capitals, longer) = (written.to_uppercase(), format!("{written}0"));
        for other in ["", &written[1..], &capitals, &longer, "009aafff1001b23d", "109aafff1001b23c"] {
            assert!(!stamp.is(other), "{other}");
        }
    }

    #[test]
    fn stamps_differ_where_the_border_between_their_parts_does() {
        assert_ne!(Stamp::of(&[b"ab", b"c"]), Stamp::of(&[b"a", b"bc"]));
        assert_eq!(Stamp::of(&[b"ab", b"c"]), Stamp::of(&[b"ab", b"c"]));
    }
}
