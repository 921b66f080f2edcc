//! A file of which a part is missing or damaged for a while, while it is in use: put back whole, it is as before, and
//! nothing was written into it meanwhile.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use portcullis_core::domain::session::Whose;
use portcullis_core::ports::ledger::{Change, Ledger as _};
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::{OpenError, SqliteStore};
use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::{fixture_users, username};

use crate::fresh::{Fresh, NOW, note, reasons};

/// A store with all users in the file, and one record that is in the log alone.
async fn in_use() -> Fresh {
    let fresh = Fresh::with(|options| options.busy_timeout = Duration::from_millis(50)).await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    fresh.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    commit(&fresh, "in the log").await.unwrap();
    everybody_is_there(&fresh).await.unwrap();
    fresh
}

async fn commit(store: &SqliteStore, reason: &str) -> Result<(), String> {
    let committed = store.commit(Change::EndSessions(Whose::Everybody), note(NOW, reason)).await;
    committed.map(drop).map_err(|error| format!("{error:?}"))
}

/// Whether all users are there; nobody may be missing, ever.
async fn everybody_is_there(store: &SqliteStore) -> Result<(), String> {
    for user in fixture_users() {
        let found = store.user(&user.name).await.map_err(|error| format!("{error:?}"))?;
        assert!(found.is_some(), "{}", user.name);
    }
    Ok(())
}

/// How soon: before the next look that the writer takes every ten seconds, whoever else has seen something.
const SOON: Duration = Duration::from_secs(8);

/// Without a write, and whichever connection is asked.
async fn reads_heal(store: &SqliteStore) {
    let heal = async {
        let mut healthy = 0;
        while healthy < 20 {
            healthy = if everybody_is_there(store).await.is_ok() { healthy + 1 } else { 0 };
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, heal).await.unwrap();
}

fn cut(path: &Path, length: usize) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length.try_into().unwrap()).unwrap();
}

#[tokio::test]
async fn a_file_that_was_cut_and_put_back_is_as_before() {
    let fresh = in_use().await;
    let whole = fs::read(fresh.path()).unwrap();
    for length in [0, 100, 4096, whole.len() / 2] {
        cut(&fresh.path(), length);
        commit(&fresh, "refused").await.unwrap_err();
        everybody_is_there(&fresh).await.unwrap_err();
        assert!(fresh.condition().is_failing);
        assert_eq!(fs::metadata(fresh.path()).unwrap().len(), length as u64, "nothing is written into it");
        fs::write(fresh.path(), &whole).unwrap();
        reads_heal(&fresh).await;
        commit(&fresh, "after").await.unwrap();
        assert!(!fresh.condition().is_failing);
    }
    assert_eq!(reasons(&fresh).await, ["", "in the log", "after", "after", "after", "after"]);
    fresh.check().await.unwrap();
}

#[tokio::test]
async fn pages_that_were_read_while_they_were_damaged_are_not_remembered() {
    let fresh = in_use().await;
    let whole = fs::read(fresh.path()).unwrap();
    let again = fresh.another(|_| {}).await;
    let zeros = vec![0; whole.len() - 4096];
    let file = OpenOptions::new().write(true).open(fresh.path()).unwrap();
    file.write_all_at(&zeros, 4096).unwrap();
    again.user(&username("admin")).await.unwrap_err();
    file.write_all_at(&whole, 0).unwrap();
    reads_heal(&again).await;
}

#[tokio::test]
async fn a_backup_that_is_written_over_the_file_is_noticed_before_the_next_write() {
    let fresh = in_use().await;
    let backup = fresh.path().with_extension("backup");
    fresh.back_up(&backup).await.unwrap();
    commit(&fresh, "later").await.unwrap();
    let whole = fs::read(fresh.path()).unwrap();
    fs::copy(&backup, fresh.path()).unwrap();
    let refused = commit(&fresh, "refused").await.unwrap_err();
    assert!(refused.contains("ForeignLog"), "{refused}");
    assert!(fs::read(fresh.path()).unwrap() == fs::read(&backup).unwrap(), "nothing is written into it");
    fs::write(fresh.path(), whole).unwrap();
    reads_heal(&fresh).await;
    commit(&fresh, "after").await.unwrap();
    assert_eq!(reasons(&fresh).await, ["", "in the log", "later", "after"]);
    fresh.check().await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_cut_is_refused_at_the_start_whatever_is_in_its_log() {
    let (crashed, fresh) = (in_use().await, Fresh::new().await);
    fresh.close().await.unwrap();
    let log = |fresh: &Fresh| fresh.path().with_extension("db-wal");
    let whole = fs::read(crashed.path()).unwrap();
    fs::copy(log(&crashed), log(&fresh)).unwrap();
    for length in [4096, whole.len() / 2] {
        fs::write(fresh.path(), &whole[..length]).unwrap();
        let refused = fresh.try_another().await.map(drop).unwrap_err();
        assert!(matches!(refused, OpenError::NotADatabase(_)), "{length}: {refused:?}");
    }
    fs::write(fresh.path(), &whole).unwrap();
    everybody_is_there(&fresh.another(|_| {}).await).await.unwrap();
}
