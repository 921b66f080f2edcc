//! Logins for opaque tokens: what is kept of one, and what is told to whoever may not use the API.

use super::*;
use crate::domain::opaque::TokenHash;

/// A hasher as it ought to be, where every password is right: nothing ever matches nothing.
fn right() -> MockPasswordHasher {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(|asked| Ok(asked.hash.is_some()));
    hasher
}

#[tokio::test]
async fn the_right_password_opens_a_session_for_a_token_of_which_the_hash_is_kept() {
    let ledger = Arc::default();
    let login = World::of(usual(), right(), &ledger).login();
    let issued = login.for_opaque_token(attempt("aDMIN")).await.unwrap();
    let OpaquePolicy { idle_timeout, max_age } = OpaquePolicy::default();
    assert_eq!(issued.idle_timeout, idle_timeout);
    let [session] = &ledger.sessions()[..] else { unreachable!("one login, one session") };
    let stamp = user("Admin", &[]).user.stamp;
    assert_eq!(session.kind, SessionKind::Opaque { token: issued.token.hash(), idle_timeout, stamp });
    assert_eq!((session.user.as_str(), session.expires_at), ("Admin", NOW.plus(max_age)));
    let [record] = &ledger.take()[..] else { unreachable!("one login, one record") };
    assert_eq!((record.verdict, record.subject.as_deref()), (Verdict::Allowed, Some("Admin")));
}

#[tokio::test]
async fn its_first_use_is_no_guess_since_it_is_in_memory_from_the_login_on() {
    let mut ledger = MockLedger::new();
    let kept: Arc<std::sync::Mutex<Option<_>>> = Arc::default();
    let opened = Arc::clone(&kept);
    ledger.expect_commit().times(1).returning(move |change, _| {
        let Change::OpenSession(session) = change else { unreachable!("{change:?}") };
        *opened.lock().unwrap() = Some(session);
        Ok(crate::domain::record::Sequence(1))
    });
    ledger.expect_session_of().times(1).returning(move |_| Ok(kept.lock().unwrap().clone()));
    let world = World::of(usual(), right(), &Arc::default());
    let login = World { ledger: Arc::new(ledger), ..world }.login();
    let issued = login.for_opaque_token(attempt("admin")).await.unwrap();
    let sent = TokenHash::of_sent(&issued.token.expose().to_string()).unwrap();
    assert!(login.known.opaque.ready(sent, NOW).is_some());
}

#[tokio::test]
async fn whoever_may_not_use_the_api_is_told_so_if_his_password_is_right_and_nobody_else_is() {
    for (username, is_right, is_told, reason) in [
        ("console", true, true, "user without the right to log in to the API"),
        ("console", false, false, "wrong password"),
        ("former", true, false, "deactivated user"),
        ("unknown", true, false, "unknown user"),
    ] {
        let (ledger, hasher) = (Arc::default(), if is_right { right() } else { finding(false) });
        let login = World::of(usual(), hasher, &ledger).login();
        let refused = login.for_opaque_token(attempt(username)).await.unwrap_err();
        let was_told = match refused {
            LoginError::NoAccess => true,
            LoginError::Rejected => false,
            other => unreachable!("{other:?}"),
        };
        assert_eq!((was_told, ledger.sessions()), (is_told, vec![]), "{username} {is_right}");
        let [record] = &ledger.take()[..] else { unreachable!("one refusal, one record") };
        assert_eq!((record.verdict, record.reason.as_str()), (Verdict::Refused, reason));
    }
}
