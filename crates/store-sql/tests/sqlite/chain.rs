//! The chain as the store writes it: sealed, exported, verified, pruned.

use std::time::Duration;

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::record::{Record, RecordFilter, Sequence, Verdict};
use portcullis_core::domain::session::Whose;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::clock::Clock as _;
use portcullis_core::ports::ledger::{Change, Ledger};
use portcullis_store_sql::{
    Checkpoints, Fault, FaultKind, Missing, Options, Signer, SqliteStore, Verified, Verifier,
};

use crate::fresh::{Fresh, NOW, note, reasons};

fn signature(message: &[u8]) -> Vec<u8> {
    Link::of(&format!("secret{}", String::from_utf8_lossy(message))).bytes().to_vec()
}

fn signed(options: &mut Options) {
    options.signer = Some(Signer { key: "k".into(), sign: Box::new(signature) });
    options.checkpoints = Checkpoints { records: 10, interval: Duration::from_mins(5) };
}

async fn lines(store: &SqliteStore, since: Option<Timestamp>) -> Vec<String> {
    let mut export = store.export(since).await.unwrap();
    let mut lines = vec![];
    loop {
        let page = export.next_page(7).await.unwrap();
        if page.is_empty() {
            return lines;
        }
        lines.extend(page);
    }
}

fn verify(lines: &[String]) -> Result<Verified, Fault> {
    let mut verifier = Verifier::new(Box::new(|_, message, by| by == signature(message)));
    lines.iter().try_for_each(|line| verifier.line(line.as_bytes()))?;
    verifier.end()
}

fn checkpoints(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.starts_with("{\"checkpoint\"")).count()
}

/// Notes one record after the other, each written by itself.
async fn write(store: &SqliteStore, count: u64) {
    for number in 0..count {
        store.note(note(NOW, &number.to_string()));
        store.flush().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_exported_is_verified_and_ends_with_a_checkpoint() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 25).await;
    let lines = lines(&fresh, None).await;
    let verified = verify(&lines).unwrap();
    assert_eq!((verified.first, verified.last), (Sequence(1), Sequence(25)));
    // One at the first record, since there was none yet; two for ten records each; one for the export.
    assert_eq!((checkpoints(&lines), verified.checkpoints), (4, 4));
}

#[tokio::test]
async fn a_record_that_is_edited_in_the_file_is_named() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 5).await;
    fresh.sql("UPDATE records SET reason = 'another' WHERE sequence = 4").await;
    let fault = verify(&lines(&fresh, None).await).unwrap_err();
    assert_eq!((fault.line, fault.kind), (5, FaultKind::Edited));
}

#[tokio::test]
async fn without_a_key_nothing_is_sealed_and_a_verifier_says_so() {
    let fresh = Fresh::new().await;
    write(&fresh, 3).await;
    let lines = lines(&fresh, None).await;
    assert_eq!(verify(&lines).unwrap_err(), Fault { line: 3, kind: FaultKind::CutOff });
}

#[tokio::test]
async fn a_checkpoint_is_set_when_it_is_time_and_at_the_end() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 2).await;
    assert_eq!(fresh.count("SELECT COUNT(*) FROM checkpoints").await, 1);
    fresh.clock.advance(Duration::from_mins(5));
    write(&fresh, 1).await;
    assert_eq!(fresh.count("SELECT COUNT(*) FROM checkpoints").await, 2);
    write(&fresh, 1).await;
    fresh.close().await.unwrap();
    assert_eq!(fresh.count("SELECT MAX(sequence) FROM checkpoints").await, 4);
}

#[tokio::test]
async fn two_processes_write_one_chain() {
    let fresh = Fresh::with(signed).await;
    let other = fresh.another(signed).await;
    for number in 0..10 {
        for store in [&*fresh, &other] {
            let change = Change::EndSessions(Whose::Everybody);
            store.commit(change, note(NOW, &number.to_string())).await.unwrap();
        }
    }
    other.close().await.unwrap();
    assert_eq!(verify(&lines(&fresh, None).await).unwrap().last, Sequence(20));
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_marked_and_the_times_stay_true() {
    let fresh = Fresh::with(signed).await;
    let times = [60, 58, 0, 2, 100].map(|seconds| NOW.plus(Duration::from_secs(seconds)));
    for time in times {
        fresh.note(note(time, "x"));
        fresh.flush().await.unwrap();
    }
    let entries = fresh.since(Sequence(0), &RecordFilter::default(), 99).await.unwrap();
    let (marks, rest): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.record.action == "audit");
    assert!(rest.iter().map(|entry| entry.record.time).eq(times));
    assert_eq!(marks.iter().map(|mark| mark.sequence.0).collect::<Vec<_>>(), [3]);
    assert_eq!(verify(&lines(&fresh, None).await).unwrap().steps_back, 1);
}

#[tokio::test]
async fn what_is_left_after_pruning_is_verified_from_its_checkpoint_on() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 15).await;
    fresh.clock.advance(Duration::from_hours(1));
    write(&fresh, 15).await;
    let before = fresh.clock.now();
    assert_eq!(fresh.prune(before.plus(Duration::from_secs(1))).await.unwrap(), Some(Sequence(26)));
    assert_eq!(fresh.prune(NOW).await.unwrap(), None);
    let lines = lines(&fresh, None).await;
    assert!(lines[0].starts_with("{\"checkpoint\""));
    let verified = verify(&lines).unwrap();
    assert_eq!((verified.first, verified.last), (Sequence(27), Sequence(31)));
    assert_eq!(verified.missing, Some(Missing::Pruned { by: Sequence(31) }));
    let said: Vec<_> =
        reasons(&fresh).await.into_iter().filter(|reason| reason.starts_with("pruned")).collect();
    assert!(
        matches!(&said[..], [said] if said.starts_with("pruned up to record 26, whose hash was ")),
        "{said:?}"
    );
}

#[tokio::test]
async fn pruning_everything_keeps_the_count_and_the_chain() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 3).await;
    fresh.seal().await.unwrap();
    assert_eq!(fresh.prune(NOW).await.unwrap(), Some(Sequence(3)));
    assert_eq!(verify(&lines(&fresh, None).await).unwrap().last, Sequence(4));
    assert_eq!(fresh.count("SELECT COUNT(*) FROM records").await, 1);
}

#[tokio::test]
async fn an_export_whose_records_are_pruned_meanwhile_does_not_end_as_if_it_were_whole() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 15).await;
    let mut export = fresh.export(None).await.unwrap();
    // As far as a checkpoint: so far the lines can be verified.
    let page = export.next_page(11).await.unwrap();
    assert!(verify(&page).is_ok());
    assert_eq!(fresh.prune(NOW).await.unwrap(), Some(Sequence(15)));
    export.next_page(11).await.unwrap_err();
}

#[tokio::test]
async fn an_export_of_the_latest_begins_at_the_checkpoint_before() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 12).await;
    fresh.clock.advance(Duration::from_hours(1));
    write(&fresh, 2).await;
    let verified = verify(&lines(&fresh, Some(NOW.plus(Duration::from_secs(1)))).await).unwrap();
    assert_eq!((verified.first, verified.last), (Sequence(12), Sequence(14)));
    assert_eq!(verified.missing, Some(Missing::NotAsked { since: NOW.plus(Duration::from_secs(1)) }));
}

#[tokio::test]
async fn records_that_are_removed_from_the_file_up_to_a_checkpoint_are_missed() {
    let fresh = Fresh::with(signed).await;
    write(&fresh, 15).await;
    fresh.sql("DELETE FROM records WHERE sequence <= 11").await;
    fresh.sql("DELETE FROM checkpoints WHERE sequence < 11").await;
    let fault = verify(&lines(&fresh, None).await).unwrap_err();
    let kind = FaultKind::Removed { expected: Sequence(1), found: Sequence(12) };
    assert_eq!(fault, Fault { line: 1, kind });
}

#[tokio::test]
async fn a_flood_of_refusals_of_nobody_is_two_records_a_minute() {
    let fresh = Fresh::with(signed).await;
    let refusal =
        || Record { verdict: Verdict::Refused, address: "192.0.2.1".parse().ok(), ..note(NOW, "no token") };
    (0..5000).for_each(|_| fresh.note(refusal()));
    fresh.close().await.unwrap();
    let again = fresh.another(signed).await;
    let more = "4999 more refusals like the first one of this minute; the last one: test: no token";
    assert_eq!(reasons(&again).await, ["no token", more]);
}
