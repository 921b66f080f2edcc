//! Who has to wait, and who must not.

use super::*;

const START: i64 = 1_800_000_000;

/// A throttle with a clock in hand.
struct Bench {
    throttle: Throttle,
    policy: ThrottlePolicy,
    now: Timestamp,
}

impl Bench {
    fn new() -> Self {
        Self {
            throttle: Throttle::default(),
            policy: ThrottlePolicy::default(),
            now: Timestamp::from_seconds(START),
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    fn suspect(&self, name: &str, address: &str) -> Suspect {
        self.throttle.suspect(name, Some(address.parse().unwrap()), &self.policy, self.now)
    }

    /// One attempt, from its arrival to its end; how long it was told to wait if it was turned away.
    fn attempt(&self, name: &str, address: &str, good: bool) -> Option<u64> {
        let suspect = self.suspect(name, address);
        let admitted = self.throttle.check(suspect, &self.policy, self.now);
        let begun = admitted.and_then(|()| self.throttle.begin(suspect, &self.policy, self.now));
        if let Err(Held(wait)) = begun {
            return Some(wait.as_secs());
        }
        self.throttle.end(suspect, &self.policy, self.now, good);
        None
    }

    fn fail(&self, name: &str, address: &str) -> Option<u64> {
        self.attempt(name, address, false)
    }

    fn log_in(&self, name: &str, address: &str) -> Option<u64> {
        self.attempt(name, address, true)
    }
}

#[test]
fn after_five_failures_a_name_waits_and_the_wait_doubles_to_its_end() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        assert_eq!(bench.fail("admin", "192.0.2.1"), None);
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(bench.fail("admin", "192.0.2.2"), Some(wait), "another address is no way round");
        bench.pass(wait);
        assert_eq!(bench.fail("ADMIN", "192.0.2.3"), None, "after the wait one may try");
    }
}

#[test]
fn failures_count_for_the_window_and_no_longer() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.fail("admin", "192.0.2.1");
    }
    bench.pass(300);
    for _ in 0..5 {
        assert_eq!(bench.fail("admin", "192.0.2.1"), None);
    }
    assert_eq!(bench.fail("admin", "192.0.2.1"), Some(1));
    bench.pass(700);
    assert_eq!(bench.fail("admin", "192.0.2.1"), None);
    assert_eq!(bench.fail("admin", "192.0.2.1"), None);
}

#[test]
fn a_stranger_does_not_lock_out_a_user_where_he_logged_in_before() {
    let mut bench = Bench::new();
    assert_eq!(bench.log_in("admin", "192.0.2.1"), None);
    for _ in 0..5 {
        bench.fail("admin", "198.51.100.1");
    }
    assert!(bench.log_in("admin", "198.51.100.1").is_some());
    assert!(bench.log_in("admin", "203.0.113.1").is_some(), "a place he never was at is held");
    assert_eq!(bench.log_in("admin", "192.0.2.1"), None);
    bench.pass(31 * 24 * 3600);
    for _ in 0..5 {
        bench.fail("admin", "198.51.100.1");
    }
    assert!(bench.log_in("admin", "192.0.2.1").is_some(), "nobody is vouched for beyond 30 days");
}

#[test]
fn an_address_that_is_vouched_for_is_held_for_its_own_failures() {
    let bench = Bench::new();
    bench.log_in("admin", "192.0.2.1");
    for _ in 0..5 {
        assert_eq!(bench.fail("admin", "192.0.2.1"), None);
    }
    assert_eq!(bench.fail("admin", "192.0.2.1"), Some(1));
}

#[test]
fn a_good_login_clears_what_failed_from_its_address_and_nothing_else() {
    let bench = Bench::new();
    for _ in 0..2 {
        bench.fail("admin", "198.51.100.1");
    }
    for _ in 0..2 {
        bench.fail("admin", "192.0.2.1");
    }
    bench.log_in("admin", "192.0.2.1");
    for _ in 0..3 {
        assert_eq!(bench.fail("admin", "198.51.100.1"), None);
    }
    assert_eq!(bench.fail("admin", "198.51.100.1"), Some(1));
}

#[test]
fn an_address_that_fails_under_many_names_waits_whoever_it_is_next() {
    let bench = Bench::new();
    for number in 0..20 {
        assert_eq!(bench.fail(&format!("user{number}"), "2001:db8::1"), None);
    }
    assert_eq!(bench.fail("somebody", "2001:db8::ffff"), Some(1));
    assert_eq!(bench.fail("somebody", "2001:db8:0:1::1"), None);
}

#[test]
fn whom_the_policy_exempts_is_never_held_and_never_counted() {
    let mut bench = Bench::new();
    bench.policy.never_limit = vec!["10.0.0.0/8".parse().unwrap()];
    for _ in 0..100 {
        assert_eq!(bench.fail("admin", "10.1.2.3"), None);
    }
    assert_eq!(bench.fail("admin", "192.0.2.1"), None);
}

#[test]
fn of_many_that_fail_at_once_no_more_are_hashed_than_the_limit() {
    let bench = Bench::new();
    let suspect = bench.suspect("admin", "192.0.2.1");
    let mut hashed = 0;
    let mut in_work = 0;
    // Two at a time, as two hashing threads would.
    for _ in 0..50 {
        if bench.throttle.begin(suspect, &bench.policy, bench.now).is_ok() {
            hashed += 1;
            in_work += 1;
        }
        if in_work == 2 {
            bench.throttle.end(suspect, &bench.policy, bench.now, false);
            in_work -= 1;
        }
    }
    assert_eq!(hashed, 5);
}

#[test]
fn many_good_logins_at_once_are_no_attack() {
    let bench = Bench::new();
    let suspect = bench.suspect("robot", "192.0.2.1");
    for _ in 0..100 {
        assert_eq!(bench.throttle.begin(suspect, &bench.policy, bench.now), Ok(()));
    }
    for _ in 0..100 {
        bench.throttle.end(suspect, &bench.policy, bench.now, true);
    }
    assert_eq!(bench.throttle.check(suspect, &bench.policy, bench.now), Ok(()));
}

#[test]
fn a_flood_of_names_and_addresses_fills_no_memory_and_frees_nobody() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.fail("victim", "192.0.2.1");
    }
    for number in 0..u32::try_from(MOST).unwrap() + 5000 {
        let address = std::net::Ipv4Addr::from_bits(0x0B00_0000 + number).to_string();
        bench.fail(&format!("name{number}"), &address);
    }
    let counts = bench.throttle.counts();
    assert!(counts.names.by_key.len() <= MOST && counts.origins.by_key.len() <= MOST);
    drop(counts);
    assert_eq!(bench.fail("victim", "192.0.2.9"), Some(1));
    bench.pass(3600);
    assert_eq!(bench.fail("new", "192.0.2.10"), None, "when the flood is over, there is room again");
    assert!(bench.throttle.counts().names.by_key.len() < 10);
}

#[test]
fn good_logins_at_once_from_a_new_place_leave_nobody_waiting_for_them() {
    let mut bench = Bench::new();
    let both = [bench.suspect("admin", "192.0.2.1"), bench.suspect("admin", "192.0.2.1")];
    for suspect in both {
        bench.throttle.begin(suspect, &bench.policy, bench.now).unwrap();
    }
    // The first to end vouches for the place of both.
    for suspect in both {
        bench.throttle.end(suspect, &bench.policy, bench.now, true);
    }
    for _ in 0..5 {
        assert_eq!(bench.fail("admin", "198.51.100.1"), None);
    }
    bench.pass(1);
    assert_eq!(bench.log_in("admin", "203.0.113.1"), None, "after the wait one may try");
}

#[test]
fn whoever_began_in_a_flood_and_ended_after_it_is_not_waited_for_in_the_next() {
    let mut bench = Bench::new();
    let flood = |bench: &Bench| {
        for number in 0..MOST {
            bench.fail(&format!("name{number}"), "192.0.2.1");
        }
    };
    bench.policy.per_address = usize::MAX;
    flood(&bench);
    let suspect = bench.suspect("late", "192.0.2.2");
    bench.throttle.begin(suspect, &bench.policy, bench.now).unwrap();
    bench.pass(3600);
    assert_eq!(bench.fail("new", "192.0.2.3"), None, "there is room again");
    bench.throttle.end(suspect, &bench.policy, bench.now, false);
    bench.pass(3600);
    flood(&bench);
    for number in 0..6 {
        let held = (number == 5).then_some(1);
        assert_eq!(bench.fail(&format!("more{number}"), "192.0.2.4"), held);
    }
    bench.pass(1);
    assert_eq!(bench.fail("more", "192.0.2.4"), None, "after the wait one may try");
}
