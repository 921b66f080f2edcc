//! Looking into tokens and revoking them, for clients.

use super::super::testing::shown;
use super::*;
use crate::domain::client::Client;
use crate::domain::right::RightPattern;
use crate::domain::session::EndedSession;
use crate::domain::token::Bearer;
use crate::ports::ledger::{Change, Ledger, MockLedger};
use crate::services::clients::Clients;
use crate::services::follow::Follower;
use crate::services::known_sessions::KnownSessions;
use crate::services::policy::LivePolicy;
use crate::services::testing::*;

/// What `one` asks about, where there are two clients and the usual users; `ledger` sees what is ended.
fn world(ledger: MockLedger) -> (TokenAffairs, KnownClient) {
    let (one, other) = (client("one", &["operator"]), client("other", &["operator"]));
    let claims_of = |client: &Client| Claims {
        bearer: Bearer::Client { id: client.id.clone(), scope: [RightPattern::everything()].into() },
        audience: vec!["portcullis".to_owned()],
        stamp: client.stamp.to_string(),
        ..claims(&user("Admin", &[]).user)
    };
    let codec = Tokens::of(&usual_users()).with("one", claims_of(&one)).with("other", claims_of(&other));
    let foreign = Claims { issuer: "somebody else".to_owned(), ..claims_of(&one) };
    let codec = codec.with("foreign", foreign);
    let policy = policy(Users(usual_users()))
        .with_clients(Clients::new([one.clone(), other], Arc::new(Notebook::default())));
    let live = Arc::new(LivePolicy::new(policy));
    let ledger: Arc<dyn Ledger> = Arc::new(ledger);
    let follower = Follower::new(
        ledger.clone(),
        live.clone(),
        Arc::<KnownSessions>::default(),
        clock(),
        Box::new(|| {}),
    );
    let sessions = Sessions::new(ledger.clone(), live.clone(), Arc::new(follower), clock());
    let reader = TokenReader::new(Arc::new(codec), Arc::default(), ledger);
    (TokenAffairs::new(reader, sessions, clock()), shown(one, &live.current()))
}

#[tokio::test]
async fn a_good_token_of_anybody_is_told_and_any_other_is_not() {
    let mut ledger = MockLedger::new();
    ledger.expect_session_of().returning(|_| Ok(None));
    let (affairs, known) = world(ledger);
    for (token, whose) in [("admin", "Admin"), ("one", "client:one"), ("other", "client:other")] {
        let found = affairs.inspect(&known, token).await.unwrap().unwrap();
        assert_eq!(found.principal.standing.subject.id().to_string(), whose);
        assert_eq!(found.ends_at, NOW.plus(TTL));
    }
    for token in ["", "garbage", "foreign", "former", "42", "007"] {
        assert!(affairs.inspect(&known, token).await.unwrap().is_none(), "{token}");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_no_bad_token() {
    let mut ledger = MockLedger::new();
    ledger.expect_session_of().returning(|_| Err(unavailable()));
    let (affairs, known) = world(ledger);
    assert!(affairs.inspect(&known, "42").await.is_err());
    assert!(matches!(affairs.revoke(&known, "42").await, Err(RevokeError::Store(_))));
}

#[tokio::test]
async fn a_client_ends_its_own_tokens_and_users_but_no_other_client_s() {
    for (token, subject) in [("one", "client:one"), ("admin", "Admin")] {
        let mut ledger = MockLedger::new();
        ledger.expect_changes().returning(|_, _| Ok(vec![]));
        let is_it = move |change: &Change, record: &crate::domain::record::Record| {
            matches!(change, Change::EndSession(EndedSession { subject: of, .. }) if of.to_string() == subject)
                && (record.action.as_str(), record.subject.as_deref()) == ("token.revoke", Some("client:one"))
        };
        ledger.expect_commit().withf(is_it).times(1).returning(|_, _| Ok(crate::domain::record::Sequence(1)));
        let (affairs, known) = world(ledger);
        affairs.revoke(&known, token).await.unwrap();
    }
    let (affairs, known) = world(MockLedger::new());
    assert!(matches!(affairs.revoke(&known, "other").await, Err(RevokeError::NotIts)));
    affairs.revoke(&known, "garbage").await.unwrap();
}
