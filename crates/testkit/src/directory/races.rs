//! Cases about those who change the directory at once.

use std::ops::Deref;
use std::sync::Arc;

use portcullis_core::domain::directory::{Edit, Page, Revision, Selection};
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::CommitError;
use portcullis_core::ports::user_store::UserStore as _;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Directory, edit_as_of, put};
use crate::seed::{SeedUser, hash, username};

/// Everybody saw that the name is free; exactly one adds it.
pub async fn fifty_who_add_one_name_at_once_add_it_once<D>(fresh: impl AsyncFn() -> D)
where
    D: Deref<Target: Directory> + Send + Sync + 'static,
{
    let directory = Arc::new(fresh().await);
    let as_of = directory.revision().await.unwrap();
    let mut adding = JoinSet::new();
    for cost in (0..50).map(|number| 4 + number % 8) {
        let directory = Arc::clone(&directory);
        let steps = vec![put(SeedUser::new("dora", hash(cost, 'a')))];
        adding.spawn(async move { (edit_as_of(&**directory, as_of, steps).await, cost) });
    }
    let (mut added, mut stale) = (vec![], 0);
    for (outcome, cost) in adding.join_all().await {
        match outcome {
            Err(CommitError::Stale) => stale += 1,
            other => added.push(other.map(|_| cost).unwrap()),
        }
    }
    assert_eq!((added.len(), stale), (1, 49));
    let kept = directory.credentials(&username("dora")).await.unwrap().unwrap();
    assert_eq!(vec![kept.hash.cost().get()], added);
    assert_eq!(directory.revision().await.unwrap(), Revision(as_of.0 + 1));
}

/// Each sees that the other is there and removes him, as of what he saw; who comes second looks again, and finds that
/// he is the last one.
pub async fn two_administrators_who_remove_each_other_leave_one<D>(fresh: impl AsyncFn() -> D)
where
    D: Deref<Target: Directory> + Send + Sync + 'static,
{
    const ROUNDS: usize = 500;
    let directory = Arc::new(fresh().await);
    let start = Arc::new(Barrier::new(2));
    for _ in 0..ROUNDS {
        let as_of = directory.revision().await.unwrap();
        let both = ["ann", "bob"].map(|name| put(SeedUser::new(name, hash(4, 'a')).with("admin")));
        edit_as_of(&**directory, as_of, both.into()).await.unwrap();
        let mut removing = JoinSet::new();
        for other in ["ann", "bob"] {
            let (directory, start) = (Arc::clone(&directory), Arc::clone(&start));
            removing.spawn(async move {
                start.wait().await;
                remove_unless_last(&**directory, &username(other)).await
            });
        }
        let removed = removing.join_all().await.into_iter().filter(|removed| *removed).count();
        assert_eq!((removed, administrators(&**directory).await.len()), (1, 1));
    }
}

/// Removes a user if another administrator is left; decides again for as long as the directory changes.
async fn remove_unless_last<D: Directory + ?Sized>(directory: &D, name: &Username) -> bool {
    loop {
        let as_of = directory.revision().await.unwrap();
        let there = administrators(directory).await;
        if !there.contains(name) || there.len() < 2 {
            return false;
        }
        match edit_as_of(directory, as_of, vec![Edit::RemoveUser(name.clone())]).await {
            Err(CommitError::Stale) => {}
            other => return other.map(|_| true).unwrap(),
        }
    }
}

async fn administrators<D: Directory + ?Sized>(directory: &D) -> Vec<Username> {
    let selection = Selection::RulingWith(vec![RoleName::parse("admin").unwrap()]);
    directory.selected(&selection, Page::first(9)).await.unwrap()
}
