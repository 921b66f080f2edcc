//! `GET /api/v1/auth/audit`: what happened, oldest first.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use jiff::Timestamp as Instant;
use portcullis_core::domain::record::{Amendment, Entry, RecordFilter, Sequence};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::Ledger;
use serde::Serialize;

use super::paging::{Listing, Query};
use crate::api_error::ApiError;
use crate::envelope::{Envelope, rfc3339_micros};

#[derive(Debug, Serialize)]
pub(crate) struct EntryBody {
    sequence: u64,
    time: Option<String>,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Option<String>,
    user: Option<String>,
    address: Option<String>,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    realm: Option<String>,
    decision: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<ChangeBody>,
}

#[derive(Debug, Serialize)]
struct ChangeBody {
    object: String,
    before: Option<String>,
    after: Option<String>,
}

/// The records that are asked for.
pub(crate) async fn list(
    State(ledger): State<Arc<dyn Ledger>>,
    RawQuery(query): RawQuery,
) -> Result<Envelope<Listing<EntryBody>>, ApiError> {
    let mut query = Query::new(query.as_deref());
    let place = |text: &str| text.parse().map(Sequence).map_err(|_| "Input should be the place of a record");
    let (after, cursor) = (query.value("after", place), query.value("cursor", place));
    let since =
        query.value("since", |text| text.parse::<Instant>().map_err(|_| "Input should be an RFC 3339 time"));
    let filter = RecordFilter {
        subject: query.text("user"),
        action: query.text("action"),
        since: since.map(|since| Timestamp::from_micros(since.as_microsecond())),
    };
    let limit = query.limit();
    let after = cursor.or(after).unwrap_or_default();
    let (after, filter, limit) = query.done((after, filter, limit))?;
    let entries =
        ledger.since(after, &filter, limit + 1).await.map_err(|error| ApiError::unavailable(&error))?;
    Ok(Envelope::ok(Listing::of(entries, limit, |entry| entry.sequence.0.to_string(), EntryBody::from)))
}

impl From<Entry> for EntryBody {
    fn from(Entry { sequence, record }: Entry) -> Self {
        Self {
            sequence: sequence.0,
            time: rfc3339_micros(record.time),
            request_id: record.request_id,
            decision_id: record.decision_id,
            user: record.subject,
            address: record.address.map(|address| address.to_string()),
            action: record.action,
            route: record.route,
            realm: record.realm.map(|realm| realm.to_string()),
            decision: record.verdict.as_str(),
            reason: record.reason,
            change: record.amendment.map(|Amendment { object, before, after }| ChangeBody {
                object,
                before,
                after,
            }),
        }
    }
}
