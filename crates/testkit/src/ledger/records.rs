//! Cases about records: places, pages, filters.

use std::ops::Deref;
use std::sync::Arc;

use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::record::{Amendment, Entry, Record, RecordFilter, Sequence, Verdict};
use portcullis_core::domain::session::SessionId;
use portcullis_core::ports::ledger::{Change, Ledger};
use tokio::task::JoinSet;

use super::{MANY, all, commit, place, record, session, time};

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

/// What a change changed is kept, each part as it was or was not.
pub async fn amendments_round_trip(ledger: &dyn Ledger) {
    let amendment = |before: Option<&str>, after: Option<&str>| {
        let object = "user alice".to_owned();
        Some(Amendment { object, before: before.map(Into::into), after: after.map(Into::into) })
    };
    let both = [amendment(Some("a"), Some("")), amendment(None, Some("b")), amendment(Some("b"), None)];
    for (amendment, number) in both.iter().zip(1..) {
        let record = Record { amendment: amendment.clone(), ..record(number) };
        ledger.commit(Change::OpenSession(session(number)), record).await.unwrap();
    }
    assert!(all(ledger).await.into_iter().map(|entry| entry.record.amendment).eq(both));
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

/// All that is said must hold; the limit counts what is let through.
pub async fn since_lets_through_what_the_filter_does(ledger: &dyn Ledger) {
    for number in 1..=12 {
        let subject = (number % 2 == 0).then(|| "Alice".to_owned());
        let action = if number % 3 == 0 { "logout" } else { "login" }.to_owned();
        ledger.note(Record { subject, action, ..record(number) });
    }
    commit(ledger, 13).await;
    let alice = RecordFilter { subject: Some("aLICE".into()), ..RecordFilter::default() };
    let logout = RecordFilter { action: Some("logout".into()), ..RecordFilter::default() };
    let late = RecordFilter { since: Some(time(9)), ..RecordFilter::default() };
    for (filter, after, limit, expected) in [
        (alice.clone(), 0, 99, vec![2, 4, 6, 8, 10, 12]),
        (alice.clone(), 4, 2, vec![6, 8]),
        (logout.clone(), 0, 99, vec![3, 6, 9, 12]),
        (late.clone(), 0, 99, vec![9, 10, 11, 12, 13]),
        (RecordFilter { subject: alice.subject, ..logout.clone() }, 0, 99, vec![6, 12]),
        (RecordFilter { since: late.since, ..logout }, 0, 1, vec![9]),
        (RecordFilter { action: Some("log".into()), ..RecordFilter::default() }, 0, 99, vec![]),
        (RecordFilter { subject: Some("alic".into()), ..RecordFilter::default() }, 0, 99, vec![]),
    ] {
        let found = ledger.since(place(after), &filter, limit).await.unwrap();
        let places: Vec<u64> = found.iter().map(|entry| entry.sequence.0).collect();
        assert_eq!(places, expected, "{filter:?} after {after}");
    }
}

/// However many refusals of a kind there are, the first of each is kept whole, and nothing else is left out with them.
pub async fn first_refusal_of_each_kind_is_kept_whole(ledger: &dyn Ledger) {
    let refused = |subject: Option<&str>, route: Option<&str>, verdict: Verdict| Record {
        subject: subject.map(Into::into),
        route: route.map(Into::into),
        verdict,
        ..record(1)
    };
    let kinds = [
        refused(None, None, Verdict::Refused),
        refused(Some("bob"), Some("GET /x"), Verdict::Refused),
        refused(Some("bob"), Some("GET /y"), Verdict::Refused),
        refused(Some("alice"), Some("GET /x"), Verdict::Refused),
        refused(Some("bob"), None, Verdict::Refused),
    ];
    let passed = refused(Some("bob"), Some("GET /x"), Verdict::Shadowed);
    for number in 1..=3 {
        for kind in kinds.iter().chain([&passed]) {
            ledger.note(Record { request_id: format!("request-{number}"), ..kind.clone() });
        }
    }
    commit(ledger, 2).await;
    let kept: Vec<Record> = all(ledger).await.into_iter().map(|entry| entry.record).collect();
    for kind in &kinds {
        assert!(kept.contains(kind), "{kind:?}");
    }
    assert_eq!(kept.iter().filter(|record| record.verdict == Verdict::Shadowed).count(), 3);
    assert!(kept.contains(&record(2)));
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
