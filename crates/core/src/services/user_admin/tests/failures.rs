//! What becomes of a change when something fails: nothing, and that is said.

use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::domain::right::RightPattern;
use crate::ports::entropy::{EntropyError, MockEntropy};
use crate::ports::ledger::{CommitError, Ledger, MockLedger};
use crate::ports::password_hasher::{HasherError, MockPasswordHasher};
use crate::ports::user_store::MockUserStore;
use crate::services::follow::Follower;
use crate::services::policy::LivePolicy;
use crate::services::registry::Origin;
use crate::services::registry::testing::{Spelling, World, by, by_machine, new_user};
use crate::services::testing::{Users, clock, name, policy, unavailable, usual_users};

/// A desk over this ledger and these users.
fn desk(
    ledger: MockLedger,
    users: impl crate::ports::user_store::UserStore,
    entropy: MockEntropy,
) -> UserAdmin {
    let live = Arc::new(LivePolicy::new(policy(users)));
    let ledger: Arc<dyn Ledger> = Arc::new(ledger);
    let follower = Follower::new(ledger.clone(), live.clone(), Arc::default(), clock(), Box::new(|| {}));
    let registrar = Registrar::new(live, ledger, Arc::new(follower), clock(), Origin::Store);
    UserAdmin::new(Arc::new(registrar), Arc::new(Spelling), Arc::new(entropy), Arc::default())
}

fn random() -> MockEntropy {
    let mut entropy = MockEntropy::new();
    entropy.expect_fill().returning(|_| Ok(()));
    entropy
}

/// A ledger that refuses every change like this.
fn refusing(error: fn() -> CommitError) -> MockLedger {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().returning(move |_, _| Err(error()));
    ledger
}

#[tokio::test]
async fn a_change_that_comes_second_is_decided_on_anew() {
    let world = World::usual();
    *world.register.rivals.lock().unwrap() = 63;
    world.users.add(&by("admin"), new_user("alice", &[])).await.unwrap();
    assert_eq!(world.register.records().len(), 1);
}

#[tokio::test]
async fn whoever_always_comes_second_is_sent_away_and_told_when_to_come_back() {
    let world = World::usual();
    *world.register.rivals.lock().unwrap() = 64;
    let sent = world.users.add(&by("admin"), new_user("alice", &[])).await;
    assert!(matches!(sent, Err(AdminError::Busy { retry_after }) if retry_after == Duration::from_secs(1)));
    assert!(world.register.entry("alice").is_none());
}

#[tokio::test]
async fn a_change_that_is_not_committed_is_not_made() {
    for (error, is_it) in [
        ((|| CommitError::Store(unavailable())) as fn() -> CommitError, "store"),
        (|| CommitError::ReadOnly, "read-only"),
    ] {
        let users = desk(refusing(error), Users(usual_users()), random());
        let failed = users.remove(&by("Admin"), &name("operator")).await;
        assert!(matches!(failed, Err(AdminError::Ledger(_))), "{is_it}: {failed:?}");
    }
}

#[tokio::test]
async fn a_change_that_is_made_and_not_taken_over_is_no_success() {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().times(1).returning(|_, _| Ok(crate::domain::record::Sequence(1)));
    ledger.expect_changes().returning(|_, _| Err(unavailable()));
    let users = desk(ledger, Users(usual_users()), random());
    let failed = users.remove(&by("Admin"), &name("operator")).await;
    assert!(matches!(failed, Err(AdminError::NotFollowed(_))), "{failed:?}");
}

#[tokio::test]
async fn what_can_not_be_read_is_neither_absent_nor_allowed() {
    /// Users of whom one question is not answered.
    fn silent(question: usize) -> MockUserStore {
        let mut users = MockUserStore::new();
        let mut questions = 0..;
        let mut fails = || questions.next() == Some(question);
        let (revision, roles, user) = (fails(), fails(), fails());
        let (profile, credentials, selected) = (fails(), fails(), fails());
        let known = || usual_users().remove(0);
        users
            .expect_revision()
            .returning(move || if revision { Err(unavailable()) } else { Ok(<_>::default()) });
        users.expect_roles().returning(move || if roles { Err(unavailable()) } else { Ok(vec![]) });
        users
            .expect_user()
            .returning(move |_| if user { Err(unavailable()) } else { Ok(Some(known().user)) });
        users
            .expect_profile()
            .returning(move |_| if profile { Err(unavailable()) } else { Ok(Some(known().user.into())) });
        users
            .expect_credentials()
            .returning(move |_| if credentials { Err(unavailable()) } else { Ok(Some(known())) });
        users
            .expect_selected()
            .returning(move |_, _| if selected { Err(unavailable()) } else { Ok(vec![name("another")]) });
        users
    }
    for question in 0..6 {
        let users = desk(MockLedger::new(), silent(question), random());
        let failed = users.remove(&by("Admin"), &name("admin")).await;
        assert!(matches!(failed, Err(AdminError::Store(_))), "question {question}: {failed:?}");
    }
}

#[tokio::test]
async fn without_randomness_nobody_gets_a_stamp() {
    let mut entropy = MockEntropy::new();
    entropy.expect_fill().returning(|_| Err(EntropyError));
    let failed =
        desk(MockLedger::new(), Users(usual_users()), entropy).add(&by("Admin"), new_user("a", &[])).await;
    assert!(matches!(failed, Err(AdminError::Entropy(_))), "{failed:?}");
}

#[tokio::test]
async fn a_full_queue_is_busy_and_a_broken_hasher_a_failure() {
    for is_busy in [true, false] {
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_hash().returning(move |_, _| {
            let retry_after = Duration::from_secs(7);
            Err(if is_busy {
                HasherError::Busy { retry_after }
            } else {
                HasherError::Failed("broken".into())
            })
        });
        let world = World::with(&[], Origin::Store, Arc::new(hasher));
        let failed = world.users.add(&by_machine(), new_user("alice", &[])).await;
        let is_told = match &failed {
            Err(AdminError::Busy { retry_after }) => is_busy && *retry_after == Duration::from_secs(7),
            Err(AdminError::Hasher(_)) => !is_busy,
            _ => false,
        };
        assert!(is_told, "{failed:?}");
    }
}

#[test]
fn the_right_to_manage_users_is_one() {
    assert!(RightPattern::parse(USERS_EDIT).is_ok());
}
