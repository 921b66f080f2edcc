//! Records: appended to the chain, and read again.

use std::net::IpAddr;

use portcullis_core::domain::chain::Linked;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::record::{
    Amendment, Entry, RECORD_VERSION, Record, RecordFilter, Sequence, Verdict,
};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;

use crate::marks;
use crate::sql::{Row, Sql, at_most, malformed, stored};
use crate::statements::records;
use crate::transaction::{Head, Transaction};

impl Transaction<'_> {
    /// Gives a record its place. Before one that is of an earlier time than the chain has come to, a mark says so:
    /// times are never changed, and a verifier takes a step back without a mark for a forgery.
    pub(crate) async fn append(&mut self, record: Record) -> Result<Sequence, StoreError> {
        let (latest, time) = (self.state.head.time, record.time);
        let goes_back = self.state.head.sequence.0 > 0 && time.plus(marks::TOLERANCE) < latest;
        if goes_back {
            self.put(marks::step_back(latest)).await?;
        }
        let sequence = self.put(record).await?;
        self.state.head.time = if goes_back { time } else { latest.max(time) };
        Ok(sequence)
    }

    async fn put(&mut self, record: Record) -> Result<Sequence, StoreError> {
        let previous = self.state.head.hash;
        let sequence = Sequence(self.state.head.sequence.0 + 1);
        let entry = Entry { sequence, record };
        let hash = Linked { entry: &entry, version: RECORD_VERSION, previous }.hash();
        let Record { time, request_id, decision_id, subject, address, .. } = &entry.record;
        let Record { action, route, realm, verdict, reason, amendment, .. } = &entry.record;
        let address = address.map(|address| address.to_string());
        let subject_key = subject.as_ref().map(|subject| subject.to_lowercase());
        let amended = amendment.as_ref();
        let links = [previous.bytes(), hash.bytes()];
        let [from, to] = &links;
        let values = [
            stored(sequence.0).into(),
            i64::from(RECORD_VERSION).into(),
            time.micros().into(),
            request_id.as_str().into(),
            decision_id.as_deref().into(),
            subject.as_deref().into(),
            subject_key.as_deref().into(),
            address.as_deref().into(),
            action.as_str().into(),
            route.as_deref().into(),
            realm.as_ref().map(Realm::as_str).into(),
            verdict.as_str().into(),
            reason.as_str().into(),
            amended.map(|amendment| amendment.object.as_str()).into(),
            amended.and_then(|amendment| amendment.before.as_deref()).into(),
            amended.and_then(|amendment| amendment.after.as_deref()).into(),
            from.as_slice().into(),
            to.as_slice().into(),
        ];
        self.sql.execute(records::APPEND, &values).await?;
        self.state.head = Head { sequence, hash, ..self.state.head };
        self.is_changed = true;
        Ok(sequence)
    }
}

/// The records after a place that the filter lets through.
pub(crate) async fn since(
    sql: &mut dyn Sql,
    after: Sequence,
    filter: &RecordFilter,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let since = filter.since.map_or(i64::MIN, Timestamp::micros);
    let action = filter.action.as_deref();
    let subject = filter.subject.as_ref().map(|subject| subject.to_lowercase());
    let values = [
        stored(after.0).into(),
        since.into(),
        action.into(),
        action.is_none().into(),
        at_most(limit).into(),
        subject.as_deref().into(),
    ];
    let rows = match subject {
        Some(_) => sql.rows(records::SINCE_OF_SUBJECT, &values).await?,
        None => sql.rows(records::SINCE, values.get(..5).unwrap_or_default()).await?,
    };
    rows.into_iter().map(|mut row| entry(&mut row)).collect()
}

/// The entry whose columns come next.
pub(crate) fn entry(row: &mut Row) -> Result<Entry, StoreError> {
    let sequence = Sequence(row.count("records.sequence")?);
    let record = Record {
        time: Timestamp::from_micros(row.integer("records.time")?),
        request_id: row.text("records.request_id")?,
        decision_id: row.optional_text("records.decision_id")?,
        subject: row.optional_text("records.subject")?,
        address: row.optionally_parsed("records.address", str::parse::<IpAddr>)?,
        action: row.text("records.action")?,
        route: row.optional_text("records.route")?,
        realm: row.optionally_parsed("records.realm", Realm::parse)?,
        verdict: verdict(&row.text("records.verdict")?)?,
        reason: row.text("records.reason")?,
        amendment: amendment(row)?,
    };
    Ok(Entry { sequence, record })
}

fn amendment(row: &mut Row) -> Result<Option<Amendment>, StoreError> {
    let object = row.optional_text("records.object")?;
    let before = row.optional_text("records.before")?;
    let after = row.optional_text("records.after")?;
    Ok(object.map(|object| Amendment { object, before, after }))
}

fn verdict(word: &str) -> Result<Verdict, StoreError> {
    let all = [Verdict::Allowed, Verdict::Refused, Verdict::Shadowed];
    let verdict = all.into_iter().find(|verdict| verdict.as_str() == word);
    verdict.ok_or_else(|| malformed("records.verdict", "an unknown verdict"))
}
