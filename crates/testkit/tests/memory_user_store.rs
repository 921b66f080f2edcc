//! The users in memory pass the suite of user stores, and change as a test tells them to.

use portcullis_core::domain::user::User;
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore;
use portcullis_testkit::memory_users::MemoryUserStore;
use portcullis_testkit::seed::{SeedUser, fixture_users, hash, username};

async fn fresh(users: Vec<SeedUser>) -> Box<dyn UserStore> {
    Box::new(MemoryUserStore::new(users))
}

portcullis_testkit::readable_user_store_conformance!(fresh);

async fn bob(store: &MemoryUserStore) -> Result<Option<User>, StoreError> {
    store.user(&username("bob")).await
}

#[tokio::test]
async fn a_removed_user_is_gone_and_comes_back_with_another_stamp() {
    let store = MemoryUserStore::new(fixture_users());
    let before = bob(&store).await.unwrap().unwrap().stamp;
    store.remove(&username("BOB"));
    assert!(bob(&store).await.unwrap().is_none());
    store.put(fixture_users().into_iter().find(|user| user.name == username("bob")).unwrap());
    assert_ne!(bob(&store).await.unwrap().unwrap().stamp, before);
}

#[tokio::test]
async fn a_deactivated_user_keeps_his_stamp_and_another_password_changes_it() {
    let store = MemoryUserStore::new(fixture_users());
    let before = bob(&store).await.unwrap().unwrap();
    store.deactivate(&username("bob"));
    let deactivated = bob(&store).await.unwrap().unwrap();
    assert!(!deactivated.active && deactivated.stamp == before.stamp);
    store.change_password(&username("bob"), hash(11, 'z'));
    assert_ne!(bob(&store).await.unwrap().unwrap().stamp, before.stamp);
    assert_eq!(store.highest_cost().await.unwrap().get(), 11);
}
