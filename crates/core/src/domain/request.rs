//! A request as the gate sees it, whatever brought it.

use std::fmt;
use std::net::IpAddr;

/// What a request offers as a credential: three states, so that a bad one is never taken for none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'r> {
    /// No `Authorization` field.
    Absent,
    /// Something that is no single bearer credential: another scheme, two fields, two credentials.
    Malformed {
        /// Whether it was of the Bearer scheme.
        bearer: bool,
    },
    /// `Bearer` and this token (RFC 6750 2.1). Not a word of it has been checked.
    Bearer(&'r str),
}

/// The token stays out of whatever is printed.
impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Malformed { bearer } => f.debug_struct("Malformed").field("bearer", bearer).finish(),
            Self::Bearer(_) => f.write_str("Bearer(..)"),
        }
    }
}

/// A header field that is there more than once, or in two spellings, or is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmbiguousField;

/// The header fields of a request, for realms that are named there.
pub trait Fields: Sync {
    /// The value of the one field of this name, compared without case.
    fn only(&self, name: &str) -> Result<Option<&str>, AmbiguousField>;
}

/// A request as the gate sees it.
#[derive(Clone, Copy)]
pub struct RequestView<'r> {
    /// The method, as it stands on the wire.
    pub method: &'r str,
    /// Path and query, as they stand on the wire.
    pub target: &'r str,
    /// What it offers as a credential.
    pub credential: Credential<'r>,
    /// Its header fields.
    pub fields: &'r dyn Fields,
    /// The id under which this request is logged, here and behind.
    pub id: &'r str,
    /// Where it came from; none over a Unix socket.
    pub address: Option<IpAddr>,
}
