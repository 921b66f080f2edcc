//! The shared secret that tokens are signed with.

use std::fmt;

use secrecy::{ExposeSecret, SecretSlice};

pub use crate::weakness::Weakness;

/// The least length of a secret, in bytes: as many as HMAC-SHA-256 gives (RFC 7518 3.2).
pub const LEAST_SECRET: usize = 32;

/// A secret that signs tokens; never printed, wiped when dropped.
#[derive(Clone)]
pub struct SharedSecret(SecretSlice<u8>);

/// A secret is too short to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret has {length} bytes; it needs at least {LEAST_SECRET}")]
pub struct SecretTooShort {
    /// How many bytes it has.
    pub length: usize,
}

impl SharedSecret {
    /// Takes a secret of at least [`LEAST_SECRET`] bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, SecretTooShort> {
        let length = bytes.len();
        if length < LEAST_SECRET { Err(SecretTooShort { length }) } else { Ok(Self(bytes.into())) }
    }

    /// What makes it easy to guess, if anything is seen that does. That nothing is seen proves nothing.
    pub fn weakness(&self) -> Option<Weakness> {
        Weakness::of(self.expose())
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_secrets_are_refused_and_none_is_printed() {
        assert_eq!(SharedSecret::new(vec![b'x'; 31]).unwrap_err(), SecretTooShort { length: 31 });
        assert_eq!(format!("{:?}", SharedSecret::new(vec![b'x'; 32]).unwrap()), "SharedSecret");
    }
}
