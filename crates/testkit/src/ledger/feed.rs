//! Cases about the feed: what whoever keeps things in memory is told.

use std::ops::Deref;
use std::sync::Arc;

use portcullis_core::domain::session::Whose;
use portcullis_core::ports::ledger::{Change, Changed, FeedPlace, Ledger};
use tokio::task::JoinSet;

use super::{MANY, commit, end, ended, record, time};
use crate::seed::username;

/// A login and a record are nothing that anybody must forget.
pub async fn feed_begins_empty_and_does_not_tell_of_logins(ledger: &dyn Ledger) {
    assert_eq!(ledger.changes(FeedPlace(0), 9).await.unwrap(), []);
    ledger.note(record(1));
    commit(ledger, 2).await;
    assert_eq!(ledger.changes(FeedPlace(0), 9).await.unwrap(), []);
    assert_eq!(ledger.ended(time(3)).await.unwrap().place, FeedPlace(0));
}

/// Each end is told, in the order in which they came; places have no gaps.
pub async fn feed_tells_everything_that_ends_in_order(ledger: &dyn Ledger) {
    end(ledger, 1).await;
    let whose = Whose::Users(vec![username("Bob"), username("alice")]);
    ledger.commit(Change::EndSessions(whose), record(2)).await.unwrap();
    ledger.commit(Change::EndSessions(Whose::Everybody), record(3)).await.unwrap();
    end(ledger, 2).await;
    let expected = [
        Changed::Session(ended(1)),
        Changed::User(username("Bob")),
        Changed::User(username("alice")),
        Changed::EveryUser,
        Changed::Session(ended(2)),
    ];
    assert!(ledger.changes(FeedPlace(0), 99).await.unwrap().into_iter().eq(in_place(expected, 1)));
}

/// Page after page, every change comes once.
pub async fn feed_is_read_page_by_page(ledger: &dyn Ledger) {
    for number in 1..=MANY {
        end(ledger, number).await;
    }
    let mut read = vec![];
    let mut after = FeedPlace(0);
    for _ in 0..MANY {
        let page = ledger.changes(after, 7).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        read.extend(page);
    }
    assert!(read.into_iter().eq(in_place((1..=MANY).map(|number| Changed::Session(ended(number))), 1)));
    assert_eq!(ledger.changes(after, 7).await.unwrap(), []);
    assert_eq!(ledger.changes(FeedPlace(0), 0).await.unwrap(), []);
}

/// Whoever starts reads what was ended, and goes on with the feed from there: nothing is missing.
pub async fn what_was_ended_is_as_of_a_place_and_the_rest_follows(ledger: &dyn Ledger) {
    for number in 1..=3 {
        end(ledger, number).await;
    }
    let mut known = ledger.ended(time(4)).await.unwrap();
    known.sessions.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
    assert_eq!((known.sessions, known.place), ((1..=3).map(ended).collect(), FeedPlace(3)));
    end(ledger, 4).await;
    let later = ledger.changes(known.place, 9).await.unwrap();
    assert_eq!(later, [(FeedPlace(4), Changed::Session(ended(4)))]);
}

/// A place from a feed that is no more, of a backup that was restored, says nothing here: everything must be read again.
pub async fn feed_that_has_not_come_to_a_place_says_so(ledger: &dyn Ledger) {
    end(ledger, 1).await;
    assert_eq!(ledger.changes(FeedPlace(9), 9).await.unwrap(), [(FeedPlace(1), Changed::TooMuch)]);
}

/// However many end at once, each is in the feed, and in a place of its own.
pub async fn sessions_that_are_ended_at_once_are_all_in_the_feed<L>(fresh: impl AsyncFn() -> L)
where
    L: Deref<Target: Ledger> + Send + Sync + 'static,
{
    let ledger = Arc::new(fresh().await);
    let mut ending = JoinSet::new();
    for number in 1..=MANY {
        let ledger = Arc::clone(&ledger);
        ending.spawn(async move {
            ledger.commit(Change::EndSession(ended(number)), record(number)).await.unwrap();
        });
    }
    ending.join_all().await;
    let feed = ledger.changes(FeedPlace(0), 2 * MANY).await.unwrap();
    assert!(feed.iter().map(|(place, _)| place.0).eq(1..=50));
    for number in 1..=MANY {
        assert!(feed.iter().any(|(_, changed)| *changed == Changed::Session(ended(number))), "{number}");
    }
}

fn in_place(
    changes: impl IntoIterator<Item = Changed>,
    first: u64,
) -> impl Iterator<Item = (FeedPlace, Changed)> {
    (first..).map(FeedPlace).zip(changes)
}
