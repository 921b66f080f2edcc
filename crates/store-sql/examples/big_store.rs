//! A store with very many users and sessions, for `cargo xtask bench --store`: made, and then asked.
//!
//! `fill FILE USERS SESSIONS HASH` makes it; everybody has the same hash. `measure FILE USERS` says on standard output, as one
//! line of JSON, what a login's commit takes beside a bare flush of the same disk, and what it takes to look up a subject.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program that measures, and ends where something fails"
)]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_core::domain::directory::{Edit, UserEntry};
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::record::{Record, Verdict};
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::session::{Session, SessionId, SessionKind};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::{Stamp, Username};
use portcullis_core::ports::ledger::{Change, Ledger as _};
use portcullis_core::ports::user_store::UserStore as _;
use portcullis_store_sql::{Options, SqliteStore};
use portcullis_testkit::clock::StoppedClock;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
/// How many users one change adds, and how many sessions are opened at a time.
const PART: u64 = 500;
/// How often everything is measured.
const TIMES: u64 = 400;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["fill", file, users, sessions, hash] => {
            let store = opened(file).await;
            fill(&store, users.parse().unwrap(), sessions.parse().unwrap(), hash).await;
            store.close().await.unwrap();
        }
        ["measure", file, users] => println!("{}", measure(file, users.parse().unwrap()).await),
        _ => println!("big_store fill FILE USERS SESSIONS HASH | measure FILE USERS"),
    }
}

async fn opened(file: &str) -> SqliteStore {
    SqliteStore::open(Options::at(file), Arc::new(StoppedClock::at(NOW))).await.unwrap()
}

async fn fill(store: &SqliteStore, users: u64, sessions: u64, hash: &str) {
    let hash = PasswordHash::parse(hash).unwrap();
    let role = RoleName::parse("operator").unwrap();
    for first in (0..users).step_by(usize::try_from(PART).unwrap()) {
        let entry = |number: u64| UserEntry {
            name: name(number),
            hash: hash.clone(),
            stamp: Stamp::from_bytes(number.to_be_bytes()),
            active: true,
            api_login: true,
            grants: vec![Grant { role: role.clone(), scope: Scope::Everywhere }],
            created_at: NOW,
        };
        let edits = (first..users.min(first + PART)).map(|number| Edit::PutUser(entry(number))).collect();
        let as_of = store.revision().await.unwrap();
        store.commit(Change::Edit { as_of, edits }, record("fill")).await.unwrap();
    }
    for first in (0..sessions).step_by(usize::try_from(PART).unwrap()) {
        // What is asked at once is written at once.
        let all = (first..sessions.min(first + PART)).map(|number| {
            let opened = Change::OpenSession(session(number, name(scattered(number, users))));
            store.commit(opened, record("login"))
        });
        let mut waiting: Vec<_> = all.collect();
        while !waiting.is_empty() {
            let together: Vec<_> = waiting.drain(..waiting.len().min(250)).collect();
            join_all(together).await;
        }
    }
}

/// Waits for all of them at once.
async fn join_all<T>(all: Vec<impl Future<Output = T>>) {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

async fn measure(file: &str, users: u64) -> serde_json::Value {
    let store = opened(file).await;
    let log = PathBuf::from(format!("{file}-wal"));
    let (mut commits, mut flushes, mut grown) = (vec![], vec![], vec![]);
    let mut bare = Bare::beside(Path::new(file));
    for number in 0..TIMES {
        let number = u64::MAX / 2 + number;
        let (opened, before) = (session(number, name(scattered(number, users))), length(&log));
        let start = Instant::now();
        store.commit(Change::OpenSession(opened), record("login")).await.unwrap();
        commits.push(start.elapsed());
        grown.push(length(&log).saturating_sub(before));
        flushes.push(bare.flush(usize::try_from(middle(&mut grown)).unwrap()));
    }
    let [mut cold, mut warm] = [vec![], vec![]];
    for number in 0..TIMES {
        let name = name(scattered(number + 7, users));
        for times in [&mut cold, &mut warm] {
            let start = Instant::now();
            assert!(store.user(&name).await.unwrap().is_some());
            store.generation(&name.clone().into()).await.unwrap();
            times.push(start.elapsed());
        }
    }
    store.close().await.unwrap();
    let slowest = |times: &[Duration]| micros(times[times.len() * 99 / 100]);
    json!({
        "commit": micros(middle(&mut commits)), "commit_p99": slowest(&commits),
        "flush": micros(middle(&mut flushes)), "flush_p99": slowest(&flushes),
        "bytes": middle(&mut grown),
        "cold": micros(middle(&mut cold)), "warm": micros(middle(&mut warm)),
        "file": length(Path::new(file)),
    })
}

/// A file that is written and flushed, and nothing else.
struct Bare {
    file: fs::File,
}

impl Bare {
    /// Empty at first, as a log that was begun anew is.
    fn beside(file: &Path) -> Self {
        let path = file.with_extension("bare");
        Self { file: OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap() }
    }

    fn flush(&mut self, size: usize) -> Duration {
        let bytes = vec![7; size];
        let start = Instant::now();
        self.file.write_all(&bytes).unwrap();
        self.file.sync_data().unwrap();
        start.elapsed()
    }
}

/// Sorts them.
fn middle<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |file| file.len())
}

fn name(number: u64) -> Username {
    Username::parse(&format!("user-{number}")).unwrap()
}

/// Somewhere else each time.
fn scattered(number: u64, users: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % users
}

fn session(number: u64, user: Username) -> Session {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    id[8..].copy_from_slice(&number.to_be_bytes());
    Session {
        id: SessionId::from_bytes(id),
        user,
        kind: SessionKind::Jwt,
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(Duration::from_hours(1)),
        address: "192.0.2.1".parse().ok(),
        agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned()),
    }
}

fn record(action: &str) -> Record {
    Record {
        time: NOW,
        request_id: "0123456789abcdef".to_owned(),
        decision_id: None,
        subject: Some("somebody".to_owned()),
        address: "192.0.2.1".parse().ok(),
        action: action.to_owned(),
        route: None,
        realm: None,
        verdict: Verdict::Allowed,
        reason: "password".to_owned(),
        amendment: None,
    }
}
