//! Cases about clients that the store keeps.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::client::{Client, ClientId, ClientSecret, SecretHash};
use portcullis_core::domain::directory::{ClientEntry, Edit, Page, Revision};
use portcullis_core::domain::network::network;
use portcullis_core::domain::session::{Generation, Whose};
use portcullis_core::ports::ledger::{Change, Changed, CommitError, FeedPlace};
use portcullis_core::ports::user_store::UserStore as _;
use tokio::task::JoinSet;

use super::{Directory, edit, edit_as_of, put, record, time};
use crate::seed::{SeedUser, hash};

/// Nothing of a client is lost: its spelling, its secret's hash, its grants in their order, how long its tokens last and
/// where it may come from; nor that it has none of these.
pub async fn clients_are_kept_whole_in_the_order_of_their_ids(directory: &dyn Directory) {
    assert!(directory.clients(Page::first(9)).await.unwrap().is_empty());
    let clients = [some("Inventory"), plain("backup@x.org"), plain("a+b")];
    edit(directory, clients.clone().map(Edit::PutClient).into()).await;
    for entry in &clients {
        let kept = directory.client(&entry.client.id).await.unwrap().expect("a client that was put in");
        assert_same(&kept, entry);
    }
    let [inventory, backup, plus] = clients;
    let listed = directory.clients(Page::first(9)).await.unwrap();
    for (kept, entry) in listed.iter().zip([&plus, &backup, &inventory]) {
        assert_same(kept, entry);
    }
    assert_eq!(listed.len(), 3);
}

/// Absence is `None`; ids compare without case; and a user of the id is somebody else.
pub async fn client_is_found_in_any_case_and_is_no_user(directory: &dyn Directory) {
    edit(directory, vec![Edit::PutClient(plain("Backup")), put(SeedUser::new("admin", hash(4, 'a')))]).await;
    let kept = directory.client(&id("bACKUP")).await.unwrap().expect("a client that was put in");
    assert_eq!(kept.client.id.as_str(), "Backup");
    for nobody in ["backup2", "admin", "x"] {
        assert!(directory.client(&id(nobody)).await.unwrap().is_none(), "{nobody}");
    }
    assert_eq!(directory.profiles(Page::first(9)).await.unwrap().len(), 1);
}

/// What is put again is what holds, under its last spelling, and nothing of what was before.
pub async fn client_that_is_put_again_is_replaced(directory: &dyn Directory) {
    edit(directory, vec![Edit::PutClient(some("backup"))]).await;
    edit(directory, vec![Edit::PutClient(plain("BACKUP"))]).await;
    let all = directory.clients(Page::first(9)).await.unwrap();
    assert_eq!(all.len(), 1);
    for kept in &all {
        assert_same(kept, &plain("BACKUP"));
    }
}

/// It is not there any more; to remove what is not there is no error. Whoever made its tokens ended before stays ended.
pub async fn removed_client_is_gone_and_begins_not_anew(directory: &dyn Directory) {
    edit(directory, ["a", "b"].map(|id| Edit::PutClient(some(id))).into()).await;
    directory.commit(Change::EndSessions(Whose::Client(id("a"))), record("sessions.end")).await.unwrap();
    edit(directory, vec![Edit::RemoveClient(id("A")), Edit::RemoveClient(id("c"))]).await;
    assert!(directory.client(&id("a")).await.unwrap().is_none());
    let left = directory.clients(Page::first(9)).await.unwrap();
    assert!(left.iter().map(|entry| entry.client.id.as_str()).eq(["b"]));
    edit(directory, vec![Edit::PutClient(plain("a"))]).await;
    assert!(directory.client(&id("a")).await.unwrap().is_some_and(|entry| entry.client.grants.is_empty()));
    let generation = directory.generation(&id("a").into()).await.unwrap();
    assert_eq!(generation, Generation { user: 1, everybody: 0 });
}

/// Page after page, each client comes once, with all its grants.
pub async fn clients_are_listed_page_by_page(directory: &dyn Directory) {
    let ids = ["d", "B", "a", "E", "c"];
    edit(directory, ids.map(|id| Edit::PutClient(some(id))).into()).await;
    for limit in 1..=6 {
        let (mut listed, mut after) = (vec![], None);
        for _ in 0..=ids.len() {
            let part = directory.clients(Page { after, limit }).await.unwrap();
            assert!(part.len() <= limit);
            after = part.last().map(|entry| entry.client.id.key().to_owned());
            listed.extend(part);
            if after.is_none() {
                break;
            }
        }
        assert!(listed.iter().map(|entry| entry.client.id.as_str()).eq(["a", "B", "c", "d", "E"]), "{limit}");
        assert!(listed.iter().all(|entry| entry.client.grants.len() == 3));
    }
    assert!(directory.clients(Page::first(0)).await.unwrap().is_empty());
    assert_eq!(directory.clients(Page::first(usize::MAX)).await.unwrap().len(), ids.len());
}

/// Whoever keeps clients in memory is told which ones to read again, and by the revision knows that something changed.
pub async fn feed_and_revision_tell_of_clients(directory: &dyn Directory) {
    let before = directory.revision().await.unwrap();
    edit(directory, vec![Edit::PutClient(plain("Backup")), Edit::RemoveClient(id("other"))]).await;
    assert_eq!(directory.revision().await.unwrap(), Revision(before.0 + 1));
    let told = directory.changes(FeedPlace(0), 9).await.unwrap();
    let expected = ["backup", "other"].map(|name| Changed::Client(id(name)));
    assert!(told.into_iter().eq((1..).map(FeedPlace).zip(expected)));
}

/// Everybody saw that the id is free; exactly one adds it, and the secret is his.
pub async fn fifty_who_add_one_client_at_once_add_it_once<D>(fresh: impl AsyncFn() -> D)
where
    D: Deref<Target: Directory> + Send + Sync + 'static,
{
    let directory = Arc::new(fresh().await);
    let as_of = directory.revision().await.unwrap();
    let mut adding = JoinSet::new();
    for number in 0..50 {
        let directory = Arc::clone(&directory);
        let entry = of_secret(if number % 2 == 0 { "Backup" } else { "backup" }, number);
        let steps = vec![Edit::PutClient(entry.clone())];
        adding.spawn(async move { (edit_as_of(&**directory, as_of, steps).await, entry) });
    }
    let (mut added, mut stale) = (vec![], 0);
    for (outcome, entry) in adding.join_all().await {
        match outcome {
            Err(CommitError::Stale) => stale += 1,
            other => added.push(other.map(|_| entry).unwrap()),
        }
    }
    assert_eq!((added.len(), stale), (1, 49));
    let kept = directory.client(&id("BACKUP")).await.unwrap().unwrap();
    for added in &added {
        assert_same(&kept, added);
    }
    assert_eq!(directory.revision().await.unwrap(), Revision(as_of.0 + 1));
}

fn assert_same(kept: &ClientEntry, entry: &ClientEntry) {
    assert_eq!(kept, entry);
    // Ids and realms compare without case, and yet their spelling is kept.
    assert_eq!(format!("{kept:?}"), format!("{entry:?}"));
}

fn of_secret(text: &str, number: u8) -> ClientEntry {
    let secret = SecretHash::of(&ClientSecret::from_bytes(&[number; 32]));
    ClientEntry { client: Client::new(id(text), secret, []), created_at: time(1) }
}

fn plain(text: &str) -> ClientEntry {
    of_secret(text, 7)
}

/// A client with everything.
fn some(text: &str) -> ClientEntry {
    let held =
        SeedUser::new("x", hash(4, 'a')).with("Viewer").with_in("planner", "Pop Syd").with_in("viewer", "x");
    let networks =
        ["192.0.2.0/24", "2001:db8::/32", "127.0.0.1"].map(|text| network(text).expect("a network"));
    let ClientEntry { client, created_at } = of_secret(text, 8);
    let client = Client {
        grants: held.grants.into(),
        token_ttl: Some(Duration::from_millis(90_500)),
        allow_from: networks.into(),
        ..client
    };
    ClientEntry { client, created_at }
}

fn id(text: &str) -> ClientId {
    ClientId::parse(text).expect("an id")
}
