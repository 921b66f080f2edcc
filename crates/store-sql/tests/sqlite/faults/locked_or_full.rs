//! A database that can't be written for a while.

use std::time::{Duration, Instant};

use portcullis_core::domain::record::Record;
use portcullis_core::domain::session::{EndedSession, SessionId, Whose};
use portcullis_core::ports::ledger::{Change, CommitError, Condition, FeedPlace, Ledger as _};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::Options;
use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::{fixture_users, username};
use sqlx::Executor as _;

use crate::fresh::{Fresh, NOW, note, reasons};

fn impatient(options: &mut Options) {
    options.busy_timeout = Duration::from_millis(50);
    options.note_capacity = 3;
}

fn end_all() -> (Change, Record) {
    (Change::EndSessions(Whose::Everybody), note(NOW, "end"))
}

fn is_unavailable<T>(outcome: &Result<T, CommitError>) -> bool {
    matches!(outcome, Err(CommitError::Store(StoreError::Unavailable(_))))
}

#[tokio::test]
async fn while_somebody_else_writes_writes_fail_soon_and_reads_go_on() {
    let fresh = Fresh::with(impatient).await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    let mut other = fresh.connection().await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();

    let asked = Instant::now();
    let (change, record) = end_all();
    assert!(is_unavailable(&fresh.commit(change, record).await));
    assert!(asked.elapsed() < Duration::from_secs(5));
    assert!(fresh.condition().is_failing);
    assert!(fresh.user(&username("admin")).await.unwrap().is_some());
    assert!(fresh.user(&username("stranger")).await.unwrap().is_none());

    other.execute("ROLLBACK").await.unwrap();
    let (change, record) = end_all();
    fresh.commit(change, record).await.unwrap();
    assert_eq!(fresh.condition(), Condition::default());
}

#[tokio::test]
async fn what_is_noted_meanwhile_waits_and_what_is_lost_is_told() {
    let fresh = Fresh::with(impatient).await;
    let mut other = fresh.connection().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    for number in 1..=5 {
        fresh.note(note(NOW, &number.to_string()));
    }
    fresh.flush().await.unwrap_err();
    assert_eq!(fresh.condition(), Condition { is_failing: true, lost: 2 });
    assert_eq!(reasons(&fresh).await, [""; 0]);

    other.execute("COMMIT").await.unwrap();
    fresh.flush().await.unwrap();
    fresh.note(note(NOW, "6"));
    assert_eq!(reasons(&fresh).await, ["1", "2", "3", "2 records lost", "6"]);
    assert_eq!(fresh.condition(), Condition { is_failing: false, lost: 2 });
}

#[tokio::test]
async fn a_store_that_failed_heals_by_itself() {
    let fresh = Fresh::with(impatient).await;
    let mut other = fresh.connection().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    fresh.flush().await.unwrap();
    fresh.note(note(NOW, "1"));
    fresh.flush().await.unwrap_err();
    other.execute("COMMIT").await.unwrap();
    let heals = async {
        while fresh.condition().is_failing {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heals).await.unwrap();
    assert_eq!(fresh.count("SELECT COUNT(*) FROM records").await, 1);
}

#[tokio::test]
async fn what_was_not_acknowledged_did_not_happen() {
    let fresh = Fresh::with(impatient).await;
    let mut other = fresh.connection().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let ended = EndedSession {
        id: SessionId::from_bytes([1; 16]),
        subject: username("bob").into(),
        expires_at: NOW.plus(Duration::from_mins(1)),
    };
    assert!(is_unavailable(&fresh.commit(Change::EndSession(ended), note(NOW, "end")).await));
    other.execute("COMMIT").await.unwrap();
    fresh.flush().await.unwrap();
    assert_eq!(fresh.ended(NOW).await.unwrap().sessions, []);
    assert_eq!(fresh.changes(FeedPlace(0), 9).await.unwrap(), []);
    assert_eq!(reasons(&fresh).await, [""; 0]);
}

#[tokio::test]
async fn a_full_disk_refuses_changes_keeps_what_there_is_and_is_left_behind() {
    let fresh = Fresh::with(|options| {
        options.max_pages = Some(96);
        options.note_capacity = 50;
    })
    .await;
    let big = "x".repeat(2000);
    let mut kept = 0;
    let refused = loop {
        match fresh.commit(Change::EndSessions(Whose::Everybody), note(NOW, &big)).await {
            Ok(_) => kept += 1,
            refused => break refused,
        }
    };
    assert!(is_unavailable(&refused), "{refused:?}");
    assert!(fresh.condition().is_failing && kept > 50);
    (0..60).for_each(|number| fresh.note(note(NOW, &format!("{number} {big}"))));
    fresh.flush().await.unwrap_err();
    assert_eq!(fresh.condition().lost, 10);
    assert_eq!(reasons(&fresh).await.len(), kept);

    fresh.sql("DELETE FROM records WHERE sequence > 5 AND sequence < 60").await;
    fresh.flush().await.unwrap();
    assert!(!fresh.condition().is_failing);
    assert_eq!(reasons(&fresh).await.last().unwrap(), "10 records lost");
    fresh.check().await.unwrap();
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    let fresh = Fresh::new().await;
    fresh.note(note(NOW, "1"));
    fresh.close().await.unwrap();
    let (change, record) = end_all();
    assert!(is_unavailable(&fresh.commit(change, record).await));
    fresh.close().await.unwrap_err();
    let again = fresh.another(|_| {}).await;
    assert_eq!(reasons(&again).await, ["1"]);
}
