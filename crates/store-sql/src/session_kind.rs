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

use crate::sql::{Row, malformed};

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
        let networks: Vec<_> = personal.allow_from.iter().map(ToString::to_string).collect();
        Self {
            name: Some(personal.name.as_str()),
            limits: Some(personal.limits.to_string()),
            allow_from: (!networks.is_empty()).then(|| networks.join(" ")),
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
            // What can't be read as networks must not become none: that would be from anywhere.
            let networks = |text: &str| -> Result<Vec<_>, _> {
                text.split(' ').map(|text| network(text).ok_or("not a network")).collect()
            };
            let allow_from =
                row.optionally_parsed("sessions.allow_from", networks)?.unwrap_or_default().into();
            Ok(SessionKind::Personal(Arc::new(Personal { token, stamp, name, limits, allow_from })))
        }
        _ => Err(malformed("sessions.kind", "an unknown kind of session")),
    }
}

/// A span as it is kept.
pub(crate) fn micros(span: Duration) -> i64 {
    span.as_micros().try_into().unwrap_or(i64::MAX)
}
