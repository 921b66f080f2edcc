//! What is told of a refresh token, to whom, and who can end it.

use std::sync::Arc;

use super::super::testing::shown;
use super::*;
use crate::domain::client::Client;
use crate::domain::refresh::RefreshPolicy;
use crate::domain::session::{EndedSession, SessionId, SessionKind};
use crate::domain::standing::Standing;
use crate::ports::ledger::{Change, Condition, Ledger, MockLedger};
use crate::services::clients::Clients;
use crate::services::follow::Follower;
use crate::services::known_sessions::KnownSessions;
use crate::services::policy::LivePolicy;
use crate::services::sessions::Sessions;
use crate::services::testing::*;
use crate::services::token_reader::TokenReader;

fn first() -> RefreshToken {
    RefreshToken::first([1; 48])
}

/// What `one` asks about.
fn world(ledger: MockLedger, refresh: RefreshPolicy) -> (TokenAffairs, KnownClient) {
    let (one, other) = (client("one", &["operator"]), client("other", &["operator"]));
    let mut policy = policy(Users(usual_users()))
        .with_clients(Clients::new([one.clone(), other], Arc::new(Notebook::default())));
    policy.logins.refresh = refresh;
    let live = Arc::new(LivePolicy::new(policy));
    let (ledger, known): (Arc<dyn Ledger>, Arc<KnownSessions>) = (Arc::new(ledger), Arc::default());
    let follower = Follower::new(ledger.clone(), live.clone(), known.clone(), clock(), Box::new(|| {}));
    let sessions = Sessions::new(ledger.clone(), live.clone(), Arc::new(follower), clock());
    let reader = TokenReader::new(Arc::new(Tokens::default()), known, ledger);
    (TokenAffairs::new(reader, sessions, clock()), shown(one, &live.current()))
}

const ON: RefreshPolicy = RefreshPolicy { password_grant: true, after_login: true };

/// A ledger with the family of an operator, through this client if through any.
fn ledger(of: Option<&str>, change: impl FnOnce(&mut Session, &mut Family)) -> MockLedger {
    let operator = user("operator", &["operator"]).user;
    let mut session = Session {
        id: SessionId::from_bytes([9; 16]),
        user: operator.name.clone(),
        kind: SessionKind::Jwt,
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(TTL),
        address: None,
        agent: None,
    };
    let roles = policy(Users(vec![])).roles();
    let standing = Standing::new(operator, &roles);
    let of: Option<Client> = of.map(|id| client(id, &["operator"]));
    let through = of.as_ref().map(|of| standing.through(Arc::new(Standing::new(of.clone(), &roles))));
    let delegation = of.map(|of| Delegation::read(of.id, "qos:view").unwrap());
    let stamp = through.unwrap_or(standing).stamp();
    let mut family = Family::of(&first(), session.id.clone(), stamp, delegation);
    change(&mut session, &mut family);
    let mut ledger = MockLedger::new();
    ledger
        .expect_family()
        .returning(move |name| Ok((*name == family.name).then(|| (session.clone(), family.clone()))));
    ledger
}

async fn told(ledger: MockLedger, refresh: RefreshPolicy) -> Option<ActiveRefreshToken> {
    let (affairs, known) = world(ledger, refresh);
    affairs.inspect_refresh_token(&known, &first().expose()).await.unwrap()
}

#[tokio::test]
async fn a_good_one_is_told_to_its_client_and_one_of_no_client_to_any() {
    let of_one = told(ledger(Some("one"), |_, _| ()), ON).await.unwrap();
    assert_eq!(of_one.delegation.unwrap().scope_text(), "qos:view");
    assert_eq!((of_one.issued_at, of_one.ends_at), (NOW, NOW.plus(TTL)));
    assert_eq!(told(ledger(None, |_, _| ()), ON).await.unwrap().delegation, None);
    assert_eq!(told(ledger(Some("other"), |_, _| ()), ON).await, None);
}

#[tokio::test]
async fn one_that_is_not_good_is_not_told() {
    let another = first().next([2; 32]).hash();
    assert_eq!(told(ledger(Some("one"), |_, family| family.present = another), ON).await, None);
    assert_eq!(told(ledger(Some("one"), |session, _| session.expires_at = NOW), ON).await, None);
    assert_eq!(told(ledger(Some("one"), |session, _| session.user = name("former")), ON).await, None);
    assert_eq!(told(ledger(Some("one"), |session, _| session.user = name("tech")), ON).await, None);
    for (of, off) in [
        (Some("one"), RefreshPolicy { password_grant: false, after_login: true }),
        (None, RefreshPolicy { password_grant: true, after_login: false }),
    ] {
        assert_eq!(told(ledger(of, |_, _| ()), off).await, None);
    }
    let (affairs, known) = world(ledger(Some("one"), |_, _| ()), ON);
    for token in ["", "ptr_", "ptr_x", &RefreshToken::first([3; 48]).expose()] {
        assert_eq!(affairs.inspect_refresh_token(&known, token).await.unwrap(), None, "{token}");
        affairs.revoke_refresh_token(&known, token).await.unwrap();
    }
}

#[tokio::test]
async fn one_whose_session_has_ended_in_this_process_is_not_told_and_has_no_other_end() {
    let (affairs, known) = world(ledger(Some("one"), |_, _| ()), ON);
    let id = SessionId::from_bytes([9; 16]);
    let ended = EndedSession { id, subject: name("operator").into(), expires_at: NOW.plus(TTL) };
    affairs.reader.known().ended.insert(&ended, NOW).unwrap();
    let token = first().expose();
    assert_eq!(affairs.inspect_refresh_token(&known, &token).await.unwrap(), None);
    affairs.revoke_refresh_token(&known, &token).await.unwrap();
}

#[tokio::test]
async fn its_client_ends_the_session_by_any_token_of_the_family_and_another_does_not() {
    for (of, token) in [(Some("one"), first()), (Some("one"), first().next([2; 32])), (None, first())] {
        let mut ledger = ledger(of, |_, _| ());
        ledger.expect_changes().returning(|_, _| Ok(vec![]));
        ledger
            .expect_commit()
            .withf(|change, record| {
                matches!(change, Change::EndSession(_))
                    && (record.action.as_str(), record.subject.as_deref())
                        == ("token.revoke", Some("client:one"))
            })
            .times(1)
            .returning(|_, _| Ok(crate::domain::record::Sequence(1)));
        let (affairs, known) = world(ledger, ON);
        affairs.revoke_refresh_token(&known, &token.expose()).await.unwrap();
    }
    let (affairs, known) = world(ledger(Some("other"), |_, _| ()), ON);
    let refused = affairs.revoke_refresh_token(&known, &first().expose()).await;
    assert!(matches!(refused, Err(RevokeError::NotIts)));
}

#[tokio::test]
async fn an_end_that_could_not_be_written_is_not_told_as_done_the_next_time() {
    let mut ledger = ledger(Some("one"), |_, _| ());
    ledger.expect_commit().returning(|_, _| Err(unavailable().into()));
    ledger.expect_condition().returning(Condition::default);
    let (affairs, known) = world(ledger, ON);
    let token = first().expose();
    for _ in 0..2 {
        let refused = affairs.revoke_refresh_token(&known, &token).await;
        assert!(matches!(refused, Err(RevokeError::Sessions(_))), "{refused:?}");
        assert!(matches!(affairs.revoke(&known, "former").await, Err(RevokeError::Sessions(_))));
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_no_bad_token() {
    let mut ledger = MockLedger::new();
    ledger.expect_family().returning(|_| Err(unavailable()));
    let (affairs, known) = world(ledger, ON);
    let token = first().expose();
    assert!(affairs.inspect_refresh_token(&known, &token).await.is_err());
    assert!(matches!(affairs.revoke_refresh_token(&known, &token).await, Err(RevokeError::Store(_))));
}
