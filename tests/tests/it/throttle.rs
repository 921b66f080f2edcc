//! The throttle over real HTTP: who guesses passwords waits, whoever he says he is and wherever he says he comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, CONSOLE, FORMER, OPERATOR, Person};
use portcullis_tests::client::Protocol;
use portcullis_tests::gate::Gate;
use portcullis_tests::line::Line;
use portcullis_tests::patience::until_told;
use portcullis_tests::raw::RawAnswer;
use portcullis_tests::setup::Setup;

/// The admin, with a hash that takes long enough for fifty logins to come while the first is looked at.
const SLOW_ADMIN: Person =
    Person { hash: "$2b$08$PortcullisSlowAdmin12./eZ1YbC0pgoOPqpygwmZV0ybnzddIgu", ..ADMIN };

/// A gate that nobody is held at for his address.
fn by_name() -> Setup {
    Setup::new().with("throttle", "{per_user: 3, per_address: 1000}")
}

/// A gate that nobody is held at for a name.
fn by_address() -> Setup {
    Setup::new().with("throttle", "{per_user: 1000, per_address: 3}")
}

/// From where a client comes, as the gate is to see it.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// From this address of this machine.
    Here(&'static str),
    /// From there, as the trusted proxy says.
    There(&'static str),
}

impl Origin {
    async fn send(self, gate: &Gate, ask: Ask) -> RawAnswer {
        match self {
            Self::Here(address) => {
                Line::tcp_from(address.parse().unwrap(), gate.address()).await.send(ask).await
            }
            Self::There(address) => {
                Line::tcp(gate.address()).await.send(ask.field("x-forwarded-for", address)).await
            }
        }
    }

    async fn fails(self, gate: &Gate, name: &str) -> u16 {
        self.send(gate, Ask::login(name, "wrong")).await.status
    }

    async fn logs_in(self, gate: &Gate, person: &Person) -> u16 {
        self.send(gate, Ask::login(person.name, person.password)).await.status
    }
}

/// How many logins ended so, as the metrics say.
async fn counted(gate: &Gate, result: &str) -> u64 {
    let metrics = gate.send(Ask::get("/metrics")).await.text();
    let sample = format!("portcullis_logins_total{{result=\"{result}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&sample)).map_or(0, |count| count.parse().unwrap())
}

async fn wrong(gate: &Gate, name: &str) -> Answer {
    gate.send(Ask::login(name, "wrong")).await
}

#[tokio::test]
async fn who_failed_too_often_is_turned_away_without_a_look_at_the_password() {
    let gate = by_name().start().await;
    for _ in 0..3 {
        assert_eq!(wrong(&gate, ADMIN.name).await.status, 401);
    }
    let held = wrong(&gate, ADMIN.name).await;
    assert_eq!((held.status, held.detail().as_str()), (429, "Too many failed logins"));
    assert_eq!(
        (held.field("retry-after"), held.field("content-type")),
        (Some("1"), Some("application/json"))
    );
    assert_eq!(held.field("www-authenticate"), None);
    // The right password is not looked at either, however the name is spelled.
    for name in ["admin", "Admin", "ADMIN"] {
        assert_eq!(gate.send(Ask::login(name, ADMIN.password)).await.status, 429, "{name}");
    }
    assert_eq!((counted(&gate, "refused").await, counted(&gate, "throttled").await), (3, 4));
    assert_eq!(counted(&gate, "allowed").await, 0);
    gate.login(&OPERATOR).await;
}

#[tokio::test]
async fn a_name_that_nobody_has_is_held_alike_and_in_the_same_words() {
    let gate = by_name().start().await;
    let shown = |answer: &Answer| {
        let names: BTreeSet<_> = answer.fields.keys().map(|name| name.as_str().to_owned()).collect();
        (answer.status, answer.text(), answer.field("retry-after").map(str::to_owned), names)
    };
    let mut answers = vec![];
    for name in ["admin", "unknown", FORMER.name, CONSOLE.name, "no name at all", "", "ädmin"] {
        let mut of_one = vec![];
        for _ in 0..5 {
            of_one.push(shown(&wrong(&gate, name).await));
        }
        answers.push((name, of_one));
    }
    let statuses: Vec<_> = answers[0].1.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    for (name, of_one) in &answers {
        assert_eq!(of_one, &answers[0].1, "{name}");
    }
}

#[tokio::test]
async fn the_log_of_who_was_turned_away_does_not_say_what_was_typed_as_the_name() {
    let gate = by_name().start().await;
    for _ in 0..4 {
        wrong(&gate, "my-mistyped-secret").await;
    }
    let reason = "too many failed logins";
    let event = gate.log().wait_for(reason, |event| event["reason"] == reason, 0).await;
    assert_eq!((&event["action"], &event["decision"]), (&"login".into(), &"refused".into()));
    assert_eq!(event["address"], "127.0.0.1");
    assert!(!gate.log().text().contains("mistyped"));
}

/// Tries again and again until one is not turned away any more; how long that took, and the status.
async fn held_for(gate: &Gate, name: &str, password: &str) -> (Duration, u16) {
    let (begin, mut client) = (Instant::now(), gate.client(Protocol::Http1));
    let mut status = 429;
    until_told("being let in again", async || {
        status = client.send(Ask::login(name, password)).await.status;
        status != 429
    })
    .await;
    (begin.elapsed(), status)
}

#[tokio::test]
async fn who_has_waited_may_try_again_once_and_then_waits_twice_as_long() {
    let gate = by_name().start().await;
    for _ in 0..3 {
        wrong(&gate, ADMIN.name).await;
    }
    let (wait, status) = held_for(&gate, ADMIN.name, "wrong").await;
    assert_eq!(status, 401);
    assert!(wait > Duration::from_millis(800), "{wait:?}");
    let held = wrong(&gate, ADMIN.name).await;
    assert_eq!((held.status, held.field("retry-after")), (429, Some("2")));
}

#[tokio::test]
async fn no_wait_is_longer_than_the_longest_and_after_it_the_right_password_is_right_again() {
    let setup = Setup::new().with("throttle", "{per_user: 1, per_address: 1000, max_delay: 1s}");
    let gate = setup.start().await;
    wrong(&gate, ADMIN.name).await;
    assert_eq!(held_for(&gate, ADMIN.name, "wrong").await.1, 401);
    let held = wrong(&gate, ADMIN.name).await;
    assert_eq!((held.status, held.field("retry-after")), (429, Some("1")));
    assert_eq!(held_for(&gate, ADMIN.name, ADMIN.password).await.1, 200);
    // Nothing is left of what failed from here.
    assert_eq!(wrong(&gate, ADMIN.name).await.status, 401);
}

#[tokio::test]
async fn another_address_is_no_way_round_but_where_the_user_logged_in_before_he_is_not_kept_out() {
    use Origin::{Here, There};
    let rows = [
        ("[]", Here("127.0.0.2"), Here("127.0.0.3"), [Here("127.0.0.4"), Here("127.0.0.1")]),
        ("[127.0.0.1]", There("192.0.2.2"), There("192.0.2.3"), [There("192.0.2.4"), There("2001:db8::4")]),
    ];
    for (proxies, home, stranger, elsewhere) in rows {
        let gate = by_name().with("trusted_proxies", proxies).start().await;
        assert_eq!(home.logs_in(&gate, &ADMIN).await, 200);
        for _ in 0..3 {
            assert_eq!(stranger.fails(&gate, ADMIN.name).await, 401);
        }
        for from in elsewhere {
            assert_eq!(from.logs_in(&gate, &ADMIN).await, 429, "{from:?}");
            assert_eq!(from.logs_in(&gate, &OPERATOR).await, 200, "{from:?}");
        }
        assert_eq!(home.logs_in(&gate, &ADMIN).await, 200);
        assert_eq!(
            stranger.logs_in(&gate, &ADMIN).await,
            429,
            "a good login elsewhere forgives nothing here"
        );
        // What fails at home is held at home, and a stranger's failures are not added to it.
        for _ in 0..3 {
            assert_eq!(home.fails(&gate, ADMIN.name).await, 401);
        }
        assert_eq!(home.logs_in(&gate, &ADMIN).await, 429);
    }
}

#[tokio::test]
async fn an_address_that_failed_too_often_is_held_whoever_it_is_next() {
    let (guesser, other) = (Origin::Here("127.0.0.2"), Origin::Here("127.0.0.3"));
    let gate = by_address().start().await;
    assert_eq!(guesser.logs_in(&gate, &ADMIN).await, 200);
    for name in ["a", "b", ADMIN.name] {
        assert_eq!(guesser.fails(&gate, name).await, 401, "{name}");
    }
    for name in ["a", "d", ADMIN.name, OPERATOR.name] {
        assert_eq!(guesser.fails(&gate, name).await, 429, "{name}");
    }
    assert_eq!(guesser.logs_in(&gate, &ADMIN).await, 429);
    assert_eq!(other.logs_in(&gate, &ADMIN).await, 200);
    assert_eq!(other.fails(&gate, "a").await, 401);
}

#[tokio::test]
async fn an_address_that_is_never_limited_is_not_and_holds_nobody_else() {
    let (scanner, other) = (Origin::Here("127.0.0.2"), Origin::Here("127.0.0.3"));
    let throttle = "{per_user: 3, per_address: 3, never_limit: [127.0.0.2, 192.0.2.0/24]}";
    let gate = Setup::new().with("throttle", throttle).start().await;
    for _ in 0..10 {
        assert_eq!(scanner.fails(&gate, ADMIN.name).await, 401);
    }
    assert_eq!(other.logs_in(&gate, &ADMIN).await, 200);
    for _ in 0..3 {
        assert_eq!(other.fails(&gate, OPERATOR.name).await, 401);
    }
    assert_eq!(other.logs_in(&gate, &OPERATOR).await, 429);
    assert_eq!(scanner.logs_in(&gate, &OPERATOR).await, 200);
    // Nobody becomes such an address by saying so.
    let pretender = Ask::login(OPERATOR.name, OPERATOR.password).field("x-forwarded-for", "127.0.0.2");
    assert_eq!(other.send(&gate, pretender).await.status, 429);
}

#[tokio::test]
async fn who_invents_his_address_is_held_for_his_own() {
    let gate = by_address().start().await;
    let mut statuses = vec![];
    for number in 1..=6 {
        let invented = format!("198.51.100.{number}");
        let ask = Ask::login(&format!("user{number}"), "wrong")
            .field("x-forwarded-for", &invented)
            .field("forwarded", format!("for={invented}"))
            .field("x-real-ip", &invented)
            .field("x-client-ip", &invented)
            .field("true-client-ip", &invented)
            .field("x_forwarded_for", &invented);
        statuses.push(gate.send(ask).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429, 429]);
}

#[tokio::test]
async fn who_invents_where_he_was_before_the_trusted_proxy_is_held_for_where_it_saw_him() {
    let gate = by_address().with("trusted_proxies", "[127.0.0.1, 192.0.2.1]").start().await;
    let attempt = async |number: u8, seen: &str| {
        let list = format!("198.51.100.{number}, unknown, {seen}");
        gate.send(Ask::login("somebody", "wrong").field("x-forwarded-for", list)).await.status
    };
    for number in 1..=3 {
        assert_eq!(attempt(number, "203.0.113.9").await, 401);
    }
    assert_eq!(attempt(4, "203.0.113.9").await, 429);
    assert_eq!(attempt(5, "203.0.113.9, 192.0.2.1").await, 429, "the second proxy is trusted too");
    assert_eq!(attempt(6, "203.0.113.10").await, 401);
}

/// Fifty logins that are all sent before the first is answered: how many ended with which status.
async fn fifty(gate: &Gate, name: &str, password: &str) -> BTreeMap<u16, u64> {
    let mut lines = vec![];
    for _ in 0..50 {
        let mut line = Line::tcp(gate.address()).await;
        line.ask(&Ask::login(name, password)).await;
        lines.push(line);
    }
    let mut statuses = BTreeMap::new();
    for mut line in lines {
        let answer = line.answer().await;
        *statuses.entry(answer.status).or_default() += 1;
        let retry = matches!(answer.status, 429 | 503);
        assert_eq!(answer.field("retry-after").is_some(), retry, "{}", answer.head);
    }
    statuses
}

#[tokio::test]
async fn of_fifty_wrong_logins_at_once_no_more_are_looked_at_than_one_may_fail() {
    for name in [SLOW_ADMIN.name, "unknown"] {
        let gate = by_name().users(&[SLOW_ADMIN]).start().await;
        let statuses = fifty(&gate, name, "wrong").await;
        let looked_at = statuses.get(&401).copied().unwrap_or_default();
        assert!((1..=3).contains(&looked_at), "{name}: {statuses:?}");
        assert_eq!(counted(&gate, "refused").await, looked_at, "{name}");
        assert!(statuses.keys().all(|status| [401, 429, 503].contains(status)), "{name}: {statuses:?}");
    }
}

#[tokio::test]
async fn fifty_right_logins_at_once_are_no_attack() {
    let gate = by_name().users(&[SLOW_ADMIN]).start().await;
    let statuses = fifty(&gate, ADMIN.name, ADMIN.password).await;
    assert!(statuses.keys().all(|status| [200, 503].contains(status)), "{statuses:?}");
    // So many wait for each thread at least.
    assert!(statuses[&200] >= 16, "{statuses:?}");
    assert_eq!(gate.send(Ask::login(ADMIN.name, ADMIN.password)).await.status, 200);
}
