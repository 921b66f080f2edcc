//! Files that are no store, no longer, or not yet.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::directory::Page;
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::{IfMissing, OpenError, Options, SqliteStore, Survey};
use portcullis_testkit::clock::StoppedClock;
use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::fixture_users;

use crate::fresh::{Fresh, NOW};

async fn open(path: &Path, if_missing: IfMissing) -> Result<SqliteStore, OpenError> {
    let options = Options { if_missing, busy_timeout: Duration::from_millis(100), ..Options::at(path) };
    SqliteStore::open(options, Arc::new(StoppedClock::at(NOW))).await
}

async fn refused(path: &Path) -> OpenError {
    let before = fs::read(path).unwrap();
    let error = open(path, IfMissing::Create).await.map(drop).unwrap_err();
    assert!(fs::read(path).unwrap() == before, "what is refused is left as it was");
    error
}

/// A closed store with users in it.
async fn filled() -> Fresh {
    let fresh = Fresh::new().await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    fresh.close().await.unwrap();
    fresh
}

#[tokio::test]
async fn a_missing_file_is_made_only_when_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let error = open(&path, IfMissing::Refuse).await.map(drop).unwrap_err();
    assert!(matches!(error, OpenError::Missing(_)), "{error:?}");
    assert!(!path.exists());
    open(&path, IfMissing::Create).await.unwrap().close().await.unwrap();
    open(&path, IfMissing::Refuse).await.unwrap();
    let error = open(&folder.path().join("none/a.db"), IfMissing::Create).await.map(drop).unwrap_err();
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
}

#[tokio::test]
async fn a_store_that_can_t_be_made_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    // A name that is one for the system, and none for SQLite.
    let path = folder.path().join(OsStr::from_bytes(b"\xFF.db"));
    open(&path, IfMissing::Create).await.map(drop).unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn nobody_else_may_read_the_file_nor_what_is_beside_it() {
    let fresh = Fresh::new().await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for entry in fs::read_dir(fresh.path().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    fresh.close().await.unwrap();
    fs::set_permissions(fresh.path(), Permissions::from_mode(0o644)).unwrap();
    open(&fresh.path(), IfMissing::Refuse).await.unwrap();
    assert_eq!(mode(&fresh.path()), 0o600);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    for content in [&b""[..], b"S", b"SQLite format 3\0", b"users:\n- username: admin\n  password: x\n"] {
        fs::write(&path, content).unwrap();
        let error = refused(&path).await;
        let is_named = matches!(error, OpenError::NotADatabase(_) | OpenError::Store(_));
        assert!(is_named, "{content:?}: {error:?}");
    }
    let error = open(folder.path(), IfMissing::Create).await.map(drop).unwrap_err();
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
}

#[tokio::test]
async fn another_program_s_database_is_refused() {
    let fresh = filled().await;
    fresh.sql("PRAGMA application_id = 0").await;
    let error = refused(&fresh.path()).await;
    assert!(matches!(error, OpenError::NotOurs(_)), "{error:?}");
}

#[tokio::test]
async fn a_later_schema_is_refused_and_says_so() {
    let fresh = filled().await;
    fresh.sql("PRAGMA user_version = 99").await;
    let error = refused(&fresh.path()).await.to_string();
    assert!(error.ends_with("has schema 99, and this program knows none after 1"), "{error}");
}

#[tokio::test]
async fn whoever_only_looks_is_refused_the_same() {
    let fresh = filled().await;
    assert_eq!(Survey::of(&fresh.path(), NOW).await.unwrap().users.len(), fixture_users().len());
    fresh.sql("PRAGMA user_version = 99").await;
    let refused = Survey::of(&fresh.path(), NOW).await.unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 99, .. }), "{refused:?}");
    fresh.sql("PRAGMA application_id = 0").await;
    let refused = Survey::of(&fresh.path(), NOW).await.unwrap_err();
    assert!(matches!(refused, OpenError::NotOurs(_)), "{refused:?}");
}

#[tokio::test]
async fn a_corrupted_header_is_refused() {
    for at in [0, 16, 18, 100] {
        let fresh = filled().await;
        let mut bytes = fs::read(fresh.path()).unwrap();
        bytes[at..at + 4].copy_from_slice(b"\xFF\xFE\xFD\xFC");
        fs::write(fresh.path(), bytes).unwrap();
        let error = refused(&fresh.path()).await;
        let is_broken = matches!(error, OpenError::NotADatabase(_) | OpenError::Store(_));
        assert!(is_broken, "at {at}: {error:?}");
    }
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let whole = fs::metadata(filled().await.path()).unwrap().len();
    for length in [0, 50, 100, 4096, whole - 4096, whole - 1] {
        let fresh = filled().await;
        OpenOptions::new().write(true).open(fresh.path()).unwrap().set_len(length).unwrap();
        let error = refused(&fresh.path()).await;
        let is_broken = matches!(error, OpenError::NotADatabase(_) | OpenError::Store(_));
        assert!(is_broken, "{length}: {error:?}");
    }
}

#[tokio::test]
async fn damage_that_is_not_seen_at_first_is_an_error_where_it_is_met_and_found_by_a_check() {
    let fresh = filled().await;
    // Nobody looks at a user before he is asked for.
    let page = fresh.count("SELECT rootpage FROM sqlite_schema WHERE name = 'users'").await;
    let after = usize::try_from(page).unwrap() * 4096;
    let mut bytes = fs::read(fresh.path()).unwrap();
    bytes[after - 4096..after].fill(0x5A);
    fs::write(fresh.path(), bytes).unwrap();
    let store = open(&fresh.path(), IfMissing::Refuse).await.unwrap();
    store.check().await.unwrap_err();
    store.profiles(Page::first(99)).await.unwrap_err();
}

#[tokio::test]
async fn a_whole_store_passes_the_check_and_its_copy_is_one_too() {
    let fresh = Fresh::new().await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    fresh.check().await.unwrap();
    let copy = fresh.path().with_extension("copy");
    fresh.back_up(&copy).await.unwrap();
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    fresh.back_up(&copy).await.unwrap_err();
    let store = open(&copy, IfMissing::Refuse).await.unwrap();
    assert_eq!(store.profiles(Page::first(99)).await.unwrap().len(), fixture_users().len());
}

#[tokio::test]
async fn many_who_make_one_store_at_once_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let (one, other) = tokio::join!(open(&path, IfMissing::Create), open(&path, IfMissing::Create));
    let (one, other) = (one.unwrap(), other.unwrap());
    put_all(&one, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    assert_eq!(other.profiles(Page::first(99)).await.unwrap().len(), fixture_users().len());
}
