//! What a policy remembers of its users, and that nothing of an old one is left in a new one.

use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::super::testing::*;
use super::*;
use crate::ports::user_store::MockUserStore;

#[tokio::test]
async fn a_user_is_read_once_and_kept() {
    let mut users = MockUserStore::new();
    users.expect_user().times(1).returning(|_| Ok(Some(user("Admin", &["admin"]).user)));
    let policy = policy(users);
    for spelling in ["admin", "Admin", "ADMIN"] {
        let standing = policy.standing(&name(spelling)).await.unwrap().unwrap();
        assert_eq!(standing.subject.id().to_string(), "Admin");
        assert_eq!(standing.held.len(), 1);
    }
}

#[tokio::test]
async fn nobody_is_not_remembered() {
    let mut users = MockUserStore::new();
    users.expect_user().times(1).returning(|_| Ok(None));
    users.expect_user().times(1).returning(|_| Ok(Some(user("late", &[]).user)));
    let policy = policy(users);
    assert!(policy.standing(&name("late")).await.unwrap().is_none());
    assert!(policy.standing(&name("late")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let mut users = MockUserStore::new();
    users.expect_user().times(1).returning(|_| Err(unavailable()));
    users.expect_user().times(1).returning(|_| Ok(Some(user("admin", &[]).user)));
    let policy = policy(users);
    assert!(policy.standing(&name("admin")).await.is_err());
    assert!(policy.standing(&name("admin")).await.unwrap().is_some());
}

#[tokio::test]
async fn another_policy_begins_with_nobody_in_mind() {
    let live = LivePolicy::new(policy(Users(vec![user("admin", &["admin"])])));
    let before = live.current();
    assert_eq!(before.standing(&name("admin")).await.unwrap().unwrap().held.len(), 1);
    live.replace(policy(Users(vec![user("admin", &[])])));
    assert_eq!(live.current().standing(&name("admin")).await.unwrap().unwrap().held.len(), 0);
    // A request that began under the old one ends under it.
    assert_eq!(before.standing(&name("admin")).await.unwrap().unwrap().held.len(), 1);
}

#[test]
fn a_policy_prints_no_user() {
    let shown = format!("{:?}", LivePolicy::new(policy(Users(vec![user("alice", &[])]))));
    assert!(!shown.contains("alice"), "{shown}");
}

#[tokio::test]
async fn whoever_is_forgotten_while_he_is_read_is_not_kept_as_he_was() {
    let mut users = MockUserStore::new();
    // Not by itself: a store that keeps its own policy is never dropped, and so never says how often it was read.
    let live: Arc<std::sync::OnceLock<Weak<Policy>>> = Arc::default();
    let forgetful = Arc::clone(&live);
    users.expect_user().times(2).returning(move |_| {
        forgetful.get().unwrap().upgrade().unwrap().forget(&name("admin"));
        Ok(Some(user("admin", &["admin"]).user))
    });
    let policy = Arc::new(policy(users));
    live.set(Arc::downgrade(&policy)).unwrap();
    for _ in 0..2 {
        assert!(policy.standing(&name("admin")).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn whoever_is_forgotten_while_he_is_being_kept_is_forgotten_afterwards() {
    for forget in [|policy: &Policy| policy.forget(&name("admin")), Policy::forget_everybody] {
        let policy = Arc::new(policy(Users(vec![user("admin", &["admin"])])));
        let standing = policy.standing(&name("admin")).await.unwrap().unwrap();
        let (forgetful, (done, is_done)) = (Arc::clone(&policy), channel());
        let mut forgetting = None;
        policy.keep(0, || {
            forgetting = Some(std::thread::spawn(move || {
                forget(&forgetful);
                done.send(()).unwrap();
            }));
            // That it waits is told by nothing but that it is not done.
            let waited = is_done.recv_timeout(Duration::from_millis(100));
            assert_eq!(waited, Err(RecvTimeoutError::Timeout), "he was forgotten in between");
            policy.standings.insert(name("admin"), standing);
        });
        forgetting.unwrap().join().unwrap();
        assert!(policy.standings.get(&name("admin")).is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_finds_a_user_as_he_was_once_he_was_forgotten() {
    let mut users = MockUserStore::new();
    let roles = Arc::new(Mutex::new("admin"));
    let kept = Arc::clone(&roles);
    users.expect_user().returning(move |_| Ok(Some(user("admin", &[*kept.lock().unwrap()]).user)));
    let policy = Arc::new(policy(users));
    let is_over = Arc::new(AtomicBool::default());
    let (asking, over) = (Arc::clone(&policy), Arc::clone(&is_over));
    let others = tokio::spawn(async move {
        while !over.load(Ordering::Relaxed) {
            asking.standing(&name("admin")).await.unwrap();
            // Otherwise it could not be stopped should the test fail.
            tokio::task::yield_now().await;
        }
    });
    for round in 0..2_000 {
        let role = ["admin", "operator"][round % 2];
        *roles.lock().unwrap() = role;
        policy.forget(&name("admin"));
        let standing = policy.standing(&name("admin")).await.unwrap().unwrap();
        assert_eq!(standing.held[0].role.name.as_str(), role, "round {round}");
    }
    is_over.store(true, Ordering::Relaxed);
    others.await.unwrap();
}
