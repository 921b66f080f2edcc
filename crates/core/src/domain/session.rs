//! Sessions: one for each login.

use std::fmt;
use std::net::IpAddr;

use super::time::Timestamp;
use super::user::Username;

/// The name of a session: 128 random bits, written as 32 hexadecimal digits; the claim `sid`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// From random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)).into())
    }

    /// As a token says it. An id that nobody here has opened is believed under a good signature, so that a token
    /// survives a restart of a gate that keeps its sessions in memory.
    pub fn claimed(text: String) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A session that a login opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub user: Username,
    /// When it was opened.
    pub issued_at: Timestamp,
    /// When its token ends.
    pub expires_at: Timestamp,
    /// Where the login came from, if the listener knows.
    pub address: Option<IpAddr>,
    /// The `User-Agent` of the login, cut to 200 characters.
    pub agent: Option<String>,
}
