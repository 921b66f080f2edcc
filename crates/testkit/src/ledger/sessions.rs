//! Cases about sessions: ended one by one, and all at once.

use std::time::Duration;

use portcullis_core::domain::client::{ClientId, SubjectId};
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::session::{EndedSession, Generation, Session, SessionId, Whose};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::{Change, Changed, FeedPlace, Ledger};

use super::{commit, end, ended, opaque, place, record, session, time};
use crate::seed::username;

/// Who ended a session finds it no more; the others are open.
pub async fn ended_session_is_open_no_more(ledger: &dyn Ledger) {
    for number in 1..=2 {
        commit(ledger, number).await;
    }
    assert_eq!(end(ledger, 1).await, place(3));
    assert_eq!(ledger.session(&session(1).id).await.unwrap(), None);
    assert_eq!(open(ledger, None).await, [session(2)]);
    assert_eq!(ledger.ended(time(3)).await.unwrap().sessions, [ended(1)]);
}

/// A token of another process names a session that this ledger has not opened; it can be ended all the same.
pub async fn session_that_nobody_opened_can_be_ended(ledger: &dyn Ledger) {
    end(ledger, 1).await;
    assert_eq!(ledger.ended(time(2)).await.unwrap().sessions, [ended(1)]);
}

/// What was ended stays so.
pub async fn session_that_was_ended_is_never_opened(ledger: &dyn Ledger) {
    end(ledger, 1).await;
    assert_eq!(commit(ledger, 1).await, place(2));
    assert_eq!(ledger.session(&session(1).id).await.unwrap(), None);
    assert_eq!(open(ledger, None).await, []);
    assert_eq!(ledger.ended(time(2)).await.unwrap().sessions, [ended(1)]);
}

/// The second time is recorded, and nobody is told. One that is to be known for longer is.
pub async fn ending_a_session_twice_changes_nothing(ledger: &dyn Ledger) {
    for _ in 0..2 {
        end(ledger, 1).await;
    }
    let known = ledger.ended(time(2)).await.unwrap();
    assert_eq!((known.sessions, known.place), (vec![ended(1)], FeedPlace(1)));

    let longer = EndedSession { expires_at: session(9).expires_at, ..ended(1) };
    ledger.commit(Change::EndSession(longer.clone()), record(3)).await.unwrap();
    end(ledger, 1).await;
    let known = ledger.ended(time(2)).await.unwrap();
    assert_eq!((known.sessions, known.place), (vec![longer], FeedPlace(2)));
}

/// An ended session is of no interest once its token has expired.
pub async fn ended_sessions_are_known_until_their_tokens_expire(ledger: &dyn Ledger) {
    for number in 1..=3 {
        end(ledger, number).await;
    }
    let known = ledger.ended(ended(2).expires_at).await.unwrap();
    assert_eq!(known.sessions, [ended(3)]);
}

/// Page after page, each open session comes once.
pub async fn sessions_are_listed_page_by_page_in_the_order_of_their_names(ledger: &dyn Ledger) {
    for number in [5, 3, 1, 4, 2, 6, 7] {
        commit(ledger, number).await;
    }
    let mut listed = vec![];
    let mut page = Page::first(3);
    for _ in 0..4 {
        let sessions = ledger.sessions(None, time(8), page).await.unwrap();
        let Some(last) = sessions.last() else { break };
        page = Page { after: Some(last.id.as_str().to_owned()), limit: 3 };
        listed.extend(sessions);
    }
    assert!(listed.into_iter().eq((1..=7).map(session)));
    assert_eq!(ledger.sessions(None, time(8), Page::first(0)).await.unwrap(), []);
}

/// A user's sessions are found by his name in any case, and nobody else's with them.
pub async fn sessions_of_a_user_are_his_alone(ledger: &dyn Ledger) {
    let of = |number, name: &str| Session { user: username(name), ..session(number) };
    let all = [of(1, "bob"), of(2, "alice"), of(3, "Bob"), of(4, "bobby")];
    for session in all.clone() {
        ledger.commit(Change::OpenSession(session), record(1)).await.unwrap();
    }
    let [first, _, third, _] = all;
    assert_eq!(open(ledger, Some("BOB")).await, [first.clone(), third.clone()]);
    assert_eq!(open(ledger, Some("nobody")).await, []);
    let page = Page { after: Some(first.id.as_str().to_owned()), limit: 9 };
    assert_eq!(ledger.sessions(Some(username("bob")), time(5), page).await.unwrap(), [third]);
}

/// A session whose token has expired is not listed.
pub async fn expired_sessions_are_not_listed(ledger: &dyn Ledger) {
    for number in 1..=3 {
        commit(ledger, number).await;
    }
    let then = session(2).expires_at;
    assert_eq!(ledger.sessions(None, then, Page::first(9)).await.unwrap(), [session(3)]);
    assert_eq!(ledger.sessions(Some(session(3).user), then, Page::first(9)).await.unwrap(), [session(3)]);
}

/// All sessions of some users end; those of others, and those that they open afterwards, are open.
pub async fn generation_rises_for_those_users_alone(ledger: &dyn Ledger) {
    let of = |number, name: &str| Session { user: username(name), ..session(number) };
    for session in [of(1, "alice"), of(2, "bob"), of(3, "carol")] {
        ledger.commit(Change::OpenSession(session), record(1)).await.unwrap();
    }
    assert_eq!(generation(ledger, "bob").await, Generation::default());
    let whose = Whose::Users(vec![username("Bob"), username("carol"), username("nobody")]);
    ledger.commit(Change::EndSessions(whose), record(2)).await.unwrap();
    ledger.commit(Change::EndSessions(Whose::Users(vec![username("bob")])), record(3)).await.unwrap();
    assert_eq!(open(ledger, None).await, [of(1, "alice")]);
    assert_eq!(ledger.session(&session(2).id).await.unwrap(), None);
    for (name, user) in [("alice", 0), ("BOB", 2), ("carol", 1), ("nobody", 1)] {
        assert_eq!(generation(ledger, name).await, Generation { user, everybody: 0 }, "{name}");
    }
    ledger.commit(Change::OpenSession(of(4, "bob")), record(4)).await.unwrap();
    assert_eq!(open(ledger, Some("bob")).await, [of(4, "bob")]);
}

/// All sessions end; those that are opened afterwards are open.
pub async fn generation_of_everybody_rises_for_everybody(ledger: &dyn Ledger) {
    for number in 1..=3 {
        commit(ledger, number).await;
    }
    ledger.commit(Change::EndSessions(Whose::Everybody), record(4)).await.unwrap();
    assert_eq!(open(ledger, None).await, []);
    assert_eq!(open(ledger, Some(session(1).user.as_str())).await, []);
    assert_eq!(ledger.session(&session(1).id).await.unwrap(), None);
    let whose = Whose::Users(vec![username("bob")]);
    ledger.commit(Change::EndSessions(whose), record(5)).await.unwrap();
    assert_eq!(generation(ledger, "alice").await, Generation { user: 0, everybody: 1 });
    assert_eq!(generation(ledger, "bob").await, Generation { user: 1, everybody: 1 });
    commit(ledger, 6).await;
    assert_eq!(open(ledger, None).await, [session(6)]);
    assert_eq!(ledger.session(&session(6).id).await.unwrap(), Some(session(6)));
}

async fn generation(ledger: &dyn Ledger, name: &str) -> Generation {
    ledger.generation(&username(name).into()).await.unwrap()
}

/// A client's sessions end without those of the user of that name, and its ended session comes back as its.
pub async fn client_is_no_user_of_its_name(ledger: &dyn Ledger) {
    let id = ClientId::parse("Alice").unwrap();
    ledger
        .commit(Change::OpenSession(Session { user: username("alice"), ..session(1) }), record(1))
        .await
        .unwrap();
    ledger.commit(Change::EndSessions(Whose::Client(id.clone())), record(2)).await.unwrap();
    let of_client = ledger.generation(&SubjectId::Client(id.clone())).await.unwrap();
    assert_eq!(of_client, Generation { user: 1, everybody: 0 });
    assert_eq!(generation(ledger, "alice").await, Generation::default());
    assert_eq!(open(ledger, Some("alice")).await.len(), 1);
    let ended = EndedSession { subject: id.clone().into(), ..ended(2) };
    ledger.commit(Change::EndSession(ended.clone()), record(3)).await.unwrap();
    let told = ledger.changes(FeedPlace(0), 9).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|(_, changed)| changed).collect();
    assert_eq!(told, [Changed::Client(id), Changed::Session(ended.clone())]);
    assert_eq!(ledger.ended(time(3)).await.unwrap().sessions, [ended]);
}

async fn open(ledger: &dyn Ledger, of: Option<&str>) -> Vec<Session> {
    let of: Option<Username> = of.map(username);
    ledger.sessions(of, time(10), Page::first(100)).await.unwrap()
}

/// It is found as it was opened, until it was ended; another token is of nobody.
pub async fn session_of_an_opaque_token_is_found_by_it(ledger: &dyn Ledger) {
    let ((first, token), (_, other)) = (opaque(1), opaque(2));
    ledger.commit(Change::OpenSession(first.clone()), record(1)).await.unwrap();
    assert_eq!(ledger.session_of(&token).await.unwrap(), Some(first.clone()));
    assert_eq!(ledger.session(&first.id).await.unwrap(), Some(first));
    assert_eq!(ledger.session_of(&other).await.unwrap(), None);
    end(ledger, 1).await;
    assert_eq!(ledger.session_of(&token).await.unwrap(), None);
}

/// That a session was used is there by the time of a later commit; an earlier time changes nothing.
pub async fn session_that_is_used_ends_later(ledger: &dyn Ledger) {
    let (session, token) = opaque(1);
    ledger.commit(Change::OpenSession(session.clone()), record(1)).await.unwrap();
    let later = session.last_seen_at.plus(Duration::from_mins(5));
    for at in [later, session.last_seen_at] {
        ledger.seen(&session.id, at);
        commit(ledger, 2).await;
        let known = ledger.session_of(&token).await.unwrap().unwrap();
        assert_eq!((known.last_seen_at, known.ends_at()), (later, session.ends_at_if_seen(later)));
    }
    let idle = session.ends_at_if_seen(later);
    assert!(open_at(ledger, time(0).plus(Duration::from_mins(34))).await.contains(&session.id));
    assert!(!open_at(ledger, idle).await.contains(&session.id));
}

async fn open_at(ledger: &dyn Ledger, now: Timestamp) -> Vec<SessionId> {
    let open = ledger.sessions(None, now, Page::first(10)).await.unwrap();
    open.into_iter().map(|session| session.id).collect()
}
