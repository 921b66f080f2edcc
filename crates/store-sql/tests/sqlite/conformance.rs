//! `SQLite` passes the suites of both ports, and that of directories.

use portcullis_core::domain::record::{RecordFilter, Sequence};
use portcullis_core::domain::session::Whose;
use portcullis_core::ports::ledger::{Change, Changed, FeedPlace, Ledger as _};
use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::{SeedUser, username};

use crate::fresh::{Fresh, NOW, note};

mod as_ledger {
    portcullis_testkit::ledger_conformance!(crate::fresh::Fresh::new);
}

mod as_directory {
    portcullis_testkit::directory_conformance!(crate::fresh::Fresh::new);
}

mod as_user_store {
    portcullis_testkit::readable_user_store_conformance!(super::seeded);
}

#[tokio::test]
async fn the_sessions_of_many_users_end_at_once_and_the_feed_tells_it_in_one_word() {
    let fresh = Fresh::new().await;
    let users: Vec<_> = (0..1010).map(|number| username(&format!("user{number}"))).collect();
    let twice = [&users[..], &users[..3]].concat();
    fresh.commit(Change::EndSessions(Whose::Users(twice)), note(NOW, "end")).await.unwrap();
    for user in &users {
        assert_eq!(fresh.generation(&user.clone().into()).await.unwrap().user, 1, "{user}");
    }
    assert_eq!(fresh.changes(FeedPlace(0), 9).await.unwrap(), [(FeedPlace(1), Changed::EveryUser)]);
}

#[tokio::test]
async fn many_notes_keep_their_order_and_every_word() {
    let fresh = Fresh::new().await;
    let records: Vec<_> = (0..2500).map(|number| note(NOW, &number.to_string())).collect();
    for record in &records {
        fresh.note(record.clone());
    }
    let entries = fresh.since(Sequence(0), &RecordFilter::default(), usize::MAX).await.unwrap();
    assert!(entries.iter().map(|entry| entry.sequence.0).eq(1..=2500));
    assert!(entries.into_iter().map(|entry| entry.record).eq(records));
}

async fn seeded(users: Vec<SeedUser>) -> Fresh {
    let fresh = Fresh::new().await;
    put_all(&*fresh, users.into_iter().map(|user| entry_of(user, NOW))).await;
    fresh
}
