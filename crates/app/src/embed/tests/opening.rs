use std::fs;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::ports::clock::Clock as _;
use portcullis_core::ports::ledger::Ledger as _;
use portcullis_core::services::actor::Actor;
use tokio::time::{sleep, timeout};

use super::super::Portcullis;
use crate::clock::SystemClock;
use crate::clock::long_ago::LongAgo;
use crate::config::{Config, Surroundings};
use crate::stores::Stores;

async fn why_not(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, text).unwrap();
    Portcullis::from_file(&file).await.unwrap_err().to_string()
}

#[tokio::test]
async fn without_a_gate_there_is_an_error_and_no_open_service() {
    assert!(why_not("api: {enabled: false}").await.starts_with("`api.enabled` is not true in "));
    assert!(why_not("api: {enabled: true, rutes: []}").await.contains("rutes"));
    let missing = Portcullis::from_file("/nowhere/bng.yaml").await.unwrap_err();
    assert!(missing.to_string().contains("/nowhere/bng.yaml"), "{missing}");
}

#[tokio::test]
async fn a_record_that_is_too_old_to_be_kept_goes_once_the_gate_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    let state = folder.path().join("state");
    fs::write(
        &file,
        format!(
            "api: {{enabled: true, user_store: sqlite:users.db, audit: {{keep: 1d}}, state_dir: {state:?}}}\n"
        ),
    )
    .unwrap();
    let config = Config::load(&file, &Surroundings::new([], 1)).unwrap();
    let then = Stores::open(&config, Arc::new(LongAgo)).await.unwrap();
    let somebody = Actor { subject: "somebody".to_owned(), address: None, request_id: "1".to_owned() };
    then.database.note(somebody.record("long ago", LongAgo.now(), None));
    then.close().await.unwrap();

    let _gate = Portcullis::from_file(&file).await.unwrap();
    let beside = Stores::open_existing(&config, Arc::new(SystemClock::new())).await.unwrap();
    let gone = async {
        loop {
            let lines = beside.database.export(None).await.unwrap().next_page(1).await.unwrap();
            if !lines.first().is_some_and(|line| line.contains("long ago")) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), gone).await.expect("it to go");
}
