//! The end of sessions: of the right ones, in one change, in force before the answer.

use std::time::Duration;

use super::super::known_sessions::KnownSessions;
use super::super::testing::*;
use super::*;
use crate::domain::opaque::TokenHash;
use crate::domain::record::Sequence;
use crate::domain::session::SessionKind;
use crate::domain::standing::Standing;
use crate::ports::ledger::{Condition, MockLedger};

fn sessions(ledger: MockLedger) -> Sessions {
    sessions_knowing(&Arc::default(), ledger)
}

fn sessions_knowing(known: &Arc<KnownSessions>, ledger: MockLedger) -> Sessions {
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    let ledger: Arc<dyn Ledger> = Arc::new(ledger);
    let follower = Follower::new(ledger.clone(), live.clone(), known.clone(), clock(), Box::new(|| {}));
    Sessions::new(ledger, live, Arc::new(follower), clock())
}

fn actor() -> Actor {
    Actor { subject: "Admin".into(), address: None, request_id: "request".into() }
}

fn session() -> Session {
    Session {
        id: SessionId::from_bytes([1; 16]),
        user: name("operator"),
        kind: SessionKind::Jwt,
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(Duration::from_hours(1)),
        address: None,
        agent: None,
    }
}

fn ending() -> EndedSession {
    let Session { id, user, expires_at, .. } = session();
    EndedSession { id, subject: user.into(), expires_at }
}

/// A ledger in which exactly this change may be made, once, and is followed.
fn expecting(change: Change, object: &'static str) -> MockLedger {
    let mut ledger = MockLedger::new();
    let is_it = move |made: &Change, record: &Record| {
        let named = record.amendment.as_ref().map_or("", |amendment| amendment.object.as_str());
        *made == change && named == object && record.subject.as_deref() == Some("Admin")
    };
    ledger.expect_commit().withf(is_it).times(1).returning(|_, _| Ok(Sequence(1)));
    ledger.expect_changes().times(1).returning(|_, _| Ok(vec![]));
    ledger
}

#[tokio::test]
async fn a_logout_ends_the_session_of_the_token_and_no_other() {
    let principal = Principal {
        standing: Arc::new(Standing::new(user("operator", &[]).user, &policy(Users(vec![])).roles())),
        session: session().id,
        kind: session().kind,
        issued_at: NOW,
        expires_at: session().expires_at,
    };
    let sessions = sessions(expecting(Change::EndSession(ending()), ""));
    sessions.log_out(&principal, &actor()).await.unwrap();
}

#[tokio::test]
async fn an_open_session_is_ended_by_its_name() {
    let mut ledger =
        expecting(Change::EndSession(ending()), "session 01010101010101010101010101010101 of operator");
    ledger.expect_session().returning(|_| Ok(Some(session())));
    sessions(ledger).end(&session().id, &actor()).await.unwrap();
}

#[tokio::test]
async fn a_session_that_is_not_open_is_not_there() {
    let mut ledger = MockLedger::new();
    ledger.expect_session().returning(|_| Ok(None));
    let ended = sessions(ledger).end(&session().id, &actor()).await;
    assert!(matches!(ended, Err(SessionsError::NotFound)), "{ended:?}");
    let nobody = sessions(MockLedger::new()).end_all(EndOf::User(name("nobody")), &actor()).await;
    assert!(matches!(nobody, Err(SessionsError::NotFound)), "{nobody:?}");
}

#[tokio::test]
async fn all_sessions_of_a_user_a_role_a_realm_or_everybody_end_in_one_change() {
    let users = |names: &[&str]| Whose::Users(names.iter().map(|text| name(text)).collect());
    let role = |text: &str| EndOf::Role(RoleName::parse(text).unwrap());
    for (of, whose, object, count) in [
        (EndOf::User(name("OPERATOR")), users(&["operator"]), "all sessions of operator", Some(1)),
        (
            role("Admin"),
            users(&["admin", "console", "former"]),
            "all sessions of whoever holds Admin",
            Some(3),
        ),
        (role("viewer"), users(&[]), "all sessions of whoever holds viewer", Some(0)),
        (
            EndOf::Realm(Realm::parse("POP-syd").unwrap()),
            users(&["tech"]),
            "all sessions of whoever holds a role in POP-syd",
            Some(1),
        ),
        (EndOf::Everybody, Whose::Everybody, "all sessions of everybody", None),
    ] {
        let sessions = sessions(expecting(Change::EndSessions(whose), object));
        assert_eq!(sessions.end_all(of, &actor()).await.unwrap(), count);
    }
}

#[tokio::test]
async fn an_end_that_was_not_recorded_is_no_end() {
    let mut ledger = MockLedger::new();
    ledger.expect_session().returning(|_| Ok(Some(session())));
    ledger.expect_commit().returning(|_, _| Err(unavailable().into()));
    let ended = sessions(ledger).end(&session().id, &actor()).await;
    assert!(matches!(ended, Err(SessionsError::Ledger(_))), "{ended:?}");
}

fn opaque_kind() -> SessionKind {
    let token = TokenHash::from_bytes([4; 32]);
    SessionKind::Opaque { token, idle_timeout: TTL, stamp: user("operator", &[]).user.stamp }
}

fn opaque_principal() -> Principal {
    Principal {
        standing: Arc::new(Standing::new(user("operator", &[]).user, &policy(Users(vec![])).roles())),
        session: session().id,
        kind: opaque_kind(),
        issued_at: NOW,
        expires_at: session().expires_at,
    }
}

#[tokio::test]
async fn a_token_that_says_nothing_is_ended_and_nothing_of_it_remembered() {
    let end = || Change::EndToken(TokenHash::from_bytes([4; 32]));
    let known = Arc::new(KnownSessions::default());
    sessions_knowing(&known, expecting(end(), "")).log_out(&opaque_principal(), &actor()).await.unwrap();
    assert!(!known.ended.contains(&session().id));

    let mut ledger = expecting(end(), "session 01010101010101010101010101010101 of operator");
    ledger.expect_session().returning(|_| Ok(Some(Session { kind: opaque_kind(), ..session() })));
    sessions(ledger).end(&session().id, &actor()).await.unwrap();
}

#[tokio::test]
async fn a_token_whose_end_could_not_be_recorded_is_dead_in_this_process_all_the_same() {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().returning(|_, _| Err(unavailable().into()));
    let known = Arc::new(KnownSessions::default());
    let ended = sessions_knowing(&known, ledger).log_out(&opaque_principal(), &actor()).await;
    assert!(ended.is_err() && known.ended.contains(&session().id));
}

#[tokio::test]
async fn an_end_that_could_not_be_written_is_written_once_when_it_can_be() {
    let (mut ledger, mut order) = (MockLedger::new(), mockall::Sequence::new());
    for is_written in [false, false, true] {
        let is_it = |change: &Change, record: &Record| {
            *change == Change::EndToken(TokenHash::from_bytes([4; 32])) && record.action == "logout"
        };
        let outcome = move |_, _| if is_written { Ok(Sequence(1)) } else { Err(unavailable().into()) };
        ledger.expect_commit().withf(is_it).times(1).in_sequence(&mut order).returning(outcome);
    }
    let mut looks = 0;
    ledger.expect_condition().times(3).returning(move || {
        looks += 1;
        Condition { is_failing: looks == 1, ..Condition::default() }
    });
    let sessions = sessions(ledger);
    assert!(sessions.log_out(&opaque_principal(), &actor()).await.is_err());
    for _ in 0..2 {
        assert!(sessions.settle().await.is_err());
    }
    for _ in 0..2 {
        sessions.settle().await.unwrap();
    }
}
