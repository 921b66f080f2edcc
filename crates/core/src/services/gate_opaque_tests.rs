//! Whom the gate believes who shows a token that says nothing, and whom it holds who shows many that nobody has.

use std::time::Duration;

use super::*;
use crate::domain::limits::Limits;
use crate::domain::opaque::OpaqueToken;
use crate::domain::personal::{Personal, TokenName};
use crate::domain::session::{Session, SessionKind};
use crate::services::ended_sessions::EndedSessions;

/// Where most requests come from.
const THERE: [u8; 4] = [192, 0, 2, 7];

/// How many tokens that nobody has may be shown from one address.
const GUESSES: usize = 20;

/// What the operator has.
fn personal() -> PersonalToken {
    PersonalToken::from_bytes([1; 32])
}

fn opaque() -> OpaqueToken {
    OpaqueToken::parse("42").unwrap()
}

fn kept(kind: SessionKind) -> Session {
    Session {
        id: SessionId::from_bytes([1; 16]),
        user: name("operator"),
        kind,
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(TTL),
        address: None,
        agent: None,
    }
}

fn of_personal(change: impl FnOnce(&mut Personal)) -> Session {
    let mut personal = Personal {
        token: personal().hash(),
        stamp: user("operator", &[]).user.stamp,
        name: TokenName::parse("nightly").unwrap(),
        limits: Arc::new(Limits::default()),
        allow_from: Box::default(),
    };
    change(&mut personal);
    kept(SessionKind::Personal(Arc::new(personal)))
}

fn of_opaque(stamp: Stamp) -> Session {
    kept(SessionKind::Opaque { token: opaque().hash(), idle_timeout: Duration::from_mins(30), stamp })
}

/// A ledger that keeps these sessions.
fn ledger_with(sessions: Vec<Session>) -> MockLedger {
    let mut ledger = MockLedger::new();
    ledger.expect_session_of().returning(move |token| {
        Ok(sessions.iter().find(|session| session.kind.token() == Some(*token)).cloned())
    });
    ledger.expect_note().return_const(());
    ledger
}

/// A gate with this ledger that knows of these ended sessions.
fn gate_over(ledger: MockLedger, ended: &Arc<EndedSessions>) -> Gate {
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    gate_knowing(ended, live, Tokens::default(), Arc::new(ledger))
}

/// A gate whose ledger keeps these sessions.
fn keeping(sessions: Vec<Session>) -> Gate {
    gate_over(ledger_with(sessions), &Arc::default())
}

async fn asked(gate: &Gate, token: &str, address: [u8; 4]) -> Result<(), Refusal> {
    let (credential, address) = (Credential::Bearer(token), Some(address.into()));
    let view =
        RequestView { method: "GET", target: "/any", credential, fields: &NoFields, id: "request", address };
    gate.admit(&view).await.map(drop).map_err(|refused| refused.refusal)
}

/// Why somebody was not believed.
async fn disbelief(gate: &Gate, token: &str, address: [u8; 4]) -> Option<Unauthenticated> {
    match asked(gate, token, address).await {
        Err(Refusal::Unauthenticated(why)) => Some(why),
        _ => None,
    }
}

fn is_held(asked: &Result<(), Refusal>) -> bool {
    matches!(asked, Err(Refusal::Throttled { .. }))
}

#[tokio::test]
async fn whoever_shows_many_that_nobody_has_is_held_and_personal_tokens_and_those_in_use_are_not() {
    let stamp = user("operator", &[]).user.stamp;
    for is_in_use in [false, true] {
        let gate = keeping(vec![of_personal(|_| ()), of_opaque(stamp)]);
        let good = opaque().expose().to_string();
        if is_in_use {
            asked(&gate, &good, THERE).await.unwrap();
        }
        for number in 0..GUESSES {
            let guess = PersonalToken::from_bytes([2; 32]).expose();
            let guess = if number % 2 == 0 { "43" } else { &guess };
            let why = disbelief(&gate, guess, THERE).await;
            assert_eq!(why, Some(Unauthenticated::UnknownToken), "{number}");
        }
        for guess in ["43", &PersonalToken::from_bytes([3; 32]).expose()] {
            assert!(is_held(&asked(&gate, guess, THERE).await), "{guess}");
        }
        // Of 63 bits somebody may be about to guess one; of 256 nobody is.
        assert_eq!(is_held(&asked(&gate, &good, THERE).await), !is_in_use);
        asked(&gate, &personal().expose(), THERE).await.unwrap();
        let elsewhere = disbelief(&gate, "43", [192, 0, 2, 8]).await;
        assert_eq!(elsewhere, Some(Unauthenticated::UnknownToken));
    }
}

#[tokio::test]
async fn a_personal_token_comes_from_its_networks_alone() {
    let gate = keeping(vec![of_personal(|token| token.allow_from = ["10.0.0.0/8".parse().unwrap()].into())]);
    let token = personal().expose();
    asked(&gate, &token, [10, 1, 2, 3]).await.unwrap();
    assert_eq!(disbelief(&gate, &token, THERE).await, Some(Unauthenticated::Elsewhere));
}

#[tokio::test]
async fn what_was_opened_before_its_user_became_another_is_not_believed() {
    let earlier = Stamp::of(&[b"earlier"]);
    let gate = keeping(vec![of_personal(|token| token.stamp = earlier), of_opaque(earlier)]);
    for token in [personal().expose(), opaque().expose().to_string()] {
        assert_eq!(disbelief(&gate, &token, THERE).await, Some(Unauthenticated::Superseded), "{token}");
    }
}

#[tokio::test]
async fn what_was_ended_here_is_not_believed_though_the_ledger_still_has_it() {
    let (session, ended) = (of_opaque(user("operator", &[]).user.stamp), Arc::default());
    let gate = gate_over(ledger_with(vec![session.clone()]), &ended);
    let token = opaque().expose().to_string();
    asked(&gate, &token, THERE).await.unwrap();
    let Session { id, user, expires_at, .. } = session;
    ended.insert(&EndedSession { id, subject: user.into(), expires_at }, NOW).unwrap();
    assert_eq!(disbelief(&gate, &token, THERE).await, Some(Unauthenticated::SessionEnded));
}

#[tokio::test]
async fn a_request_is_a_use_of_its_token() {
    let last_seen_at = Timestamp::from_seconds(NOW.seconds() - 120);
    let session = Session { last_seen_at, ..of_opaque(user("operator", &[]).user.stamp) };
    let mut ledger = ledger_with(vec![session.clone()]);
    ledger.expect_seen().withf(move |id, at| (id, *at) == (&session.id, NOW)).times(1).return_const(());
    asked(&gate_over(ledger, &Arc::default()), &opaque().expose().to_string(), THERE).await.unwrap();
}
