//! The clock of the machine was a year ahead or a year behind, and was put right while the gate was down: nothing lives
//! longer than its end, and nothing that was made in a time that is not here yet is believed.
//!
//! Within a process the gate's own clock never goes back; its tests are where it is. What another clock has left is
//! what a database and tokens look like whose times are all of another year.

use std::time::Duration;

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::OPERATOR;
use portcullis_tests::gate::Signal;
use portcullis_tests::token::{claims, with_claims};
use sqlx::Connection as _;

use super::{ME, SESSIONS, Site, connected};

const YEAR: Duration = Duration::from_hours(365 * 24);

/// A token of the same session, made by a clock that was ahead by so many seconds.
fn moved(token: &str, seconds: i64) -> String {
    with_claims(token, |claims| {
        for time in ["iat", "exp"] {
            claims[time] = (claims[time].as_i64().unwrap() + seconds).into();
        }
    })
}

/// A gate that is started after all times in its database were moved.
async fn moved_by(seconds: i64) -> (Site, String) {
    let mut site = Site::open().await;
    let opaque = site.gate.opaque(&OPERATOR).await;
    assert_eq!(site.status(Ask::get(ME).bearer(&opaque)).await, 200);
    site.gate.signal(Signal::KILL);
    site.gate.ended().await;
    let mut database = connected(&site.database()).await;
    for change in [
        "UPDATE sessions SET issued_at = issued_at + $1, last_seen_at = last_seen_at + $1, \
         expires_at = expires_at + $1, ends_at = ends_at + $1",
        "UPDATE ended_sessions SET expires_at = expires_at + $1",
    ] {
        sqlx::query(change).bind(seconds * 1_000_000).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
    let gate = site.gate.restart().await;
    (Site { gate, ..site }, opaque)
}

async fn is_let_in(site: &Site, token: &str) -> bool {
    site.status(Ask::get(ME).bearer(token)).await == 200
}

/// Whether a session is on the list of those that are open.
async fn is_open(site: &Site, admin: &str, token: &str) -> bool {
    let list = site.send(Ask::get(&format!("{SESSIONS}?limit=500")).bearer(admin)).await.json();
    let sessions = list["data"]["items"].as_array().unwrap().clone();
    sessions.iter().any(|session| session["id"] == claims(token)["sid"])
}

fn a_year() -> i64 {
    YEAR.as_secs().try_into().unwrap()
}

#[tokio::test]
async fn what_was_made_a_year_ago_is_over() {
    let (site, opaque) = moved_by(-a_year()).await;
    for token in [&moved(&site.operator, -a_year()), &moved(&site.gone, -a_year()), &opaque] {
        assert!(!is_let_in(&site, token).await);
    }
    assert!(!is_open(&site, &site.admin, &site.operator).await);
    // Who is here now is let in by his own time.
    assert!(is_let_in(&site, &site.gate.login(&OPERATOR).await).await);
}

#[tokio::test]
async fn what_was_made_by_a_clock_that_was_a_year_ahead_is_not_believed() {
    let (site, _) = moved_by(a_year()).await;
    for token in [&moved(&site.operator, a_year()), &moved(&site.gone, a_year())] {
        assert!(!is_let_in(&site, token).await);
    }
    // What had ended stays ended, whatever the clock is.
    assert!(!is_let_in(&site, &site.gone).await);
    assert!(is_let_in(&site, &site.gate.login(&OPERATOR).await).await);
}
