//! A file that is removed, replaced or cut while it is in use.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::Duration;

use portcullis_core::domain::record::Record;
use portcullis_core::domain::session::Whose;
use portcullis_core::ports::ledger::{Change, Changed, FeedPlace, Ledger as _};
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::Options;
use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::{fixture_users, username};

use crate::fresh::{Fresh, NOW, note, reasons};

fn impatient(options: &mut Options) {
    options.busy_timeout = Duration::from_millis(50);
}

async fn filled() -> Fresh {
    let fresh = Fresh::with(impatient).await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    fresh
}

fn end_all() -> (Change, Record) {
    (Change::EndSessions(Whose::Everybody), note(NOW, "end"))
}

async fn is_away(fresh: &Fresh) {
    let (change, record) = end_all();
    fresh.commit(change, record).await.unwrap_err();
    fresh.user(&username("admin")).await.unwrap_err();
    fresh.user(&username("stranger")).await.unwrap_err();
    fresh.changes(FeedPlace(0), 9).await.unwrap_err();
    assert!(fresh.condition().is_failing);
}

async fn is_back(fresh: &Fresh) {
    let (change, record) = end_all();
    fresh.commit(change, record).await.unwrap();
    assert!(fresh.user(&username("admin")).await.unwrap().is_some());
    assert!(!fresh.condition().is_failing);
}

/// As an operator should: the old log goes first.
fn restore(backup: &Path, fresh: &Fresh) {
    fs::remove_file(fresh.path().with_extension("db-wal")).unwrap();
    fs::rename(backup, fresh.path()).unwrap();
}

#[tokio::test]
async fn a_file_that_is_gone_is_no_empty_store_and_is_welcome_back() {
    let fresh = filled().await;
    let away = fresh.path().with_extension("away");
    fs::rename(fresh.path(), &away).unwrap();
    is_away(&fresh).await;
    fresh.note(note(NOW, "meanwhile"));
    assert!(!fresh.path().exists());
    fs::rename(&away, fresh.path()).unwrap();
    is_back(&fresh).await;
    assert!(reasons(&fresh).await.contains(&"meanwhile".to_owned()));
}

#[tokio::test]
async fn whoever_only_reads_notices_too_and_the_store_comes_back_without_a_write() {
    let fresh = filled().await;
    let away = fresh.path().with_extension("away");
    let copy = fresh.path().with_extension("copy");
    fresh.back_up(&copy).await.unwrap();
    fs::rename(fresh.path(), &away).unwrap();
    fresh.user(&username("admin")).await.unwrap_err();
    restore(&copy, &fresh);
    let comes_back = async {
        while fresh.user(&username("admin")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), comes_back).await.unwrap();
}

#[tokio::test]
async fn another_store_in_its_place_is_refused() {
    let (fresh, other) = (filled().await, filled().await);
    other.close().await.unwrap();
    let own = fresh.path().with_extension("own");
    fresh.back_up(&own).await.unwrap();
    fs::remove_file(fresh.path()).unwrap();
    restore(&other.path(), &fresh);
    is_away(&fresh).await;
    fs::rename(&own, fresh.path()).unwrap();
    is_back(&fresh).await;
}

#[tokio::test]
async fn a_backup_in_its_place_is_taken_and_everything_is_to_be_read_again() {
    let fresh = filled().await;
    let backup = fresh.path().with_extension("backup");
    fresh.back_up(&backup).await.unwrap();
    for _ in 0..3 {
        let (change, record) = end_all();
        fresh.commit(change, record).await.unwrap();
    }
    let place = fresh.ended(NOW).await.unwrap().place;
    fs::remove_file(fresh.path()).unwrap();
    is_away(&fresh).await;
    restore(&backup, &fresh);
    is_back(&fresh).await;
    // The feed has come past that place again, with other changes.
    for _ in 0..5 {
        is_back(&fresh).await;
    }
    let changes = fresh.changes(place, 99).await.unwrap();
    assert!(matches!(changes[..], [(_, Changed::TooMuch)]), "{changes:?}");
    fresh.check().await.unwrap();
}

#[tokio::test]
async fn an_empty_file_in_its_place_is_no_empty_store() {
    let fresh = filled().await;
    let away = fresh.path().with_extension("away");
    fs::rename(fresh.path(), &away).unwrap();
    fs::write(fresh.path(), "").unwrap();
    is_away(&fresh).await;
    fs::rename(&away, fresh.path()).unwrap();
    is_back(&fresh).await;
}

#[tokio::test]
async fn a_file_that_is_cut_while_it_is_open_never_denies_a_user() {
    let fresh = filled().await;
    OpenOptions::new().write(true).open(fresh.path()).unwrap().set_len(0).unwrap();
    for user in fixture_users() {
        assert!(!matches!(fresh.user(&user.name).await, Ok(None)), "{}", user.name);
    }
}
