//! `SQLite` passes the suites of both ports, and that of directories.

use portcullis_core::domain::client::{Client, ClientId, ClientSecret, SecretHash};
use portcullis_core::domain::directory::{ClientEntry, Edit, Revision};
use portcullis_core::domain::network::network;
use portcullis_core::domain::record::{RecordFilter, Sequence};
use portcullis_core::domain::session::Whose;
use portcullis_core::ports::ledger::{Change, Changed, FeedPlace, Ledger as _};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore as _;
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

#[tokio::test]
async fn a_network_that_makes_no_sense_does_not_become_from_anywhere() {
    let fresh = Fresh::new().await;
    let id = ClientId::parse("backup").unwrap();
    let secret = SecretHash::of(&ClientSecret::from_bytes(&[7; 32]));
    let allow_from = ["10.0.0.0/8", "192.0.2.7"].into_iter().filter_map(network).collect();
    let client = Client { allow_from, ..Client::new(id.clone(), secret, []) };
    let (as_of, edits) = (Revision(0), vec![Edit::PutClient(ClientEntry { client, created_at: NOW })]);
    fresh.commit(Change::Edit { as_of, edits }, note(NOW, "add")).await.unwrap();
    assert_eq!(fresh.client(&id).await.unwrap().unwrap().client.allow_from.len(), 2);
    fresh.sql("UPDATE clients SET allow_from = '10.0.0.0/8 192.0.2.7x'").await;
    let read = fresh.client(&id).await;
    assert!(matches!(read, Err(StoreError::Corrupt { field: "clients.allow_from", .. })), "{read:?}");
}

async fn seeded(users: Vec<SeedUser>) -> Fresh {
    let fresh = Fresh::new().await;
    put_all(&*fresh, users.into_iter().map(|user| entry_of(user, NOW))).await;
    fresh
}
