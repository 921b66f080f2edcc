//! `kill -9` at random points of many writes: after a restart whatever was acknowledged is there, whatever had ended
//! stays ended, and the database is whole. What was on its way is there or is not; it is never there by half.

mod sessions;
mod users;

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::client::{Client, Protocol};
use portcullis_tests::gate::Signal;
use serde_json::Value;
use tokio::time::sleep;

use self::sessions::{Leavers, Visitors};
use self::users::{Changes, Removals};
use super::{Site, connected, either};

/// How long a gate lives at the most.
const LIFE: Duration = Duration::from_millis(400);

/// Somebody with a connection of his own and an administrator's token, who sends one request after the other until the
/// gate is killed.
struct Sender {
    client: Client,
    admin: String,
}

impl Sender {
    /// The answer, if it still comes.
    async fn send(&mut self, ask: Ask) -> Option<Answer> {
        self.client.try_send(ask.bearer(&self.admin)).await.ok()
    }

    /// The same without the token.
    async fn send_alone(&mut self, ask: Ask) -> Option<Answer> {
        self.client.try_send(ask).await.ok()
    }
}

/// It must be acknowledged, if it is answered at all.
fn acknowledged(answer: Option<Answer>, status: u16) -> Option<Answer> {
    let answer = answer?;
    assert_eq!(answer.status, status, "{}", answer.text());
    Some(answer)
}

fn random_part_of(span: Duration) -> Duration {
    let random = RandomState::new().hash_one(());
    span.mul_f64(f64::from(u32::try_from(random >> 32).unwrap()) / f64::from(u32::MAX))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_kill_9() {
    let mut site = Site::open().await;
    let rounds: u64 = either(20, 200);
    let mut changes = Changes::of(&site);
    let mut removals = Removals::of(&site);
    let (mut leavers, mut visitors) = (Leavers::new(&site), Visitors::default());
    for round in 1..=rounds {
        let sender = || Sender { client: site.gate.client(Protocol::Http1), admin: site.admin.clone() };
        let at_work = (
            tokio::spawn(changes.until_killed(sender())),
            tokio::spawn(removals.until_killed(sender())),
            tokio::spawn(leavers.until_killed(sender())),
            tokio::spawn(visitors.until_killed(sender())),
        );
        sleep(random_part_of(LIFE)).await;
        site.gate.signal(Signal::KILL);
        changes = at_work.0.await.unwrap();
        removals = at_work.1.await.unwrap();
        leavers = at_work.2.await.unwrap();
        visitors = at_work.3.await.unwrap();

        let gate = site.gate.restart().await;
        site = Site { gate, ..site };
        changes.are_there(&site).await;
        removals.are_there(&site).await;
        leavers.are_out(&site, round == rounds).await;
        visitors.are_in(&site).await;
        site.goes_on().await;
        site.is_whole().await;
    }
    removals.can_log_in(&site).await;
    // A change and its record are one.
    for (action, [least, most]) in [
        ("user.change", changes.numbers()),
        ("user.remove", removals.numbers()),
        ("logout", leavers.numbers()),
        ("sessions.end", visitors.numbers()),
    ] {
        let count = records(&site, action).await;
        assert!(
            (least..=most).contains(&count),
            "{action}: {least} to {most} were done, and {count} recorded"
        );
        assert!(least > rounds / 10, "{action}: nothing was tried");
    }
}

/// Everything on a list that goes over several pages.
async fn listed(site: &Site, list: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (vec![], String::new());
    loop {
        let answer = site.send(Ask::get(&format!("{list}{cursor}")).bearer(&site.admin)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let data = answer.json()["data"].clone();
        all.extend_from_slice(data["items"].as_array().unwrap());
        let Some(next) = data["next"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

/// How many records there are of what was done.
async fn records(site: &Site, action: &str) -> u64 {
    let mut connection = connected(&site.database()).await;
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM records WHERE action = $1 AND verdict = 'allowed'");
    let count: i64 = count.bind(action.to_owned()).fetch_one(&mut connection).await.unwrap();
    count.try_into().unwrap()
}
