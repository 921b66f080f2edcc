//! Sessions: one for each login.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::client::{ClientId, SubjectId};
use super::opaque::TokenHash;
use super::personal::Personal;
use super::time::Timestamp;
use super::user::{Stamp, Username};

/// The name of a session: 128 random bits, written as 32 hexadecimal digits; the claim `sid`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// From random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)).into())
    }

    /// As somebody names it; none if no session can have this name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(is_hex)).then(|| Self(text.into()))
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

/// What the holder of a session shows to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionKind {
    /// A signed token (RFC 7519), which says for itself until when it is good.
    Jwt,
    /// A token that says nothing; its session ends when it was not used for a while.
    Opaque {
        /// What is kept of the token.
        token: TokenHash,
        /// How long it may be unused.
        idle_timeout: Duration,
        /// Of the user when it was opened: a token that says nothing has no claim `ver`.
        stamp: Stamp,
    },
    /// A token that says nothing either, but lasts as long as its owner said, for what he said.
    Personal(Arc<Personal>),
}

impl SessionKind {
    /// A stable word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque { .. } => "opaque",
            Self::Personal(_) => "personal",
        }
    }

    /// What is kept of its token, if that says nothing.
    pub fn token(&self) -> Option<TokenHash> {
        match self {
            Self::Jwt => None,
            Self::Opaque { token, .. } => Some(*token),
            Self::Personal(personal) => Some(personal.token),
        }
    }

    /// How long it may be unused, if that matters.
    pub fn idle_timeout(&self) -> Option<Duration> {
        match self {
            Self::Opaque { idle_timeout, .. } => Some(*idle_timeout),
            Self::Jwt | Self::Personal(_) => None,
        }
    }

    /// What is kept of it, if it is a personal token's.
    pub fn personal(&self) -> Option<&Arc<Personal>> {
        match self {
            Self::Personal(personal) => Some(personal),
            Self::Jwt | Self::Opaque { .. } => None,
        }
    }
}

/// A session that a login opened, or that a personal token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub user: Username,
    /// What its holder shows.
    pub kind: SessionKind,
    /// When it was opened.
    pub issued_at: Timestamp,
    /// When it was last used, as far as that is noted down: for a signed token, when it was opened.
    pub last_seen_at: Timestamp,
    /// When its token ends, however much it is used.
    pub expires_at: Timestamp,
    /// Where the login came from, if the listener knows.
    pub address: Option<IpAddr>,
    /// The `User-Agent` of the login, cut to 200 characters.
    pub agent: Option<String>,
}

impl Session {
    /// Whether it is of this stamp of its user. A signed token says for itself of which it is.
    pub fn is_of(&self, now: Stamp) -> bool {
        match &self.kind {
            SessionKind::Jwt => true,
            SessionKind::Opaque { stamp, .. } => *stamp == now,
            SessionKind::Personal(personal) => personal.stamp == now,
        }
    }

    /// When it ends if it is not used any more.
    pub fn ends_at(&self) -> Timestamp {
        self.ends_at_if_seen(self.last_seen_at)
    }

    /// When it ends if it is used at this time and then not any more.
    pub fn ends_at_if_seen(&self, last_seen_at: Timestamp) -> Timestamp {
        let unused = self.kind.idle_timeout().map(|idle_timeout| last_seen_at.plus(idle_timeout));
        unused.map_or(self.expires_at, |unused| unused.min(self.expires_at))
    }
}

/// A session that was ended before its time. It must be known until its token expires by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedSession {
    /// Its name.
    pub id: SessionId,
    /// Whose it was.
    pub subject: SubjectId,
    /// When its token would have ended.
    pub expires_at: Timestamp,
}

/// How often all sessions were ended at once: of one user or client, and of everybody. Part of the stamp of the tokens, so
/// that those from before are of another stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Generation {
    /// Of the user, or of the client.
    pub user: u64,
    /// Of everybody.
    pub everybody: u64,
}

/// Whose sessions are ended at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Of these users.
    Users(Vec<Username>),
    /// Of this client.
    Client(ClientId),
    /// Of everybody.
    Everybody,
}
