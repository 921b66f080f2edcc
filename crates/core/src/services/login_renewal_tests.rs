//! Hashes of a lower cost are made anew once the password is known; and no login fails of it.

use super::*;
use crate::domain::record::Sequence;
use crate::domain::secret::PasswordHash;

/// A world in which hashes are raised to this cost; the users of the tests have hashes of cost 6.
fn raising(cost: Option<u8>, hasher: MockPasswordHasher, ledger: MockLedger) -> World {
    let mut policy = policy(usual());
    policy.logins.renew_hashes_to = cost.and_then(Cost::new);
    let world = World::of(usual(), hasher, &Arc::default());
    World { live: Arc::new(LivePolicy::new(policy)), ledger: Arc::new(ledger), ..world }
}

/// A ledger that takes a login, and of what comes after it what `renewal` says.
fn ledger(renewal: impl Fn(Change) -> Result<Sequence, CommitError> + Send + 'static) -> MockLedger {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().times(1).returning(|_, _| Ok(Sequence(1)));
    ledger.expect_commit().times(0..=1).returning(move |change, record| {
        assert_eq!((record.action.as_str(), record.subject.as_deref()), ("user.rehash", Some("Admin")));
        renewal(change)
    });
    ledger
}

fn hash(cost: u8) -> PasswordHash {
    PasswordHash::parse(&format!("$2b${cost:02}${}", "u".repeat(53))).unwrap()
}

#[tokio::test]
async fn a_hash_of_a_lower_cost_is_made_anew_from_the_one_that_was_compared() {
    let mut hasher = finding(true);
    let is_asked_for =
        |password: &Password, cost: &Cost| password.expose() == "correct horse" && cost.get() == 12;
    hasher.expect_hash().withf(is_asked_for).times(1).returning(|_, cost| Ok(hash(cost.get())));
    let expected = Change::RenewHash { user: name("admin"), from: hash(6), to: hash(12) };
    let ledger = ledger(move |change| {
        assert_eq!(change, expected);
        Ok(Sequence(2))
    });
    raising(Some(12), hasher, ledger).attempt("admin").await.unwrap();
}

#[tokio::test]
async fn a_hash_of_that_cost_or_a_higher_one_stays_and_so_does_any_where_users_are_in_a_file() {
    for cost in [None, Some(6), Some(5)] {
        let untouched = ledger(|change| unreachable!("{change:?}"));
        raising(cost, finding(true), untouched).attempt("admin").await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_rejected_renews_nothing() {
    let result = raising(Some(12), finding(false), {
        let mut ledger = MockLedger::new();
        ledger.expect_note().times(1).return_const(());
        ledger
    });
    assert!(matches!(result.attempt("admin").await, Err(LoginError::Rejected)));
}

#[tokio::test]
async fn no_login_fails_because_a_hash_could_not_be_renewed() {
    let mut busy = finding(true);
    let retry_after = Duration::from_secs(1);
    busy.expect_hash().times(1).returning(move |_, _| Err(HasherError::Busy { retry_after }));
    let untouched = ledger(|change| unreachable!("{change:?}"));
    raising(Some(12), busy, untouched).attempt("admin").await.unwrap();

    let mut hasher = finding(true);
    hasher.expect_hash().times(1).returning(|_, cost| Ok(hash(cost.get())));
    let failing = ledger(|_| Err(CommitError::Store(unavailable())));
    raising(Some(12), hasher, failing).attempt("admin").await.unwrap();
}
