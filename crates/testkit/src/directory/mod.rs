//! The suite of whatever keeps users and ledger in one place: an empty one, with room for at least 50 users.

mod clients;
mod edits;
mod lists;
mod races;
mod roles;

use portcullis_core::domain::directory::{Edit, Page, Profile, Revision, UserEntry};
use portcullis_core::domain::record::{Record, Sequence, Verdict};
use portcullis_core::domain::session::{Session, SessionId, SessionKind};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::{Change, CommitError, Ledger};
use portcullis_core::ports::user_store::UserStore;

pub use self::clients::*;
pub use self::edits::*;
pub use self::lists::*;
pub use self::races::*;
pub use self::roles::*;
use crate::seed::{SeedUser, username};

/// A store of users that are changed through a ledger.
pub trait Directory: UserStore + Ledger {}

impl<D: UserStore + Ledger> Directory for D {}

/// Runs the suite over a directory: `$fresh` is an `async fn()` that gives whatever derefs to an empty one.
#[macro_export]
macro_rules! directory_conformance {
    ($fresh:path) => {
        $crate::cases! { $fresh, (), directory: [
            new_directory_knows_nobody,
            user_who_is_put_is_kept_whole,
            user_who_is_put_again_is_replaced,
            spelling_of_a_name_is_that_of_the_last_put,
            removed_user_is_gone,
            removing_nobody_changes_nobody,
            steps_of_an_edit_are_taken_in_order,
            every_edit_raises_the_revision_and_nothing_else_does,
            stale_edit_changes_nothing,
            other_stamp_closes_the_sessions_of_its_user_alone,
            removal_closes_sessions,
            same_stamp_keeps_sessions,
            feed_tells_of_edits,
            login_is_noted_at_its_user,
            making_a_personal_token_is_no_login,
            login_of_somebody_who_is_not_here_opens_a_session,
            renewed_hash_keeps_stamp_and_sessions,
            hash_is_renewed_only_from_that_hash,
            highest_cost_follows_the_hashes,
            users_are_listed_page_by_page_in_the_order_of_their_names,
            users_are_selected_by_role,
            users_are_selected_by_what_they_rule_with,
            users_are_selected_by_realm,
            selection_is_read_page_by_page,
            roles_are_kept_whole_in_the_order_of_their_names,
            role_that_is_put_again_is_replaced,
            removed_role_is_gone,
            clients_are_kept_whole_in_the_order_of_their_ids,
            client_is_found_in_any_case_and_is_no_user,
            client_that_is_put_again_is_replaced,
            removed_client_is_gone_and_begins_not_anew,
            clients_are_listed_page_by_page,
            feed_and_revision_tell_of_clients,
        ] }
        $crate::cases_that_make_their_stores! { $fresh, directory: [
            fifty_who_add_one_name_at_once_add_it_once,
            fifty_who_add_one_client_at_once_add_it_once,
            two_administrators_who_remove_each_other_leave_one,
        ] }
    };
}

/// How a seed user is kept. His stamp follows from his name and hash, so that it is the same in every store.
pub fn entry_of(user: SeedUser, created_at: Timestamp) -> UserEntry {
    let SeedUser { name, hash, active, api_login, grants } = user;
    let stamp = Stamp::of(&[name.key().as_bytes(), hash.expose().as_bytes()]);
    UserEntry { name, hash, stamp, active, api_login, grants, created_at }
}

/// Puts users into a directory that nobody else changes.
pub async fn put_all(directory: &dyn Directory, users: impl IntoIterator<Item = UserEntry>) {
    edit(directory, users.into_iter().map(Edit::PutUser).collect()).await;
}

/// Takes these steps as of now.
async fn edit(directory: &dyn Directory, edits: Vec<Edit>) -> Sequence {
    let as_of = directory.revision().await.unwrap();
    edit_as_of(directory, as_of, edits).await.unwrap()
}

async fn edit_as_of<D: Directory + ?Sized>(
    directory: &D,
    as_of: Revision,
    edits: Vec<Edit>,
) -> Result<Sequence, CommitError> {
    directory.commit(Change::Edit { as_of, edits }, record("user.edit")).await
}

async fn open(directory: &dyn Directory, number: u8, name: &str) {
    directory.commit(Change::OpenSession(session(number, name)), record("login")).await.unwrap();
}

/// The names of whose sessions are open, in the order of the sessions.
async fn open_sessions(directory: &dyn Directory) -> Vec<String> {
    let sessions = directory.sessions(None, time(0), Page::first(99)).await.unwrap();
    sessions.into_iter().map(|session| session.user.as_str().to_owned()).collect()
}

async fn profile(directory: &dyn Directory, name: &str) -> Profile {
    directory.profile(&username(name)).await.unwrap().expect("a user who was put in")
}

/// A user as he is put in.
fn entry(user: SeedUser) -> UserEntry {
    entry_of(user, time(1))
}

fn put(user: SeedUser) -> Edit {
    Edit::PutUser(entry(user))
}

fn record(action: &str) -> Record {
    Record {
        time: time(2),
        request_id: "request".into(),
        decision_id: None,
        subject: Some("admin".into()),
        address: None,
        action: action.into(),
        route: None,
        realm: None,
        verdict: Verdict::Allowed,
        reason: String::new(),
        amendment: None,
    }
}

fn session(number: u8, name: &str) -> Session {
    Session {
        id: SessionId::from_bytes([number; 16]),
        user: username(name),
        kind: SessionKind::Jwt,
        issued_at: time(number.into()),
        last_seen_at: time(number.into()),
        expires_at: time(3600),
        address: None,
        agent: None,
    }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}
