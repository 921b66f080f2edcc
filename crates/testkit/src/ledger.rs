//! The suite of every ledger: an empty one that has room for at least 200 records and sessions.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence, Verdict};
use portcullis_core::domain::session::{Session, SessionId, SessionKind};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::{Change, Ledger};
use tokio::task::JoinSet;

use crate::seed::username;

/// How many records the suite puts into a ledger at most.
const MANY: usize = 50;

/// Runs the suite over a ledger: `$fresh` is an `async fn()` that gives whatever derefs to an empty one.
#[macro_export]
macro_rules! ledger_conformance {
    ($fresh:path) => {
        $crate::cases! { $fresh, (), ledger: [
            new_ledger_is_empty,
            commit_opens_the_session_and_records,
            records_round_trip_whole,
            unknown_session_is_none,
            each_session_is_kept_apart,
            sequence_begins_at_one_and_has_no_gaps,
            note_takes_its_place_before_a_later_commit,
            note_opens_no_session,
            since_pages_oldest_first,
            since_honours_its_limit,
            since_the_end_and_beyond_is_nothing,
        ] }
        $crate::cases_that_make_their_stores! { $fresh, ledger: [
            concurrent_commits_take_different_consecutive_places,
        ] }
    };
}

/// Nothing has happened yet.
pub async fn new_ledger_is_empty(ledger: &dyn Ledger) {
    assert_eq!(all(ledger).await, []);
}

/// After a commit both are there: the session, and the record in the place that was returned.
pub async fn commit_opens_the_session_and_records(ledger: &dyn Ledger) {
    let session = session(1);
    let sequence = ledger.commit(Change::OpenSession(session.clone()), record(1)).await.unwrap();
    assert_eq!(ledger.session(&session.id).await.unwrap(), Some(session));
    assert_eq!(all(ledger).await, [Entry { sequence, record: record(1) }]);
}

/// No field of a record is lost, whether it is there or not.
pub async fn records_round_trip_whole(ledger: &dyn Ledger) {
    let full = Record {
        decision_id: Some("00000000000000010000002a".into()),
        subject: Some("Alice@Example.org".into()),
        address: Some("2001:db8::1".parse().unwrap()),
        route: Some("DELETE /api/v1/subscribers/{id}".into()),
        realm: Some(Realm::parse("Straße 7").unwrap()),
        verdict: Verdict::Shadowed,
        reason: "quote \" and line\nfeed, é".into(),
        ..record(1)
    };
    ledger.note(full.clone());
    commit(ledger, 2).await;
    let records: Vec<Record> = all(ledger).await.into_iter().map(|entry| entry.record).collect();
    assert_eq!(records, [full, record(2)]);
}

/// Absence is `None`, and no error.
pub async fn unknown_session_is_none(ledger: &dyn Ledger) {
    commit(ledger, 1).await;
    assert_eq!(ledger.session(&session(2).id).await.unwrap(), None);
    assert_eq!(ledger.session(&SessionId::claimed(String::new())).await.unwrap(), None);
}

/// Sessions don't mix, of one user even.
pub async fn each_session_is_kept_apart(ledger: &dyn Ledger) {
    for number in 1..=MANY {
        commit(ledger, number).await;
    }
    for number in 1..=MANY {
        let expected = session(number);
        assert_eq!(ledger.session(&expected.id).await.unwrap(), Some(expected));
    }
}

/// The first place is 1, and each next one the next number.
pub async fn sequence_begins_at_one_and_has_no_gaps(ledger: &dyn Ledger) {
    for number in 1..=MANY {
        assert_eq!(commit(ledger, number).await, place(number));
    }
    assert!(all(ledger).await.iter().map(|entry| entry.sequence).eq((1..=MANY).map(place)));
}

/// What was noted before a commit stands before it.
pub async fn note_takes_its_place_before_a_later_commit(ledger: &dyn Ledger) {
    ledger.note(record(1));
    ledger.note(record(2));
    assert_eq!(commit(ledger, 3).await, place(3));
    let expected = [1, 2, 3].map(|number| Entry { sequence: place(number), record: record(number) });
    assert_eq!(all(ledger).await, expected);
}

/// A note records and changes nothing.
pub async fn note_opens_no_session(ledger: &dyn Ledger) {
    ledger.note(record(1));
    assert_eq!(ledger.session(&session(1).id).await.unwrap(), None);
}

/// Page after page, every record comes once and in order.
pub async fn since_pages_oldest_first(ledger: &dyn Ledger) {
    for number in 1..=MANY {
        commit(ledger, number).await;
    }
    let mut read = vec![];
    let mut after = Sequence::default();
    for _ in 0..MANY {
        let page = ledger.since(after, &RecordFilter::default(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.sequence;
        read.extend(page.into_iter().map(|entry| entry.record));
    }
    assert!(read.into_iter().eq((1..=MANY).map(record)));
}

/// Never more than was asked for, and no less where there is more.
pub async fn since_honours_its_limit(ledger: &dyn Ledger) {
    for number in 1..=10 {
        commit(ledger, number).await;
    }
    for limit in [0, 1, 3, 10, 11] {
        let page = ledger.since(Sequence(0), &RecordFilter::default(), limit).await.unwrap();
        assert_eq!(page.len(), limit.min(10));
    }
    let page = ledger.since(place(8), &RecordFilter::default(), 5).await.unwrap();
    assert!(page.iter().map(|entry| entry.sequence).eq([9, 10].map(place)));
}

/// There is nothing after the last record, nor after a place that nobody has.
pub async fn since_the_end_and_beyond_is_nothing(ledger: &dyn Ledger) {
    let last = commit(ledger, 1).await;
    for after in [last, place(2), place(1000), Sequence(u64::MAX)] {
        assert_eq!(ledger.since(after, &RecordFilter::default(), 5).await.unwrap(), [], "{after:?}");
    }
}

/// However many commit at once, each has a place of its own, and there is no gap.
pub async fn concurrent_commits_take_different_consecutive_places<L>(fresh: impl AsyncFn() -> L)
where
    L: Deref<Target: Ledger> + Send + Sync + 'static,
{
    let ledger = Arc::new(fresh().await);
    let mut commits = JoinSet::new();
    for number in 1..=MANY {
        let ledger = Arc::clone(&ledger);
        commits.spawn(async move {
            let change = Change::OpenSession(session(number));
            (ledger.commit(change, record(number)).await.unwrap(), number)
        });
    }
    let mut committed = commits.join_all().await;
    committed.sort_unstable();
    assert!(committed.iter().map(|(sequence, _)| *sequence).eq((1..=MANY).map(place)));
    let entries = ledger.since(Sequence(0), &RecordFilter::default(), MANY).await.unwrap();
    let expected = committed.into_iter().map(|(sequence, number)| (sequence, record(number)));
    assert!(entries.into_iter().map(|entry| (entry.sequence, entry.record)).eq(expected));
}

async fn all(ledger: &dyn Ledger) -> Vec<Entry> {
    ledger.since(Sequence(0), &RecordFilter::default(), 10 * MANY).await.unwrap()
}

async fn commit(ledger: &dyn Ledger, number: usize) -> Sequence {
    ledger.commit(Change::OpenSession(session(number)), record(number)).await.unwrap()
}

fn place(number: usize) -> Sequence {
    Sequence(number as u64)
}

/// The `number`th record: no two are alike.
fn record(number: usize) -> Record {
    Record {
        time: time(number),
        request_id: format!("request-{number}"),
        decision_id: None,
        subject: None,
        address: None,
        action: "login".into(),
        route: None,
        realm: None,
        verdict: Verdict::Allowed,
        reason: "password accepted".into(),
        amendment: None,
    }
}

/// The `number`th session: no two are alike, though all are of one user.
fn session(number: usize) -> Session {
    let bytes = u128::try_from(number).unwrap_or_default().to_be_bytes();
    let is_even = number.is_multiple_of(2);
    Session {
        id: SessionId::from_bytes(bytes),
        user: username("Alice@Example.org"),
        kind: SessionKind::Jwt,
        issued_at: time(number),
        last_seen_at: time(number),
        expires_at: time(number).plus(Duration::from_hours(1)),
        address: is_even.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        agent: is_even.then(|| format!("agent/{number}")),
    }
}

fn time(number: usize) -> Timestamp {
    let micros = i64::try_from(number).unwrap_or_default();
    Timestamp::from_micros(1_800_000_000_000_000 + micros)
}
