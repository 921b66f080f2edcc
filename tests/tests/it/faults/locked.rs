//! Somebody else holds the database locked.

use std::time::Duration;

use portcullis_tests::ask::Ask;
use portcullis_tests::client::Protocol;
use portcullis_tests::patience::until_told;
use sqlx::Executor as _;
use tokio::time::Instant;

use super::{CALL, LOGOUT, ME, Site, another, connected, either};

/// How many records may wait, and some more.
const TOO_MANY: usize = 10_000 + 200;
/// How many clients make them.
const CLIENTS: usize = 8;

#[tokio::test]
async fn while_another_process_locks_it_writes_are_refused_and_the_rest_goes_on() {
    let site = Site::open().await;
    let mut other = connected(&site.database()).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let end = Instant::now() + either(Duration::from_secs(8), Duration::from_mins(1));
    while Instant::now() < end {
        site.is_degraded().await;
    }
    other.execute("ROLLBACK").await.unwrap();
    site.heals().await;
    let records = site.command(&["audit", "list", "--json", "--limit", "500"]).output;
    assert!(records.contains(&format!("POST {CALL}")) && !records.contains("records lost"), "{records}");
    assert!(site.says("portcullis_audit_lost_records_total 0").await);
}

#[tokio::test]
async fn whoever_could_not_be_logged_out_meanwhile_is_out_for_good_as_soon_as_he_can_be() {
    let site = Site::open().await;
    let mut other = connected(&site.database()).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let leaving = another(&site.operator, 1);
    assert_eq!(site.status(Ask::post(LOGOUT).bearer(&leaving)).await, 503);
    other.execute("ROLLBACK").await.unwrap();
    let count = "SELECT count(*) FROM ended_sessions";
    // Somebody has logged out before.
    let is_written = async || sqlx::query_scalar::<_, i64>(count).fetch_one(&mut other).await.unwrap() >= 2;
    until_told("the end to be written", is_written).await;
    let gate = site.gate.restart().await;
    assert_eq!(gate.send(Ask::get(ME).bearer(&site.operator)).await.status, 200);
    assert_eq!(gate.send(Ask::get(ME).bearer(&leaving)).await.status, 401);
}

#[tokio::test]
async fn what_was_too_much_to_keep_meanwhile_is_told_in_one_record() {
    let site = Site::open().await;
    let mut other = connected(&site.database()).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    site.refuses_writes().await;
    // Calls that may change something are recorded one by one.
    let clients = (0..CLIENTS).map(|_| {
        let (mut client, call) = (site.gate.client(Protocol::Http1), Ask::post(CALL).bearer(&site.admin));
        tokio::spawn(async move {
            for _ in 0..TOO_MANY / CLIENTS {
                assert_ne!(client.send(call.clone()).await.status, 503);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    site.is_loud().await;
    let lost = site.send(Ask::get("/api/v1/health")).await.json()["lost_records"].as_u64().unwrap();
    assert!(lost > 0);
    other.execute("ROLLBACK").await.unwrap();
    site.heals().await;
    assert!(site.says(&format!("portcullis_audit_lost_records_total {lost}")).await);
    let told = sqlx::query_scalar("SELECT reason FROM records WHERE reason LIKE '%records lost'");
    let told: Vec<String> = told.fetch_all(&mut other).await.unwrap();
    assert_eq!(told, [format!("{lost} records lost")]);
}

#[tokio::test]
async fn whoever_prefers_it_has_no_call_forwarded_that_can_not_be_recorded() {
    let site = Site::open_with(|setup| setup.with("audit", "{on_failure: refuse}")).await;
    let mut other = connected(&site.database()).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    site.refuses_writes().await;
    site.is_loud().await;
    site.goes_on().await;
    let before = site.bng.seen().len();
    assert_eq!(site.status(Ask::post(CALL).bearer(&site.admin)).await, 503);
    assert_eq!(site.bng.seen().len(), before);
    other.execute("ROLLBACK").await.unwrap();
    site.heals().await;
}
