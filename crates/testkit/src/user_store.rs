//! The suite of every user store. What it begins with: [`fixture_users`].

use std::ops::Deref;

use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::user::{Credentials, Stamp, User};
use portcullis_core::ports::user_store::UserStore;

use crate::seed::{SeedUser, fixture_users, hash, username};

/// Runs the suite over a store that can be read: `$fresh` is an `async fn(Vec<SeedUser>)` that gives whatever
/// derefs to a store with these users and no others.
#[macro_export]
macro_rules! readable_user_store_conformance {
    ($fresh:path) => {
        $crate::cases! { $fresh, ($crate::seed::fixture_users()), user_store: [
            unknown_user_is_none,
            every_user_is_found,
            names_ignore_case_and_keep_their_spelling,
            hashes_round_trip_byte_for_byte,
            credentials_and_user_agree,
            deactivated_user_is_returned_as_such,
            user_without_api_login_is_returned_as_such,
            grants_round_trip_in_order,
            highest_cost_covers_every_hash,
            stamps_of_two_users_with_one_hash_differ,
        ] }
        $crate::cases_that_make_their_stores! { $fresh, user_store: [
            store_without_users_knows_nobody,
            stamp_changes_with_the_password,
            stamp_does_not_change_with_roles_or_activation,
            stamp_does_not_change_with_other_users,
        ] }
    };
}

/// Absence is `None`, and no error.
pub async fn unknown_user_is_none(store: &dyn UserStore) {
    for name in ["alice", "admin2", "alice@example", "x"].map(username) {
        assert!(store.user(&name).await.unwrap().is_none(), "{name}");
        assert!(store.credentials(&name).await.unwrap().is_none(), "{name}");
    }
}

/// Whoever was put in is there.
pub async fn every_user_is_found(store: &dyn UserStore) {
    for seed in fixture_users() {
        assert_eq!(found(store, seed.name.as_str()).await.name, seed.name);
    }
}

/// Any case finds a user; the stored spelling is what is returned.
pub async fn names_ignore_case_and_keep_their_spelling(store: &dyn UserStore) {
    for spelling in ["Alice@Example.org", "alice@example.org", "aLICE@eXAMPLE.ORG"] {
        assert_eq!(found(store, spelling).await.name.as_str(), "Alice@Example.org");
        assert_eq!(credentials(store, spelling).await.user.name.as_str(), "Alice@Example.org");
    }
}

/// A login is compared with the hash that was stored, to the byte.
pub async fn hashes_round_trip_byte_for_byte(store: &dyn UserStore) {
    for seed in fixture_users() {
        let found = credentials(store, seed.name.as_str()).await;
        assert!(found.hash.expose() == seed.hash.expose(), "{}", seed.name);
    }
}

/// A login and a request see the same user.
pub async fn credentials_and_user_agree(store: &dyn UserStore) {
    for seed in fixture_users() {
        let user = found(store, seed.name.as_str()).await;
        let other = credentials(store, seed.name.as_str()).await.user;
        assert_eq!(user.name.as_str(), other.name.as_str());
        assert_eq!(user.stamp, other.stamp);
        assert_eq!((user.active, user.api_login), (other.active, other.api_login));
        assert_eq!(user.grants, other.grants);
    }
}

/// A deactivated user is there and says that he is deactivated; nobody else does.
pub async fn deactivated_user_is_returned_as_such(store: &dyn UserStore) {
    for seed in fixture_users() {
        assert_eq!(found(store, seed.name.as_str()).await.active, seed.active, "{}", seed.name);
    }
    assert!(!found(store, "former.employee").await.is_welcome());
}

/// A user without the right to log in is there and says so; nobody else does.
pub async fn user_without_api_login_is_returned_as_such(store: &dyn UserStore) {
    for seed in fixture_users() {
        assert_eq!(found(store, seed.name.as_str()).await.api_login, seed.api_login, "{}", seed.name);
    }
    assert!(!found(store, "night+shift").await.is_welcome());
}

/// Roles and realms come back in the order of the grants, each where it was granted.
pub async fn grants_round_trip_in_order(store: &dyn UserStore) {
    for seed in fixture_users() {
        let user = found(store, seed.name.as_str()).await;
        assert_eq!(*user.grants, *seed.grants, "{}", seed.name);
    }
}

/// A failed login for anybody can take as long as one for whoever has the costliest hash.
pub async fn highest_cost_covers_every_hash(store: &dyn UserStore) {
    let highest = store.highest_cost().await.unwrap();
    for seed in fixture_users() {
        assert!(highest >= seed.hash.cost(), "{}", seed.name);
    }
}

/// A token of one is no token of the other, though their passwords are the same.
pub async fn stamps_of_two_users_with_one_hash_differ(store: &dyn UserStore) {
    assert_ne!(stamp(store, "bob").await, stamp(store, "carol").await);
}

/// Nobody is no error, and a login that fails still has a cost.
pub async fn store_without_users_knows_nobody<S>(fresh: impl AsyncFn(Vec<SeedUser>) -> S)
where
    S: Deref<Target: UserStore>,
{
    let store = fresh(vec![]).await;
    assert!(store.user(&username("admin")).await.unwrap().is_none());
    assert!(store.credentials(&username("admin")).await.unwrap().is_none());
    store.highest_cost().await.unwrap();
}

/// Another password, or only another salt or cost of it, ends a user's tokens.
pub async fn stamp_changes_with_the_password<S>(fresh: impl AsyncFn(Vec<SeedUser>) -> S)
where
    S: Deref<Target: UserStore>,
{
    let with = async |hash: PasswordHash| {
        let user = SeedUser::new("dora", hash).with("operator");
        stamp(&*fresh(vec![user]).await, "dora").await
    };
    let before = with(hash(4, 'a')).await;
    assert_eq!(before, with(hash(4, 'a')).await);
    assert_ne!(before, with(hash(4, 'b')).await);
    assert_ne!(before, with(hash(5, 'a')).await);
}

/// Other rights are in force at the next request; they end no token.
pub async fn stamp_does_not_change_with_roles_or_activation<S>(fresh: impl AsyncFn(Vec<SeedUser>) -> S)
where
    S: Deref<Target: UserStore>,
{
    let dora = || SeedUser::new("dora", hash(4, 'a'));
    let before = stamp(&*fresh(vec![dora().with("operator")]).await, "dora").await;
    for changed in [
        dora().with("admin"),
        dora().with_in("operator", "pop-syd"),
        SeedUser { active: false, ..dora() },
        SeedUser { api_login: false, ..dora() },
    ] {
        let after = stamp(&*fresh(vec![changed.clone()]).await, "dora").await;
        assert_eq!(before, after, "{changed:?}");
    }
}

/// Who else there is, and in which order, ends no token.
pub async fn stamp_does_not_change_with_other_users<S>(fresh: impl AsyncFn(Vec<SeedUser>) -> S)
where
    S: Deref<Target: UserStore>,
{
    let all = fixture_users();
    let reversed = fresh(all.iter().rev().cloned().collect()).await;
    for seed in all {
        let alone = fresh(vec![seed.clone()]).await;
        let name = seed.name.as_str();
        assert_eq!(stamp(&*alone, name).await, stamp(&*reversed, name).await, "{name}");
    }
}

async fn found<S: UserStore + ?Sized>(store: &S, name: &str) -> User {
    store.user(&username(name)).await.unwrap().expect("a user who was put in")
}

async fn credentials(store: &dyn UserStore, name: &str) -> Credentials {
    store.credentials(&username(name)).await.unwrap().expect("a user who was put in")
}

async fn stamp<S: UserStore + ?Sized>(store: &S, name: &str) -> Stamp {
    found(store, name).await.stamp
}
