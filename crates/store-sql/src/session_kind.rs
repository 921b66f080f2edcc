//! The kind of a session, which some columns belong to alone: what is kept of a token that says nothing, and of a personal
//! one what it is for.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::limits::Limits;
use portcullis_core::domain::network::network;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::personal::{Personal, TokenName};
use portcullis_core::domain::session::SessionKind;
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::store_error::StoreError;

use crate::sql::{Row, malformed, words};

/// The columns of personal tokens alone.
#[derive(Default)]
pub(crate) struct PersonalColumns<'k> {
    pub(crate) name: Option<&'k str>,
    pub(crate) limits: Option<String>,
    pub(crate) allow_from: Option<String>,
}

impl<'k> PersonalColumns<'k> {
    pub(crate) fn of(kind: &'k SessionKind) -> Self {
        let Some(personal) = kind.personal() else { return Self::default() };
        Self {
            name: Some(personal.name.as_str()),
            limits: Some(personal.limits.to_string()),
            allow_from: words(&personal.allow_from),
        }
    }
}

/// The user's stamp when the token was made.
pub(crate) fn stamp_of(kind: &SessionKind) -> Option<[u8; 8]> {
    match kind {
        SessionKind::Jwt => None,
        SessionKind::Opaque { stamp, .. } => Some(stamp.bytes()),
        SessionKind::Personal(personal) => Some(personal.stamp.bytes()),
    }
}

/// Reads what a session of this kind has in the last columns.
pub(crate) fn read(word: &str, row: &mut Row) -> Result<SessionKind, StoreError> {
    let (token, idle_timeout) =
        (row.optional_array("sessions.token")?, row.optional_integer("sessions.idle_timeout")?);
    let stamp = row.optional_array("sessions.stamp")?;
    match (word, token.map(TokenHash::from_bytes), idle_timeout, stamp.map(Stamp::from_bytes)) {
        ("jwt", None, None, None) => Ok(SessionKind::Jwt),
        ("opaque", Some(token), Some(idle), Some(stamp)) => {
            let idle_timeout = u64::try_from(idle).map(Duration::from_micros);
            let idle_timeout =
                idle_timeout.map_err(|_| malformed("sessions.idle_timeout", "a negative span"))?;
            Ok(SessionKind::Opaque { token, idle_timeout, stamp })
        }
        ("personal", Some(token), None, Some(stamp)) => {
            let name = row.parsed("sessions.name", TokenName::parse)?;
            let limits = Arc::new(row.parsed("sessions.limits", Limits::parse)?);
            let allow_from = row.words("sessions.allow_from", network)?.into();
            Ok(SessionKind::Personal(Arc::new(Personal { token, stamp, name, limits, allow_from })))
        }
        _ => Err(malformed("sessions.kind", "an unknown kind of session")),
    }
}
