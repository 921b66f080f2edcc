//! Cases: families of refresh tokens.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::client::ClientId;
use portcullis_core::domain::delegation::Delegation;
use portcullis_core::domain::refresh::{Family, RefreshToken, Rotation};
use portcullis_core::domain::session::{EndedSession, Session, Whose};
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, FeedPlace, Ledger};
use tokio::task::JoinSet;

use super::{all, end, ended, record, session, time};

/// How often fifty want the same.
const ROUNDS: u8 = 200;
/// How many.
const FIFTY: usize = 50;

/// The first token of the `number`th family.
fn first(number: usize) -> RefreshToken {
    RefreshToken::first([u8::try_from(number).unwrap_or_default(); 48])
}

/// The `number`th family: those with an even number are of a client.
fn family(number: usize) -> Family {
    let delegation = || Delegation::read(ClientId::parse("Portal").unwrap(), "qos:view device:*").unwrap();
    let delegation = number.is_multiple_of(2).then(delegation);
    Family::of(&first(number), session(number).id, Stamp::from_bytes([7; 8]), delegation)
}

async fn open(ledger: &dyn Ledger, number: usize) {
    let change = Change::OpenFamily { session: session(number), family: family(number) };
    ledger.commit(change, record(number)).await.unwrap();
}

/// The exchange of a token for another one, five minutes later.
fn exchange(from: &RefreshToken, to: &RefreshToken) -> Rotation {
    let at = time(0).plus(Duration::from_mins(5));
    Rotation { family: from.family(), from: from.hash(), to: to.hash(), at }
}

async fn exchanged(ledger: &dyn Ledger, rotation: Rotation) -> Result<(), CommitError> {
    ledger.commit(Change::Rotate(rotation), record(9)).await.map(|_| ())
}

async fn found(ledger: &dyn Ledger, number: usize) -> Option<(Session, Family)> {
    ledger.family(&first(number).family()).await.unwrap()
}

/// Every field comes back, with and without a client; and nobody has what nobody opened.
pub async fn family_is_found_by_its_name_with_its_session(ledger: &dyn Ledger) {
    for number in [1, 2] {
        open(ledger, number).await;
        assert_eq!(ledger.session(&session(number).id).await.unwrap(), Some(session(number)));
    }
    for number in [1, 2] {
        assert_eq!(found(ledger, number).await, Some((session(number), family(number))));
    }
    assert_eq!(found(ledger, 3).await, None);
    assert_eq!(ledger.family(&first(1).hash()).await.unwrap(), None);
}

/// Whoever comes with a token that was used, that is none, or that is of another family changes nothing.
pub async fn refresh_token_is_exchanged_once(ledger: &dyn Ledger) {
    open(ledger, 1).await;
    open(ledger, 2).await;
    let (one, two) = (first(1), first(1).next([2; 32]));
    exchanged(ledger, exchange(&one, &two)).await.unwrap();
    let records = all(ledger).await.len();
    for wrong in [
        exchange(&one, &first(1).next([3; 32])),
        exchange(&first(1).next([4; 32]), &one),
        exchange(&first(3), &one),
        Rotation { family: first(2).family(), ..exchange(&two, &one) },
    ] {
        assert!(matches!(exchanged(ledger, wrong).await, Err(CommitError::Stale)));
    }
    assert_eq!(all(ledger).await.len(), records);
    let (_, known) = found(ledger, 1).await.unwrap();
    assert_eq!(known, Family { present: two.hash(), ..family(1) });
    assert_eq!(found(ledger, 2).await.unwrap().1, family(2));
    exchanged(ledger, exchange(&two, &one)).await.unwrap();
}

/// The record has its place, and the session was used then, but lasts no longer for it.
pub async fn exchange_is_recorded_and_a_use_of_the_session(ledger: &dyn Ledger) {
    open(ledger, 1).await;
    let rotation = exchange(&first(1), &first(1).next([2; 32]));
    exchanged(ledger, rotation).await.unwrap();
    assert_eq!(all(ledger).await.last().unwrap().record, record(9));
    let (known, _) = found(ledger, 1).await.unwrap();
    assert_eq!(known, Session { last_seen_at: rotation.at, ..session(1) });
}

/// By a logout, with all sessions of its user, and with everybody's.
pub async fn family_is_gone_with_its_session_however_that_ends(ledger: &dyn Ledger) {
    let everybody_s = Change::EndSessions(Whose::Everybody);
    let user_s = Change::EndSessions(Whose::Users(vec![session(1).user]));
    for (number, ending) in [(1, Change::EndSession(ended(1))), (2, user_s), (3, everybody_s)] {
        open(ledger, number).await;
        ledger.commit(ending, record(number)).await.unwrap();
        assert_eq!(found(ledger, number).await, None);
        let next = exchange(&first(number), &first(number).next([2; 32]));
        assert!(matches!(exchanged(ledger, next).await, Err(CommitError::Stale)));
    }
    // One that was ended before it was opened has none either.
    end(ledger, 5).await;
    open(ledger, 5).await;
    assert_eq!(found(ledger, 5).await, None);
}

/// However lately it was opened.
pub async fn family_of_a_session_that_has_expired_gives_nothing(ledger: &dyn Ledger) {
    open(ledger, 1).await;
    let rotation = exchange(&first(1), &first(1).next([2; 32]));
    let late = Rotation { at: session(1).expires_at, ..rotation };
    assert!(matches!(exchanged(ledger, late).await, Err(CommitError::Stale)));
    exchanged(ledger, rotation).await.unwrap();
}

/// Whoever logs out shows one token of perhaps several, and not always the one that lasts longest.
pub async fn session_that_is_ended_is_known_for_as_long_as_it_was_opened(ledger: &dyn Ledger) {
    open(ledger, 1).await;
    let soon = EndedSession { expires_at: time(9), ..ended(1) };
    ledger.commit(Change::EndSession(soon), record(1)).await.unwrap();
    assert_eq!(ledger.ended(time(10)).await.unwrap().sessions, [ended(1)]);
    let told = ledger.changes(FeedPlace(0), 9).await.unwrap();
    assert_eq!(told, [(FeedPlace(1), Changed::Session(ended(1)))]);
}

/// Again and again: one, and never two.
pub async fn of_fifty_who_exchange_one_token_at_once_one_does<L>(fresh: impl AsyncFn() -> L)
where
    L: Deref<Target: Ledger + Sized> + Send + Sync + 'static,
{
    let ledger = Arc::new(fresh().await);
    open(&**ledger, 1).await;
    let mut present = first(1);
    for round in 0..ROUNDS {
        let mut asking = JoinSet::new();
        for number in 0..FIFTY {
            let mut secret = [round; 32];
            secret[0] = u8::try_from(number).unwrap_or_default();
            let (ledger, next) = (Arc::clone(&ledger), present.next(secret));
            let rotation = exchange(&present, &next);
            asking.spawn(async move {
                match exchanged(&**ledger, rotation).await {
                    Ok(()) => Some(next),
                    Err(CommitError::Stale) => None,
                    Err(error) => unreachable!("{error}"),
                }
            });
        }
        let next: Vec<_> = asking.join_all().await.into_iter().flatten().collect();
        let [next] = &next[..] else { unreachable!("{} of fifty in round {round}", next.len()) };
        assert_eq!(found(&**ledger, 1).await.unwrap().1.present, next.hash());
        present = next.clone();
    }
}
