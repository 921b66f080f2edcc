//! A password that a client shows: the login's own answers, and tokens for what both hold.

use super::super::testing::shown;
use super::*;
use crate::domain::client::Client;
use crate::domain::token::Bearer;
use crate::ports::ledger::{Ledger as _, MockLedger};
use crate::ports::password_hasher::MockPasswordHasher;
use crate::services::policy::{LivePolicy, Policy};
use crate::services::testing::*;

/// A login in which every password is right, or every one wrong.
fn login(matches: bool, codec: &Arc<Tokens>, ledger: Arc<dyn crate::ports::ledger::Ledger>) -> Login {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().returning(move |asked| Ok(matches && asked.hash.is_some()));
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    let entropy = Arc::new(Counting::default());
    Login::new(live, Arc::new(hasher), codec.clone(), ledger, clock(), entropy, Arc::default())
}

fn usual() -> Arc<Policy> {
    Arc::new(policy(Users(usual_users())))
}

#[tokio::test]
async fn the_token_is_the_user_s_for_what_both_hold_and_its_session_lasts_as_long_as_one_may() {
    let (codec, ledger) = (Arc::new(Tokens::default()), Arc::<Notebook>::default());
    let client =
        Client { token_ttl: Some(std::time::Duration::from_mins(5)), ..client("portal", &["planner"]) };
    let known = shown(client, &usual());
    let granted =
        login(true, &codec, ledger.clone()).for_client(attempt("ADMIN"), &known, None).await.unwrap();
    let claims = codec.claims(&granted.token).unwrap();
    let Bearer::Delegated { name: of, to } = claims.bearer.clone() else {
        unreachable!("of a user through a client")
    };
    assert_eq!((of.as_str(), to.client.as_str()), ("Admin", "portal"));
    assert_eq!((Some(to.scope_text()), granted.lifetime.as_secs()), (granted.scope, 300));
    assert_eq!(claims.audience, ["portcullis"]);
    let [session] = &ledger.sessions()[..] else { unreachable!("one session") };
    assert_eq!(session.expires_at, NOW.plus(known.policy.logins.opaque.max_age));
    assert_eq!(claims.session, session.id);
    let first = granted.refresh_token.unwrap();
    let (_, family) = ledger.family(&first.family()).await.unwrap().unwrap();
    assert_eq!((family.present, family.stamp.to_string()), (first.hash(), claims.stamp));
    assert_eq!(family.delegation, Some(to));
    let [record] = &ledger.take()[..] else { unreachable!("one record") };
    assert_eq!(
        (record.action.as_str(), record.reason.as_str()),
        ("login", "password accepted, shown by client:portal")
    );
}

#[tokio::test]
async fn whoever_may_not_come_in_does_not_come_in_through_a_client() {
    for (name, matches) in [("admin", false), ("unknown", true), ("former", true), ("console", true)] {
        let (codec, ledger) = (Arc::new(Tokens::default()), Arc::<Notebook>::default());
        let known = shown(client("portal", &["admin"]), &usual());
        let refused = login(matches, &codec, ledger.clone()).for_client(attempt(name), &known, None).await;
        assert!(matches!(refused, Err(PasswordGrantError::Login(LoginError::Rejected))), "{name}");
        assert_eq!(ledger.sessions(), []);
        assert_eq!(ledger.take().len(), 1);
    }
}

#[tokio::test]
async fn more_than_both_hold_is_refused_and_recorded_and_opens_nothing() {
    for (who, roles, scope) in [
        ("admin", &["operator"][..], "config:edit"),
        ("operator", &["admin"], "config:edit"),
        ("admin", &[], "qos:view"),
        ("tech", &["operator"], "device:add"),
        ("admin", &["admin"], "no right"),
    ] {
        let (codec, ledger) = (Arc::new(Tokens::default()), Arc::<Notebook>::default());
        let known = shown(client("portal", roles), &usual());
        let refused = login(true, &codec, ledger.clone()).for_client(attempt(who), &known, Some(scope)).await;
        assert!(matches!(refused, Err(PasswordGrantError::Scope)), "{who} {scope}");
        assert_eq!(ledger.sessions(), []);
        let [record] = &ledger.take()[..] else { unreachable!("one record") };
        assert_eq!((record.verdict, record.decision_id.as_deref()), (Verdict::Refused, Some("decision")));
        assert!(record.reason.contains("client:portal"), "{}", record.reason);
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().returning(|_, _| Err(unavailable().into()));
    let known = shown(client("portal", &["admin"]), &usual());
    let codec = Arc::new(Tokens::default());
    let failed = login(true, &codec, Arc::new(ledger)).for_client(attempt("admin"), &known, None).await;
    assert!(matches!(failed, Err(PasswordGrantError::Login(LoginError::Ledger(_)))));
}
