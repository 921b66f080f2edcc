//! Cases about changes of users: put, replaced, removed; what becomes of their sessions; who is told.

use std::sync::Arc;

use portcullis_core::domain::directory::{Edit, Page, Revision, UserEntry};
use portcullis_core::domain::limits::Limits;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::personal::{Personal, TokenName};
use portcullis_core::domain::record::{RecordFilter, Sequence};
use portcullis_core::domain::session::{Session, SessionKind, Whose};
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, FeedPlace};

use super::{
    Directory, edit, edit_as_of, entry, open, open_sessions, profile, put, put_all, record, session, time,
};
use crate::seed::{SeedUser, fixture_users, hash, username};

/// Nobody is there, and the first edit can be decided on.
pub async fn new_directory_knows_nobody(directory: &dyn Directory) {
    assert!(directory.profiles(Page::first(9)).await.unwrap().is_empty());
    assert!(directory.roles().await.unwrap().is_empty());
    edit(directory, vec![put(SeedUser::new("admin", hash(4, 'a')))]).await;
}

/// Nothing that was said of a user is lost.
pub async fn user_who_is_put_is_kept_whole(directory: &dyn Directory) {
    put_all(directory, fixture_users().into_iter().map(entry)).await;
    for seed in fixture_users() {
        let expected = entry(seed);
        let kept = profile(directory, expected.name.as_str()).await;
        assert_eq!(kept.user.name.as_str(), expected.name.as_str());
        assert_eq!(kept.user.stamp, expected.stamp);
        assert_eq!((kept.user.active, kept.user.api_login), (expected.active, expected.api_login));
        assert_eq!(*kept.user.grants, *expected.grants);
        assert_eq!((kept.created_at, kept.last_login_at), (Some(time(1)), None));
        let credentials = directory.credentials(&expected.name).await.unwrap().unwrap();
        assert!(credentials.hash == expected.hash && credentials.user.stamp == expected.stamp);
    }
}

/// What is put again is what holds; only the last login is kept.
pub async fn user_who_is_put_again_is_replaced(directory: &dyn Directory) {
    let dora = SeedUser::new("dora", hash(4, 'a')).with("operator").with("viewer").with_in("planner", "x");
    edit(directory, vec![put(dora)]).await;
    open(directory, 5, "dora").await;
    let changed = SeedUser { active: false, ..SeedUser::new("dora", hash(5, 'b')).with_in("admin", "y") };
    let changed = UserEntry { created_at: time(7), ..entry(changed) };
    edit(directory, vec![Edit::PutUser(changed.clone())]).await;
    let kept = profile(directory, "dora").await;
    assert_eq!(*kept.user.grants, *changed.grants);
    assert!(!kept.user.active && kept.user.stamp == changed.stamp);
    assert_eq!((kept.created_at, kept.last_login_at), (Some(time(7)), Some(time(5))));
    assert_eq!(directory.profiles(Page::first(9)).await.unwrap().len(), 1);
}

/// Names compare without case, and the last spelling counts.
pub async fn spelling_of_a_name_is_that_of_the_last_put(directory: &dyn Directory) {
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    edit(directory, vec![put(SeedUser::new("Dora", hash(4, 'a')))]).await;
    let all = directory.profiles(Page::first(9)).await.unwrap();
    let names: Vec<&str> = all.iter().map(|profile| profile.user.name.as_str()).collect();
    assert_eq!(names, ["Dora"]);
}

/// He is not there any more, under no spelling; the others are.
pub async fn removed_user_is_gone(directory: &dyn Directory) {
    put_all(directory, fixture_users().into_iter().map(entry)).await;
    edit(directory, vec![Edit::RemoveUser(username("BOB"))]).await;
    assert!(directory.user(&username("bob")).await.unwrap().is_none());
    assert!(directory.credentials(&username("bob")).await.unwrap().is_none());
    assert!(directory.profile(&username("bob")).await.unwrap().is_none());
    assert_eq!(directory.profiles(Page::first(99)).await.unwrap().len(), fixture_users().len() - 1);
}

/// To remove who is not there is no error.
pub async fn removing_nobody_changes_nobody(directory: &dyn Directory) {
    put_all(directory, fixture_users().into_iter().map(entry)).await;
    edit(directory, vec![Edit::RemoveUser(username("nobody.at.all"))]).await;
    assert_eq!(directory.profiles(Page::first(99)).await.unwrap().len(), fixture_users().len());
}

/// A later step finds what an earlier one left.
pub async fn steps_of_an_edit_are_taken_in_order(directory: &dyn Directory) {
    let dora = |mark| put(SeedUser::new("dora", hash(4, mark)));
    let away = Edit::RemoveUser(username("dora"));
    edit(directory, vec![dora('a'), away.clone(), dora('b')]).await;
    let kept = directory.credentials(&username("dora")).await.unwrap().unwrap();
    assert!(kept.hash == hash(4, 'b'));
    edit(directory, vec![dora('c'), away]).await;
    assert!(directory.user(&username("dora")).await.unwrap().is_none());
}

/// By the revision one knows whether anything changed.
pub async fn every_edit_raises_the_revision_and_nothing_else_does(directory: &dyn Directory) {
    let Revision(first) = directory.revision().await.unwrap();
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    assert_eq!(directory.revision().await.unwrap(), Revision(first + 1));
    open(directory, 1, "dora").await;
    let whose = Whose::Users(vec![username("dora")]);
    directory.commit(Change::EndSessions(whose), record("sessions.end")).await.unwrap();
    directory.note(record("GET /"));
    assert_eq!(directory.revision().await.unwrap(), Revision(first + 1));
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    assert_eq!(directory.revision().await.unwrap(), Revision(first + 2));
}

/// Who decided by what is no longer so changes nothing, and no record says that he did.
pub async fn stale_edit_changes_nothing(directory: &dyn Directory) {
    let before = directory.revision().await.unwrap();
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    let steps = || vec![put(SeedUser::new("eve", hash(4, 'a'))), Edit::RemoveUser(username("dora"))];
    for wrong in [before, Revision(before.0 + 2)] {
        let refused = edit_as_of(directory, wrong, steps()).await;
        assert!(matches!(refused, Err(CommitError::Stale)), "{refused:?}");
    }
    assert!(directory.user(&username("eve")).await.unwrap().is_none());
    assert!(directory.user(&username("dora")).await.unwrap().is_some());
    let records = directory.since(Sequence(0), &RecordFilter::default(), 9).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(directory.changes(FeedPlace(0), 9).await.unwrap().len(), 1);
}

/// Another password: the tokens are dead, so the sessions are closed.
pub async fn other_stamp_closes_the_sessions_of_its_user_alone(directory: &dyn Directory) {
    let dora = |mark| put(SeedUser::new("dora", hash(4, mark)));
    edit(directory, vec![dora('a'), put(SeedUser::new("eve", hash(4, 'a')))]).await;
    for (number, name) in [(1, "dora"), (2, "eve"), (3, "DORA")] {
        open(directory, number, name).await;
    }
    edit(directory, vec![dora('b')]).await;
    assert_eq!(open_sessions(directory).await, ["eve"]);
    assert_eq!(directory.session(&session(1, "dora").id).await.unwrap(), None);
}

/// The same of who is removed.
pub async fn removal_closes_sessions(directory: &dyn Directory) {
    let both = ["dora", "eve"].map(|name| put(SeedUser::new(name, hash(4, 'a'))));
    edit(directory, both.into()).await;
    for (number, name) in [(1, "dora"), (2, "eve")] {
        open(directory, number, name).await;
    }
    edit(directory, vec![Edit::RemoveUser(username("Dora"))]).await;
    assert_eq!(open_sessions(directory).await, ["eve"]);
}

/// Other grants, another state: the tokens live on, and so do the sessions.
pub async fn same_stamp_keeps_sessions(directory: &dyn Directory) {
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    open(directory, 1, "dora").await;
    edit(directory, vec![put(SeedUser { active: false, ..SeedUser::new("dora", hash(4, 'a')).with("x") })])
        .await;
    assert_eq!(open_sessions(directory).await, ["dora"]);
}

/// Whoever keeps users or roles in memory is told which ones to read again.
pub async fn feed_tells_of_edits(directory: &dyn Directory) {
    let role = super::roles::role("tech", &["device:*"]);
    let steps = vec![
        put(SeedUser::new("dora", hash(4, 'a'))),
        Edit::PutRole(role.clone()),
        Edit::RemoveUser(username("dora")),
        Edit::RemoveRole(role.name),
    ];
    edit(directory, steps).await;
    let told = directory.changes(FeedPlace(0), 99).await.unwrap();
    let dora = || Changed::User(username("dora"));
    let expected = [dora(), Changed::Roles, dora(), Changed::Roles];
    assert!(told.into_iter().eq((1..).map(FeedPlace).zip(expected)));
}

/// Where the user is here, his last login is that of the session.
pub async fn login_is_noted_at_its_user(directory: &dyn Directory) {
    let both = ["Dora", "eve"].map(|name| put(SeedUser::new(name, hash(4, 'a'))));
    edit(directory, both.into()).await;
    open(directory, 5, "dora").await;
    assert_eq!(profile(directory, "dora").await.last_login_at, Some(time(5)));
    assert_eq!(profile(directory, "eve").await.last_login_at, None);
    assert_eq!(profile(directory, "dora").await.user.name.as_str(), "Dora");
}

/// Whoever makes one was logged in before, and whoever shows it later is a script.
pub async fn making_a_personal_token_is_no_login(directory: &dyn Directory) {
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    let personal = Personal {
        token: TokenHash::from_bytes([7; 32]),
        stamp: profile(directory, "dora").await.user.stamp,
        name: TokenName::parse("report").unwrap(),
        limits: Arc::new(Limits::parse("for viewer").unwrap()),
        allow_from: Box::default(),
    };
    let made = Session { kind: SessionKind::Personal(Arc::new(personal)), ..session(5, "dora") };
    let change = Change::OpenPersonal { session: made, at_most: 1 };
    directory.commit(change, record("token.add")).await.unwrap();
    assert_eq!(open_sessions(directory).await, ["dora"]);
    assert_eq!(profile(directory, "dora").await.last_login_at, None);
}

/// Where he is kept elsewhere, the session is opened all the same.
pub async fn login_of_somebody_who_is_not_here_opens_a_session(directory: &dyn Directory) {
    open(directory, 1, "stranger").await;
    assert_eq!(open_sessions(directory).await, ["stranger"]);
    assert!(directory.user(&username("stranger")).await.unwrap().is_none());
}

/// Another cost of the same password ends nothing, and nobody need be told.
pub async fn renewed_hash_keeps_stamp_and_sessions(directory: &dyn Directory) {
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')).with("operator"))]).await;
    open(directory, 5, "dora").await;
    let before = profile(directory, "dora").await;
    directory.commit(renewal(), record("login")).await.unwrap();
    let after = profile(directory, "dora").await;
    let stamps: [Stamp; 2] = [before.user.stamp, after.user.stamp];
    assert_eq!(stamps[0], stamps[1]);
    assert_eq!(before.user.grants, after.user.grants);
    assert_eq!((after.created_at, after.last_login_at), (Some(time(1)), Some(time(5))));
    let kept = directory.credentials(&username("dora")).await.unwrap().unwrap();
    assert!(kept.hash == hash(6, 'b'));
    assert_eq!(open_sessions(directory).await, ["dora"]);
    assert_eq!(directory.changes(FeedPlace(1), 9).await.unwrap(), []);
}

/// A password that was changed meanwhile is not brought back; nothing is recorded.
pub async fn hash_is_renewed_only_from_that_hash(directory: &dyn Directory) {
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'c')))]).await;
    let refused = directory.commit(renewal(), record("login")).await;
    assert!(matches!(refused, Err(CommitError::Stale)), "{refused:?}");
    let kept = directory.credentials(&username("dora")).await.unwrap().unwrap();
    assert!(kept.hash == hash(4, 'c'));
    let records = directory.since(Sequence(0), &RecordFilter::default(), 9).await.unwrap();
    assert_eq!(records.len(), 1);
}

/// It rises with a costlier hash, and at least covers what there is.
pub async fn highest_cost_follows_the_hashes(directory: &dyn Directory) {
    edit(directory, vec![put(SeedUser::new("dora", hash(4, 'a')))]).await;
    assert!(directory.highest_cost().await.unwrap().get() >= 4);
    directory.commit(renewal(), record("login")).await.unwrap();
    assert!(directory.highest_cost().await.unwrap().get() >= 6);
    edit(directory, vec![put(SeedUser::new("eve", hash(11, 'a')))]).await;
    assert_eq!(directory.highest_cost().await.unwrap().get(), 11);
}

fn renewal() -> Change {
    Change::RenewHash { user: username("DORA"), from: hash(4, 'a'), to: hash(6, 'b') }
}
