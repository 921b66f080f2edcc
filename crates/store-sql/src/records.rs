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
use crate::sql::{Row, Sql, Value, at_most, malformed, stored};
use crate::statements::records as statements;
use crate::transaction::{Head, Transaction};

/// A record in its place in the chain, as it is put into the table.
struct Placed {
    entry: Entry,
    previous: [u8; 32],
    hash: [u8; 32],
    address: Option<String>,
    subject_key: Option<String>,
}

impl Transaction<'_> {
    /// Gives a record its place.
    pub(crate) async fn append(&mut self, record: Record) -> Result<Sequence, StoreError> {
        self.append_all([record]).await?;
        Ok(self.state.head.sequence)
    }

    /// Gives records their places, one after the other. Before one that is of an earlier time than the chain has come
    /// to, a mark says so: times are never changed, and a verifier takes a step back without a mark for a forgery.
    pub(crate) async fn append_all(
        &mut self,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<(), StoreError> {
        let mut placed = vec![];
        for record in records {
            let (latest, time) = (self.state.head.time, record.time);
            let goes_back = self.state.head.sequence.0 > 0 && time.plus(marks::TOLERANCE) < latest;
            if goes_back {
                placed.push(self.place(marks::step_back(latest)));
            }
            placed.push(self.place(record));
            self.state.head.time = if goes_back { time } else { latest.max(time) };
        }
        let (eights, rest) = placed.as_chunks::<{ statements::EIGHT }>();
        for eight in eights {
            let values: Vec<_> = eight.iter().flat_map(Placed::values).collect();
            self.sql.execute(statements::APPEND_EIGHT, &values).await?;
        }
        for one in rest {
            self.sql.execute(statements::APPEND, &one.values()).await?;
        }
        self.is_changed |= !placed.is_empty();
        Ok(())
    }

    fn place(&mut self, record: Record) -> Placed {
        let previous = self.state.head.hash;
        let entry = Entry { sequence: Sequence(self.state.head.sequence.0 + 1), record };
        let hash = Linked { entry: &entry, version: RECORD_VERSION, previous }.hash();
        self.state.head = Head { sequence: entry.sequence, hash, ..self.state.head };
        Placed {
            previous: previous.bytes(),
            hash: hash.bytes(),
            address: entry.record.address.map(|address| address.to_string()),
            subject_key: entry.record.subject.as_ref().map(|subject| subject.to_lowercase()),
            entry,
        }
    }
}

impl Placed {
    /// In the order of the columns.
    fn values(&self) -> [Value<'_>; 18] {
        let Self { entry: Entry { sequence, record }, previous, hash, address, subject_key } = self;
        let Record { time, request_id, decision_id, subject, action, .. } = record;
        let Record { route, realm, verdict, reason, amendment, .. } = record;
        let amended = amendment.as_ref();
        [
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
            previous.as_slice().into(),
            hash.as_slice().into(),
        ]
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
        Some(_) => sql.rows(statements::SINCE_OF_SUBJECT, &values).await?,
        None => sql.rows(statements::SINCE, values.get(..5).unwrap_or_default()).await?,
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
