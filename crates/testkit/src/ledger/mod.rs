//! The suite of every ledger: an empty one that has room for at least 200 records, sessions and changes.

mod families;
mod feed;
mod records;
mod sessions;
mod tokens;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence, Verdict};
use portcullis_core::domain::session::{EndedSession, Session, SessionId, SessionKind};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::{Change, Ledger};

pub use self::families::*;
pub use self::feed::*;
pub use self::records::*;
pub use self::sessions::*;
pub use self::tokens::*;
use crate::seed::username;

/// How many records the suite puts into a ledger at most.
const MANY: usize = 50;

/// Runs the suite over a ledger: `$fresh` is an `async fn()` that gives whatever derefs to an empty one.
#[macro_export]
macro_rules! ledger_conformance {
    ($fresh:path) => {
        $crate::cases! { $fresh, (), ledger: [
            new_ledger_is_empty,
            commit_opens_the_session_and_records,
            records_round_trip_whole,
            amendments_round_trip,
            unknown_session_is_none,
            each_session_is_kept_apart,
            sequence_begins_at_one_and_has_no_gaps,
            note_takes_its_place_before_a_later_commit,
            note_opens_no_session,
            first_refusal_of_each_kind_is_kept_whole,
            since_pages_oldest_first,
            since_honours_its_limit,
            since_the_end_and_beyond_is_nothing,
            since_lets_through_what_the_filter_does,
            ended_session_is_open_no_more,
            session_that_nobody_opened_can_be_ended,
            session_that_was_ended_is_never_opened,
            ending_a_session_twice_changes_nothing,
            ended_sessions_are_known_until_their_tokens_expire,
            sessions_are_listed_page_by_page_in_the_order_of_their_names,
            sessions_of_a_user_are_his_alone,
            expired_sessions_are_not_listed,
            session_of_an_opaque_token_is_found_by_it,
            session_of_a_personal_token_comes_back_whole,
            session_of_a_personal_token_ends_with_those_of_its_owner,
            personal_tokens_are_no_more_than_may_be,
            personal_tokens_that_count_are_good_ones_of_their_user,
            token_that_was_ended_is_found_nowhere_and_need_not_be_remembered,
            token_that_nobody_has_is_told_of_all_the_same,
            session_that_is_used_ends_later,
            session_that_is_ended_is_known_for_as_long_as_it_was_opened,
            family_is_found_by_its_name_with_its_session,
            refresh_token_is_exchanged_once,
            exchange_is_recorded_and_a_use_of_the_session,
            family_is_gone_with_its_session_however_that_ends,
            family_of_a_session_that_has_expired_gives_nothing,
            generation_rises_for_those_users_alone,
            generation_of_everybody_rises_for_everybody,
            client_is_no_user_of_its_name,
            feed_begins_empty_and_does_not_tell_of_logins,
            feed_tells_everything_that_ends_in_order,
            feed_is_read_page_by_page,
            what_was_ended_is_as_of_a_place_and_the_rest_follows,
            feed_that_has_not_come_to_a_place_says_so,
        ] }
        $crate::cases_that_make_their_stores! { $fresh, ledger: [
            concurrent_commits_take_different_consecutive_places,
            sessions_that_are_ended_at_once_are_all_in_the_feed,
            of_fifty_who_exchange_one_token_at_once_one_does,
            of_fifty_who_make_the_last_token_at_once_one_does,
        ] }
    };
}

async fn all(ledger: &dyn Ledger) -> Vec<Entry> {
    ledger.since(Sequence(0), &RecordFilter::default(), 10 * MANY).await.unwrap()
}

async fn commit(ledger: &dyn Ledger, number: usize) -> Sequence {
    ledger.commit(Change::OpenSession(session(number)), record(number)).await.unwrap()
}

fn place(number: usize) -> Sequence {
    Sequence(number as u64)
}

async fn end(ledger: &dyn Ledger, number: usize) -> Sequence {
    ledger.commit(Change::EndSession(ended(number)), record(number)).await.unwrap()
}

/// The `number`th session, as one that was ended.
fn ended(number: usize) -> EndedSession {
    let Session { id, user, expires_at, .. } = session(number);
    EndedSession { id, subject: user.into(), expires_at }
}

/// The `number`th record: no two are alike.
fn record(number: usize) -> Record {
    Record {
        time: time(number),
        request_id: format!("request-{number}"),
        decision_id: None,
        subject: None,
        address: None,
        action: "login".into(),
        route: None,
        realm: None,
        verdict: Verdict::Allowed,
        reason: "password accepted".into(),
        amendment: None,
    }
}

/// The `number`th session: no two are alike, though all are of one user.
fn session(number: usize) -> Session {
    let bytes = u128::try_from(number).unwrap_or_default().to_be_bytes();
    let is_even = number.is_multiple_of(2);
    Session {
        id: SessionId::from_bytes(bytes),
        user: username("Alice@Example.org"),
        kind: SessionKind::Jwt,
        issued_at: time(number),
        last_seen_at: time(number),
        expires_at: time(number).plus(Duration::from_hours(1)),
        address: is_even.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        agent: is_even.then(|| format!("agent/{number}")),
    }
}

/// The same of an opaque token, and the hash of that.
fn opaque(number: usize) -> (Session, TokenHash) {
    let token = TokenHash::from_bytes([u8::try_from(number).unwrap_or_default(); 32]);
    let (idle_timeout, stamp) = (Duration::from_mins(30), Stamp::from_bytes([7; 8]));
    let kind = SessionKind::Opaque { token, idle_timeout, stamp };
    (Session { kind, ..session(number) }, token)
}

fn time(number: usize) -> Timestamp {
    let micros = i64::try_from(number).unwrap_or_default();
    Timestamp::from_micros(1_800_000_000_000_000 + micros)
}
