//! Cases about tokens that say nothing: opaque and personal ones.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::directory::Page;
use portcullis_core::domain::limits::Limits;
use portcullis_core::domain::network::network;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::personal::{Personal, TokenName};
use portcullis_core::domain::session::{Session, SessionId, SessionKind, Whose};
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, FeedPlace, Ledger};
use tokio::task::JoinSet;

use super::{all, opaque, record, session, time};
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

/// Whether it was made beside those there are, of which there may be so many.
async fn is_made(ledger: &dyn Ledger, session: Session, at_most: usize) -> bool {
    match ledger.commit(Change::OpenPersonal { session, at_most }, record(1)).await {
        Ok(_) => true,
        Err(CommitError::TooMany) => false,
        Err(error) => unreachable!("{error}"),
    }
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

/// Nobody is told that it was made. Where all sessions of its owner end, it ends with them.
pub async fn session_of_a_personal_token_ends_with_those_of_its_owner(ledger: &dyn Ledger) {
    let (session, token) = personal(1);
    let whose = Whose::Users(vec![username(session.user.as_str())]);
    open(ledger, &session).await;
    assert_eq!(ledger.changes(FeedPlace(0), 9).await.unwrap(), []);
    ledger.commit(Change::EndSessions(whose), record(2)).await.unwrap();
    assert_eq!(ledger.session_of(&token).await.unwrap(), None);
}

/// The one that is too many is neither opened nor recorded; when another one has ended there is room again.
pub async fn personal_tokens_are_no_more_than_may_be(ledger: &dyn Ledger) {
    for number in 1..=2 {
        let (session, token) = personal(number);
        assert!(is_made(ledger, session.clone(), 2).await);
        assert_eq!(ledger.session_of(&token).await.unwrap(), Some(session));
    }
    let ((third, token), records) = (personal(3), all(ledger).await.len());
    assert!(!is_made(ledger, third.clone(), 2).await);
    assert_eq!((ledger.session_of(&token).await.unwrap(), all(ledger).await.len()), (None, records));
    ledger.commit(Change::EndToken(personal(1).1), record(2)).await.unwrap();
    assert!(is_made(ledger, third, 2).await);
    assert!(!is_made(ledger, personal(4).0, 2).await);
    ledger.commit(Change::EndSessions(Whose::Everybody), record(3)).await.unwrap();
    assert!(is_made(ledger, personal(4).0, 1).await);
}

/// A login, another user's token, one of before a change of his password, and one that has expired are none of them.
pub async fn personal_tokens_that_count_are_good_ones_of_their_user(ledger: &dyn Ledger) {
    let (mut earlier, _) = personal(3);
    if let SessionKind::Personal(kept) = &mut earlier.kind {
        Arc::make_mut(kept).stamp = Stamp::from_bytes([8; 8]);
    }
    let of_another = Session { user: username("bob"), ..personal(2).0 };
    let (later, soon) = (time(9), Session { expires_at: time(9), ..personal(4).0 });
    for other in [session(1), opaque(5).0, of_another, earlier, soon] {
        open(ledger, &other).await;
    }
    let now = |number: usize| Session { issued_at: later, ..personal(number).0 };
    assert!(is_made(ledger, now(6), 1).await);
    let spelled = Session { user: username("ALICE@example.ORG"), ..now(7) };
    assert!(!is_made(ledger, spelled, 1).await);
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

/// Again and again, each time of another user: one, and never two.
pub async fn of_fifty_who_make_the_last_token_at_once_one_does<L>(fresh: impl AsyncFn() -> L)
where
    L: Deref<Target: Ledger + Sized> + Send + Sync + 'static,
{
    const ROUNDS: usize = 40;
    const FIFTY: usize = 50;
    let ledger = Arc::new(fresh().await);
    for round in 0..ROUNDS {
        let mut asking = JoinSet::new();
        for number in 0..FIFTY {
            let ledger = Arc::clone(&ledger);
            let session = numbered(round * FIFTY + number, &format!("user{round}"));
            asking.spawn(async move { is_made(&**ledger, session, 1).await });
        }
        let made = asking.join_all().await.into_iter().filter(|is_made| *is_made).count();
        assert_eq!(made, 1, "round {round}");
    }
}

/// The session of a personal token of this user, of which no two are alike however many there are.
fn numbered(number: usize, user: &str) -> Session {
    let mut token = [0; 32];
    token[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let mut session = Session { user: username(user), ..personal(1).0 };
    session.id = SessionId::from_bytes(u128::try_from(number).unwrap_or_default().to_be_bytes());
    if let SessionKind::Personal(kept) = &mut session.kind {
        Arc::make_mut(kept).token = TokenHash::from_bytes(token);
    }
    session
}
