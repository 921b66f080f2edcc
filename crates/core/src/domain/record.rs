//! Records: what happened, in the form in which it is kept.

use std::net::IpAddr;

use super::realm::Realm;
use super::time::Timestamp;

/// The version of the form of records; raised when a field changes its meaning.
pub const RECORD_VERSION: u8 = 1;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Let through, or done.
    Allowed,
    /// Turned away.
    Refused,
    /// Let through by a shadow route, though its requirement was not met.
    Shadowed,
}

impl Verdict {
    /// A stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Shadowed => "shadowed",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: Timestamp,
    /// In which request.
    pub request_id: String,
    /// The id that a refused client was told.
    pub decision_id: Option<String>,
    /// Who, as far as it is known; a name that nobody has is not kept, since it may be a mistyped password.
    pub subject: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
    /// What: `login`, or the method and path of a request.
    pub action: String,
    /// The route that counted.
    pub route: Option<String>,
    /// The realm that was asked about.
    pub realm: Option<Realm>,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// What an administrative change changed.
    pub amendment: Option<Amendment>,
}

/// What an administrative change changed, in words and without any secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// What was changed: `user alice`, `role field-tech`, `sessions of alice`.
    pub object: String,
    /// What it was like; none if it was not there.
    pub before: Option<String>,
    /// What it is like now; none if it is no more.
    pub after: Option<String>,
}

/// The place of a record among all; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Sequence(pub u64);

/// A record in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub sequence: Sequence,
    /// The record.
    pub record: Record,
}

/// Which records somebody wants to see. All that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Those of this subject, compared without case.
    pub subject: Option<String>,
    /// Those of this action, whole: `login`, or `DELETE /api/v1/subscribers/7`.
    pub action: Option<String>,
    /// Those of this time and later.
    pub since: Option<Timestamp>,
}

impl RecordFilter {
    /// Whether a record is one of those.
    pub fn holds(&self, record: &Record) -> bool {
        let of_subject = |wanted: &String| {
            record.subject.as_ref().is_some_and(|subject| subject.to_lowercase() == wanted.to_lowercase())
        };
        self.subject.as_ref().is_none_or(of_subject)
            && self.action.as_ref().is_none_or(|action| *action == record.action)
            && self.since.is_none_or(|since| record.time >= since)
    }
}
