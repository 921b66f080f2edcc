//! The file is gone, or another one is in its place, while the gate runs.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};

use super::{ME, Site};

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Somebody whom nobody has asked for yet is neither known nor unknown.
async fn can_not_be_read(site: &Site) {
    site.is_degraded().await;
    let login = site.send(Ask::login(ADMIN.name, ADMIN.password)).await;
    assert_eq!((login.status, login.detail().as_str()), (503, "Temporarily unavailable"));
    assert_eq!(site.status(Ask::login("stranger", "a password")).await, 503);
    for list in ["users", "sessions", "audit"] {
        let list = format!("/api/v1/auth/{list}");
        assert_eq!(site.status(Ask::get(&list).bearer(&site.admin)).await, 503, "{list}");
    }
}

#[tokio::test]
async fn a_database_that_is_missing_is_no_empty_one_and_is_welcome_back() {
    let site = Site::open().await;
    let away = beside(&site.database(), ".away");
    fs::rename(site.database(), &away).unwrap();
    can_not_be_read(&site).await;
    assert!(!site.database().exists(), "none is made in its place");
    fs::rename(&away, site.database()).unwrap();
    site.heals().await;
}

#[tokio::test]
async fn whatever_else_is_in_its_place_is_not_taken_for_it() {
    let (site, other) = (Site::open().await, Site::open().await);
    let away = beside(&site.database(), ".away");
    fs::rename(site.database(), &away).unwrap();
    let others = beside(&other.database(), ".copy");
    let mut connection = super::connected(&other.database()).await;
    let copied = format!("VACUUM INTO '{}'", others.display());
    sqlx::raw_sql(sqlx::AssertSqlSafe(copied)).execute(&mut connection).await.unwrap();
    for content in [vec![], b"no database".to_vec(), fs::read(&others).unwrap()] {
        fs::write(site.database(), content).unwrap();
        can_not_be_read(&site).await;
    }
    fs::rename(&away, site.database()).unwrap();
    site.heals().await;
}

#[tokio::test]
async fn a_foreign_log_beside_it_is_not_taken_for_its_own() {
    let (site, other) = (Site::open().await, Site::open().await);
    let [path, log] = ["", "-wal"].map(|suffix| beside(&site.database(), suffix));
    let [path_away, log_away] = [&path, &log].map(|path| beside(path, ".away"));
    fs::rename(&path, &path_away).unwrap();
    fs::rename(&log, &log_away).unwrap();
    site.refuses_writes().await;
    fs::copy(beside(&other.database(), "-wal"), &log).unwrap();
    fs::rename(&path_away, &path).unwrap();
    site.is_degraded().await;
    fs::rename(&log_away, &log).unwrap();
    site.heals().await;
    assert_eq!(site.status(Ask::get(ME).bearer(&site.admin)).await, 200);
}

#[tokio::test]
async fn a_database_that_is_cut_off_denies_nobody_and_is_welcome_back_whole() {
    let site = Site::open().await;
    let whole = fs::read(site.database()).unwrap();
    for length in [0, 100, 4096, whole.len() / 2] {
        let file = fs::OpenOptions::new().write(true).open(site.database()).unwrap();
        file.set_len(length.try_into().unwrap()).unwrap();
        for _ in 0..3 {
            for ask in [
                Ask::login(ADMIN.name, ADMIN.password),
                Ask::get("/api/v1/auth/users").bearer(&site.admin),
                Ask::get(ME).bearer(&site.operator),
            ] {
                let answer = site.send(ask.clone()).await;
                assert!([200, 503].contains(&answer.status), "{length}: {ask:?}: {}", answer.text());
            }
        }
        fs::write(site.database(), &whole).unwrap();
        site.heals().await;
    }
}

#[tokio::test]
async fn pages_that_were_damaged_for_a_while_are_read_again() {
    let site = Site::open().await;
    let mut connection = super::connected(&site.database()).await;
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    let whole = fs::read(site.database()).unwrap();
    let file = fs::OpenOptions::new().write(true).open(site.database()).unwrap();
    file.write_all_at(&vec![0; whole.len() - 4096], 4096).unwrap();
    for name in [ADMIN.name, OPERATOR.name, "stranger"] {
        assert_eq!(site.status(Ask::login(name, "a password")).await, 503, "{name}");
    }
    file.write_all_at(&whole, 0).unwrap();
    site.heals().await;
}
