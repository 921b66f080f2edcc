//! What fails around a login: each failure by its own name, and none of them logs anybody in.

use super::*;
use crate::ports::token_codec::SignError;

#[tokio::test]
async fn without_a_record_there_is_no_token() {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().times(1).returning(|_, _| Err(unavailable().into()));
    let world = World::of(usual(), finding(true), &Arc::default());
    let result = World { ledger: Arc::new(ledger), ..world }.attempt("admin").await;
    let unavailable =
        matches!(result, Err(LoginError::Ledger(CommitError::Store(StoreError::Unavailable(_)))));
    assert!(unavailable, "{result:?}");
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back_and_blames_nobody() {
    let mut hasher = MockPasswordHasher::new();
    let retry_after = Duration::from_secs(3);
    hasher.expect_verify().times(1).returning(move |_| Err(HasherError::Busy { retry_after }));
    let ledger = Arc::default();
    let result = World::of(usual(), hasher, &ledger).attempt("admin").await;
    assert!(matches!(result, Err(LoginError::Busy { retry_after: after }) if after == retry_after));
    assert_eq!((ledger.sessions(), ledger.take()), (vec![], vec![]));
}

#[tokio::test]
async fn a_hasher_that_fails_lets_nobody_in() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(|_| Err(HasherError::Failed("no thread".into())));
    let ledger = Arc::default();
    let result = World::of(usual(), hasher, &ledger).attempt("admin").await;
    assert!(matches!(result, Err(LoginError::Hasher(HasherError::Failed(_)))), "{result:?}");
    assert_eq!(ledger.sessions(), []);
}

#[tokio::test]
async fn a_store_that_fails_is_no_wrong_password_and_costs_no_comparison() {
    let untouched = || MockPasswordHasher::new(); // any call of it panics
    let mut without_cost = MockUserStore::new();
    without_cost.expect_credentials().returning(|_| Ok(Some(user("admin", &[]))));
    without_cost.expect_highest_cost().returning(|| Err(unavailable()));
    for users in [broken_users(), without_cost] {
        let ledger = Arc::default();
        let result = World::of(users, untouched(), &ledger).attempt("admin").await;
        assert!(matches!(result, Err(LoginError::Store(_))), "{result:?}");
        assert_eq!((ledger.sessions(), ledger.take()), (vec![], vec![]));
    }
}

#[tokio::test]
async fn a_name_that_nobody_can_have_is_not_looked_up() {
    let mut users = MockUserStore::new(); // `credentials` would panic
    users.expect_highest_cost().returning(|| Ok(Cost::HIGHEST));
    let result = World::of(users, finding(false), &Arc::default()).attempt("a\0b").await;
    assert!(matches!(result, Err(LoginError::Rejected)), "{result:?}");
    assert!(Username::parse("a\0b").is_err());
}

#[tokio::test]
async fn without_randomness_no_session_is_opened() {
    let mut entropy = MockEntropy::new();
    entropy.expect_fill().returning(|_| Err(EntropyError));
    let ledger = Arc::default();
    let world = World::of(usual(), finding(true), &ledger);
    let result = World { entropy: Arc::new(entropy), ..world }.attempt("admin").await;
    assert!(matches!(result, Err(LoginError::Entropy(_))), "{result:?}");
    assert_eq!(ledger.sessions(), []);
}

#[tokio::test]
async fn what_can_not_be_signed_opens_no_session() {
    let mut codec = MockTokenCodec::new();
    codec.expect_sign().times(1).returning(|_| Err(SignError("no key".into())));
    let ledger = Arc::default();
    let world = World::of(usual(), finding(true), &ledger);
    let result = World { codec: Arc::new(codec), ..world }.attempt("admin").await;
    assert!(matches!(result, Err(LoginError::Sign(_))), "{result:?}");
    assert_eq!(ledger.sessions(), []);
}

#[tokio::test]
async fn a_comparison_that_is_withdrawn_is_too_many_failures() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(|_| Err(HasherError::Withdrawn));
    let ledger = Arc::default();
    let result = World::of(usual(), hasher, &ledger).attempt("admin").await;
    assert!(matches!(result, Err(LoginError::Throttled { .. })), "{result:?}");
    let [record] = &ledger.take()[..] else { unreachable!("one refusal, one record") };
    assert_eq!((record.subject.as_deref(), record.reason.as_str()), (None, "too many failed logins"));
}

/// A hasher as it ought to be: it asks the referee, and tells how it went.
#[tokio::test]
async fn after_too_many_failures_nothing_is_compared_for_any_name() {
    for username in ["admin", "nobody-at-all"] {
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_verify().times(5).returning(|asked| {
            assert!(asked.referee.begin());
            asked.referee.end(false);
            Ok(false)
        });
        let login = World::of(usual(), hasher, &Arc::default()).login();
        for _ in 0..5 {
            assert!(matches!(login.with_password(attempt(username)).await, Err(LoginError::Rejected)));
        }
        let result = login.with_password(attempt(username)).await;
        assert!(matches!(result, Err(LoginError::Throttled { .. })), "{result:?}");
    }
}
