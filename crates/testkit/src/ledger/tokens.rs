//! Cases about tokens that say nothing: opaque and personal ones.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::directory::Page;
use portcullis_core::domain::limits::Limits;
use portcullis_core::domain::network::network;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::personal::{Personal, TokenName};
use portcullis_core::domain::session::{Session, SessionKind, Whose};
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::{Change, Changed, FeedPlace, Ledger};

use super::{opaque, record, session, time};
use crate::seed::username;

/// The `number`th session of a personal token, and the hash of that.
fn personal(number: usize) -> (Session, TokenHash) {
    let token = TokenHash::from_bytes([u8::try_from(number).unwrap_or_default(); 32]);
    let limits =
        "for viewer pop syd\nfor caller\nrole caller\nright device:view pop syd\nright *:view pop-mel";
    let networks = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"].into_iter().filter_map(network);
    let personal = Personal {
        token,
        stamp: Stamp::from_bytes([7; 8]),
        name: TokenName::parse("Nightly report \u{fc}ber alles").unwrap(),
        limits: Arc::new(Limits::parse(limits).unwrap()),
        allow_from: if number.is_multiple_of(2) { Box::default() } else { networks.collect() },
    };
    (Session { kind: SessionKind::Personal(Arc::new(personal)), ..session(number) }, token)
}

async fn open(ledger: &dyn Ledger, session: &Session) {
    ledger.commit(Change::OpenSession(session.clone()), record(1)).await.unwrap();
}

/// It is found as it was opened: by its token, by its name and in the list; a use makes it last no longer.
pub async fn session_of_a_personal_token_comes_back_whole(ledger: &dyn Ledger) {
    for number in 1..=2 {
        let (session, token) = personal(number);
        open(ledger, &session).await;
        assert_eq!(ledger.session_of(&token).await.unwrap(), Some(session.clone()));
        assert_eq!(ledger.session(&session.id).await.unwrap(), Some(session.clone()));
    }
    let (first, token) = personal(1);
    let later = first.last_seen_at.plus(Duration::from_mins(59));
    ledger.seen(&first.id, later);
    open(ledger, &session(3)).await;
    let seen = ledger.session_of(&token).await.unwrap().unwrap();
    assert_eq!((seen.last_seen_at, seen.ends_at()), (later, first.expires_at));
    let listed = ledger.sessions(None, time(10), Page::first(9)).await.unwrap();
    assert_eq!(listed, [seen, personal(2).0, session(3)]);
    let listed = ledger.sessions(None, first.expires_at, Page::first(9)).await.unwrap();
    assert_eq!(listed, [personal(2).0, session(3)]);
}

/// The sessions of its owner end, and it with them.
pub async fn session_of_a_personal_token_is_no_login(ledger: &dyn Ledger) {
    let (session, token) = personal(1);
    let whose = Whose::Users(vec![username(session.user.as_str())]);
    open(ledger, &session).await;
    assert_eq!(ledger.changes(FeedPlace(0), 9).await.unwrap(), []);
    ledger.commit(Change::EndSessions(whose), record(2)).await.unwrap();
    assert_eq!(ledger.session_of(&token).await.unwrap(), None);
}

/// It is told of in the feed, and is none of those whose end must be known for as long as they would have lasted.
pub async fn token_that_was_ended_is_found_nowhere_and_need_not_be_remembered(ledger: &dyn Ledger) {
    for (ended, token) in [opaque(1), personal(2)] {
        let (other, others) = personal(3);
        open(ledger, &ended).await;
        open(ledger, &other).await;
        ledger.commit(Change::EndToken(token), record(2)).await.unwrap();
        assert_eq!(ledger.session_of(&token).await.unwrap(), None);
        assert_eq!(ledger.session(&ended.id).await.unwrap(), None);
        assert_eq!(ledger.session_of(&others).await.unwrap(), Some(other.clone()));
        assert_eq!(ledger.sessions(None, time(4), Page::first(9)).await.unwrap(), [other]);
        let known = ledger.ended(time(4)).await.unwrap();
        assert_eq!(known.sessions, []);
        let told = ledger.changes(FeedPlace(known.place.0 - 1), 9).await.unwrap();
        assert_eq!(told, [(known.place, Changed::Token(token))]);
    }
}

/// Somebody may know it still, who did not hear that it was forgotten.
pub async fn token_that_nobody_has_is_told_of_all_the_same(ledger: &dyn Ledger) {
    let (_, token) = opaque(1);
    for place in 1..=2 {
        ledger.commit(Change::EndToken(token), record(1)).await.unwrap();
        let told = ledger.changes(FeedPlace(place - 1), 9).await.unwrap();
        assert_eq!(told, [(FeedPlace(place), Changed::Token(token))]);
    }
}
