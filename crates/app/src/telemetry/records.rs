//! Records of the ledger as lines of the log, and logins as counts.

use std::sync::Arc;

use portcullis_core::domain::record::{RECORD_VERSION, Record, Verdict};

use super::metrics::Metrics;
use crate::stores::Observer;

/// What looks at each record as it gets its place.
pub(crate) fn observer(metrics: Arc<Metrics>) -> Observer {
    Box::new(move |record| {
        if record.action == "login" {
            metrics.login(record.verdict, &record.reason);
        }
        log(record);
    })
}

fn log(record: &Record) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let message = match record.verdict {
        Verdict::Allowed => "allowed",
        Verdict::Refused => "refused",
        Verdict::Shadowed => "let through by a shadow route",
    };
    tracing::info!(
        target: "record",
        version = RECORD_VERSION,
        record.time = %rfc3339(record.time.micros()),
        request.id = %record.request_id,
        decision.id = text(&record.decision_id),
        subject = text(&record.subject),
        address = record.address.map(|address| address.to_string()).unwrap_or_default(),
        action = %record.action,
        route = text(&record.route),
        realm = record.realm.as_ref().map(ToString::to_string).unwrap_or_default(),
        decision = record.verdict.as_str(),
        reason = %record.reason,
        changed = record.amendment.as_ref().map(|amendment| amendment.object.clone()).unwrap_or_default(),
        "{message}"
    );
}

/// A point in time, in microseconds, as RFC 3339 writes it in UTC.
pub(crate) fn rfc3339(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map(|time| time.to_string()).unwrap_or_default()
}
