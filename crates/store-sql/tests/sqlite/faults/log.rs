//! The write-ahead log: after a crash, and one that belongs to another store.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::domain::session::Whose;
use portcullis_core::ports::ledger::{Change, Ledger as _};
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::OpenError;
use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::{fixture_users, username};

use crate::fresh::{Fresh, NOW, note, reasons};

fn log(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// A store whose log is not written back yet.
async fn in_use() -> Fresh {
    let fresh = Fresh::new().await;
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    assert!(fs::metadata(log(&fresh.path())).unwrap().len() > 0);
    fresh
}

#[tokio::test]
async fn what_was_acknowledged_before_a_crash_is_there_after_it() {
    let (crashed, fresh) = (in_use().await, Fresh::new().await);
    fresh.close().await.unwrap();
    // What a crash leaves: the file as it is, and its log.
    fs::copy(crashed.path(), fresh.path()).unwrap();
    fs::copy(log(&crashed.path()), log(&fresh.path())).unwrap();
    let again = fresh.another(|_| {}).await;
    for user in fixture_users() {
        assert!(again.user(&user.name).await.unwrap().is_some(), "{}", user.name);
    }
    again.check().await.unwrap();
}

#[tokio::test]
async fn a_log_of_another_store_is_refused_and_harms_nothing() {
    let (fresh, other) = (Fresh::new().await, in_use().await);
    fresh.commit(Change::EndSessions(Whose::Everybody), note(NOW, "mine")).await.unwrap();
    fresh.close().await.unwrap();
    let before = fs::read(fresh.path()).unwrap();
    fs::copy(log(&other.path()), log(&fresh.path())).unwrap();

    let error = fresh.try_another().await.map(drop).unwrap_err();
    assert!(matches!(error, OpenError::ForeignLog(_)), "{error:?}");
    assert!(fs::read(fresh.path()).unwrap() == before);

    fs::remove_file(log(&fresh.path())).unwrap();
    let again = fresh.another(|_| {}).await;
    assert_eq!(reasons(&again).await, ["mine"]);
    assert!(again.user(&username("admin")).await.unwrap().is_none());
    again.check().await.unwrap();
}

#[tokio::test]
async fn a_log_from_before_a_backup_was_restored_is_refused() {
    let fresh = Fresh::new().await;
    let before = fresh.path().with_extension("before");
    fs::copy(fresh.path(), &before).unwrap();
    put_all(&*fresh, fixture_users().into_iter().map(|user| entry_of(user, NOW))).await;
    let during = fresh.path().with_extension("during");
    fresh.back_up(&during).await.unwrap();
    fresh.close().await.unwrap();
    let later = fresh.another(|_| {}).await;
    later.commit(Change::EndSessions(Whose::Everybody), note(NOW, "later")).await.unwrap();
    let kept = [fresh.path(), log(&fresh.path())].map(|path| fs::read(path).unwrap());
    later.close().await.unwrap();

    for (backup, fits) in [(&fresh.path().with_extension("same"), true), (&before, false), (&during, false)] {
        if fits {
            fs::write(backup, &kept[0]).unwrap();
        }
        fs::copy(backup, fresh.path()).unwrap();
        fs::write(log(&fresh.path()), &kept[1]).unwrap();
        let _ = fs::remove_file(fresh.path().with_extension("db-shm"));
        match fresh.try_another().await {
            Ok(again) if fits => {
                assert_eq!(reasons(&again).await.len(), 2);
                again.close().await.unwrap();
            }
            Err(OpenError::ForeignLog(_)) if !fits => {}
            other => panic!("{}: {other:?}", backup.display()),
        }
    }
}

#[tokio::test]
async fn a_long_log_is_written_back_while_the_store_is_in_use() {
    let fresh = Fresh::new().await;
    let big = "x".repeat(20_000);
    let mut longest = 0;
    for _ in 0..1000 {
        fresh.commit(Change::EndSessions(Whose::Everybody), note(NOW, &big)).await.unwrap();
        longest = fs::metadata(log(&fresh.path())).unwrap().len().max(longest);
    }
    assert!((16 << 20..18 << 20).contains(&longest), "{longest}");
    let again = fresh.another(|_| {}).await;
    assert_eq!(reasons(&again).await.len(), 1000);
}

#[tokio::test]
async fn a_log_that_is_no_log_is_ignored() {
    let fresh = in_use().await;
    fresh.close().await.unwrap();
    fs::write(log(&fresh.path()), "no log at all".repeat(1000)).unwrap();
    let again = fresh.another(|_| {}).await;
    assert!(again.user(&username("admin")).await.unwrap().is_some());
}
