//! That what is kept in memory follows the ledger: nothing is missed, and what can't be remembered ends altogether.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::super::testing::*;
use super::*;
use crate::domain::directory::Revision;
use crate::domain::opaque::TokenHash;
use crate::domain::record::Sequence;
use crate::domain::right::RightPattern;
use crate::domain::role::RoleName;
use crate::domain::session::{Session, SessionId, SessionKind};
use crate::domain::time::Timestamp;
use crate::ports::clock::MockClock;
use crate::ports::ledger::{Ended, MockLedger};
use crate::ports::user_store::MockUserStore;
use crate::services::ended_sessions::EndedSessions;

/// A follower of a ledger, over users that may only be read so often.
struct World {
    live: Arc<LivePolicy>,
    ended: Arc<EndedSessions>,
    known: Arc<KnownSessions>,
    follower: Follower,
    told: Arc<AtomicUsize>,
    /// How far the clock has come, in seconds.
    passed: Arc<AtomicU64>,
}

impl World {
    fn of(ledger: MockLedger, users: MockUserStore, room: usize) -> Self {
        let live = Arc::new(LivePolicy::new(policy(users)));
        let ended = Arc::new(EndedSessions::with_room_for(room));
        let known = Arc::new(KnownSessions { ended: ended.clone(), ..KnownSessions::default() });
        let told = Arc::new(AtomicUsize::default());
        let tell = Arc::clone(&told);
        let on_change = Box::new(move || {
            tell.fetch_add(1, Ordering::Relaxed);
        });
        let passed = Arc::new(AtomicU64::default());
        let (mut clock, hand) = (MockClock::new(), Arc::clone(&passed));
        clock.expect_now().returning(move || NOW.plus(Duration::from_secs(hand.load(Ordering::Relaxed))));
        let clock = Arc::new(clock);
        let follower = Follower::new(Arc::new(ledger), live.clone(), known.clone(), clock, on_change);
        Self { live, ended, known, follower, told, passed }
    }

    fn pass(&self, span: Duration) {
        self.passed.fetch_add(span.as_secs(), Ordering::Relaxed);
    }
}

fn ended(number: u8) -> EndedSession {
    let expires_at = Timestamp::from_seconds(NOW.seconds() + 60);
    EndedSession { id: SessionId::from_bytes([number; 16]), subject: name("admin").into(), expires_at }
}

/// A feed with these changes.
fn feed(changes: Vec<Changed>) -> MockLedger {
    let mut ledger = MockLedger::new();
    ledger.expect_changes().returning(move |after, limit| {
        let places = (1..).map(FeedPlace).zip(changes.clone());
        Ok(places.filter(|(place, _)| *place > after).take(limit).collect())
    });
    ledger
}

/// Users that are read as often as is said, and each time hold one role more.
fn read_times(times: usize) -> MockUserStore {
    let mut users = MockUserStore::new();
    let read = AtomicUsize::default();
    users.expect_user().times(times).returning(move |_| {
        let roles = ["operator"; 3];
        let count = read.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Some(user("admin", roles.get(..count).unwrap_or(&roles)).user))
    });
    users.expect_roles().returning(|| Ok(vec![]));
    users.expect_revision().returning(|| Ok(Revision(1)));
    users
}

async fn held(live: &LivePolicy) -> usize {
    live.current().standing(&name("admin")).await.unwrap().unwrap().held.len()
}

#[tokio::test]
async fn a_changed_user_is_read_anew_and_an_ended_session_known() {
    for change in [Changed::User(name("ADMIN")), Changed::EveryUser] {
        let world = World::of(feed(vec![change, Changed::Session(ended(1))]), read_times(2), 9);
        assert_eq!((held(&world.live).await, held(&world.live).await), (1, 1));
        world.follower.catch_up().await.unwrap();
        assert_eq!(held(&world.live).await, 2);
        assert!(world.ended.contains(&ended(1).id));
        assert_eq!(world.told.load(Ordering::Relaxed), 1);
        // Nothing more has happened, so nothing is read again, and nobody is told.
        world.follower.catch_up().await.unwrap();
        assert_eq!((held(&world.live).await, world.told.load(Ordering::Relaxed)), (2, 1));
    }
}

#[tokio::test]
async fn a_long_feed_is_followed_to_its_end() {
    let changes = (0..2 * BATCH).map(|_| Changed::EveryUser).chain([Changed::Session(ended(1))]).collect();
    let world = World::of(feed(changes), MockUserStore::new(), 9);
    world.follower.catch_up().await.unwrap();
    assert!(world.ended.contains(&ended(1).id));
}

#[tokio::test]
async fn it_begins_with_what_had_ended_before_the_start() {
    let mut ledger = MockLedger::new();
    let known = Ended { sessions: vec![ended(1), ended(2)], place: FeedPlace(7) };
    ledger.expect_ended().returning(move |_| Ok(known.clone()));
    ledger.expect_changes().withf(|after, _| *after == FeedPlace(7)).returning(|_, _| Ok(vec![]));
    let world = World::of(ledger, read_times(0), 9);
    world.follower.begin().await.unwrap();
    world.follower.catch_up().await.unwrap();
    assert!(world.ended.contains(&ended(1).id) && world.ended.contains(&ended(2).id));
}

#[tokio::test]
async fn whoever_has_missed_too_much_begins_again() {
    let mut ledger = MockLedger::new();
    let known = Ended { sessions: vec![ended(3)], place: FeedPlace(70) };
    ledger.expect_ended().times(1).returning(move |_| Ok(known.clone()));
    ledger.expect_changes().times(1).returning(|_, _| Ok(vec![(FeedPlace(70), Changed::TooMuch)]));
    let world = World::of(ledger, read_times(2), 9);
    assert_eq!(held(&world.live).await, 1);
    world.follower.catch_up().await.unwrap();
    assert_eq!(held(&world.live).await, 2);
    assert!(world.ended.contains(&ended(3).id));
}

#[tokio::test]
async fn roles_of_the_store_are_in_force_at_once_and_take_no_fixed_name() {
    let role = |text: &str, right: &str| Role {
        name: RoleName::parse(text).unwrap(),
        rights: vec![RightPattern::parse(right).unwrap()],
    };
    let kept = vec![role("field-tech", "device:add"), role("operator", "*:*")];
    let mut users = MockUserStore::new();
    users.expect_roles().returning(move || Ok(kept.clone()));
    users.expect_revision().returning(|| Ok(Revision(1)));
    users.expect_user().returning(|_| Ok(Some(user("admin", &["field-tech", "operator"]).user)));
    let world = World::of(feed(vec![Changed::Roles]), users, 9);
    assert_eq!(held(&world.live).await, 1);
    world.follower.catch_up().await.unwrap();
    let standing = world.live.current().standing(&name("admin")).await.unwrap().unwrap();
    assert_eq!(standing.held.len(), 2);
    assert!(standing.rights().iter().all(|right| right.as_str() != "*:*"));
    // A policy that comes in force later has them too, wherever it is put.
    let later = Arc::new(policy(MockUserStore::new()));
    let mut elsewhere = None;
    world.follower.put_in_force(Arc::clone(&later), || elsewhere = Some(Arc::clone(&later)));
    assert!(Arc::ptr_eq(&world.live.current(), &later) && elsewhere.is_some());
    assert!(later.roles().get(&RoleName::parse("field-tech").unwrap()).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_over_while_a_policy_is_in_force_in_one_place_and_not_yet_in_the_other() {
    let ((go, wait), (come, has_come)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    let (mut ledger, wait) = (MockLedger::new(), Mutex::new(wait));
    ledger.expect_changes().times(1).returning(move |_, _| {
        come.send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        Ok(vec![(FeedPlace(1), Changed::EveryUser)])
    });
    let world = Arc::new(World::of(ledger, read_times(0), 9));
    let following = Arc::clone(&world);
    let (done, is_done) = std::sync::mpsc::channel();
    let caught_up = tokio::spawn(async move {
        following.follower.catch_up().await.unwrap();
        done.send(()).unwrap();
    });
    has_come.recv().unwrap();
    let later = Arc::new(policy(read_times(2)));
    let in_force = LivePolicy::new(Arc::clone(&later));
    let now = || tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(held(&in_force)));
    world.follower.put_in_force(later, || {
        assert_eq!(now(), 1);
        go.send(()).unwrap();
        // That it waits is told by nothing but that it is not done, and has done nothing.
        assert!(is_done.recv_timeout(Duration::from_millis(100)).is_err(), "it was done in between");
        assert_eq!(now(), 1, "it was taken over in between");
    });
    caught_up.await.unwrap();
    assert_eq!(now(), 2);
}

#[tokio::test]
async fn without_room_all_sessions_of_the_user_end() {
    let mut ledger = feed(vec![Changed::Session(ended(1)), Changed::Session(ended(2))]);
    let all = Change::EndSessions(Whose::Users(vec![name("admin")]));
    ledger.expect_commit().withf(move |change, _| *change == all).times(1).returning(|_, _| Ok(Sequence(1)));
    let world = World::of(ledger, read_times(2), 1);
    assert_eq!(held(&world.live).await, 1);
    world.follower.catch_up().await.unwrap();
    assert_eq!(held(&world.live).await, 2);
}

#[tokio::test]
async fn ended_sessions_are_forgotten_soon_after_their_tokens_have_expired() {
    let world = World::of(feed(vec![Changed::Session(ended(1))]), MockUserStore::new(), 9);
    let second = Duration::from_secs(1);
    for (passed, is_known) in [(Duration::ZERO, true), (59 * second, true), (60 * second, false)] {
        world.pass(passed);
        world.follower.catch_up().await.unwrap();
        assert_eq!(world.ended.contains(&ended(1).id), is_known, "{passed:?}");
    }
}

#[tokio::test]
async fn what_could_not_be_taken_over_is_taken_over_the_next_time() {
    let mut ledger = MockLedger::new();
    ledger.expect_changes().times(1).returning(|_, _| Err(unavailable()));
    ledger
        .expect_changes()
        .withf(|after, _| *after == FeedPlace(0))
        .returning(|_, _| Ok(vec![(FeedPlace(1), Changed::Session(ended(1)))]));
    let world = World::of(ledger, MockUserStore::new(), 9);
    assert!(world.follower.catch_up().await.is_err());
    assert_eq!(world.told.load(Ordering::Relaxed), 0);
    world.follower.catch_up().await.unwrap();
    assert!(world.ended.contains(&ended(1).id));
}

#[tokio::test]
async fn a_change_that_can_not_be_taken_over_keeps_none_behind_it_from_being_so() {
    let mut users = MockUserStore::new();
    users.expect_revision().returning(|| Err(unavailable()));
    users.expect_user().times(2).returning(|_| Ok(Some(user("admin", &[]).user)));
    let changes = vec![Changed::Roles, Changed::Session(ended(1)), Changed::EveryUser];
    let world = World::of(feed(changes), users, 9);
    assert_eq!(held(&world.live).await, 0);
    assert!(world.follower.catch_up().await.is_err());
    assert!(world.ended.contains(&ended(1).id));
    // Nobody is believed from memory meanwhile, and whoever streams is told.
    assert_eq!((held(&world.live).await, world.told.load(Ordering::Relaxed)), (0, 1));
    assert!(world.follower.catch_up().await.is_err(), "it was given up");
}

#[tokio::test]
async fn roles_that_were_read_earlier_take_no_later_ones_back() {
    let role = |text: &str| Role { name: RoleName::parse(text).unwrap(), rights: vec![] };
    let read = AtomicUsize::default();
    let mut users = MockUserStore::new();
    users.expect_revision().returning(move || {
        Ok(if read.fetch_add(1, Ordering::Relaxed) == 0 { Revision(2) } else { Revision(1) })
    });
    let (later, earlier) = (vec![role("later")], vec![role("earlier")]);
    users.expect_roles().times(1).return_once(move || Ok(later));
    users.expect_roles().times(1).return_once(move || Ok(earlier));
    let world = World::of(feed(vec![Changed::Roles, Changed::Roles]), users, 9);
    world.follower.catch_up().await.unwrap();
    let roles = world.live.current().roles();
    assert!(roles.get(&RoleName::parse("later").unwrap()).is_some());
    assert!(roles.get(&RoleName::parse("earlier").unwrap()).is_none());
}

#[tokio::test]
async fn what_could_not_be_confirmed_for_ten_minutes_is_not_believed_any_more() {
    let mut ledger = MockLedger::new();
    ledger.expect_changes().times(1).returning(|_, _| Ok(vec![]));
    ledger.expect_changes().times(2).returning(|_, _| Err(unavailable()));
    ledger.expect_changes().returning(|_, _| Ok(vec![]));
    let mut users = MockUserStore::new();
    users.expect_user().times(1).returning(|_| Ok(Some(user("admin", &[]).user)));
    users.expect_user().times(2).returning(|_| Err(unavailable()));
    users.expect_user().times(1).returning(|_| Ok(Some(user("admin", &[]).user)));
    let world = World::of(ledger, users, 9);
    let second = Duration::from_secs(1);
    world.follower.catch_up().await.unwrap();
    assert_eq!(held(&world.live).await, 0);

    world.pass(BELIEVED.saturating_sub(second));
    assert!(world.follower.catch_up().await.is_err());
    assert!(!world.follower.is_out_of_touch());
    assert_eq!((held(&world.live).await, world.told.load(Ordering::Relaxed)), (0, 0));

    world.pass(second);
    assert!(world.follower.catch_up().await.is_err());
    for _ in 0..2 {
        assert!(world.follower.is_out_of_touch());
        assert!(world.live.current().standing(&name("admin")).await.is_err());
    }
    assert_eq!(world.told.load(Ordering::Relaxed), 1, "whoever streams is told once");

    world.follower.catch_up().await.unwrap();
    assert!(!world.follower.is_out_of_touch());
    assert_eq!(held(&world.live).await, 0);
    assert_eq!(world.follower.confirmed_at(), Some(NOW.plus(BELIEVED)));
}

#[tokio::test]
async fn a_token_that_was_ended_is_forgotten_and_takes_no_room() {
    let token = TokenHash::from_bytes([1; 32]);
    for change in [Changed::Token(token), Changed::TooMuch] {
        let mut ledger = feed(vec![change]);
        ledger.expect_ended().returning(|_| Ok(Ended { place: FeedPlace(1), ..Ended::default() }));
        let mut reads = MockLedger::new();
        reads.expect_session_of().times(2).returning(move |_| Ok(Some(opaque(token))));
        let world = World::of(ledger, read_times(0), 0);
        for is_ready in [false, true] {
            assert_eq!(world.known.opaque.ready(token, NOW).is_some(), is_ready);
            world.known.opaque.find(token, &reads, NOW).await.unwrap().unwrap();
        }
        world.follower.catch_up().await.unwrap();
        assert!(world.known.opaque.ready(token, NOW).is_none());
        world.known.opaque.find(token, &reads, NOW).await.unwrap().unwrap();
        assert_eq!(world.told.load(Ordering::Relaxed), 1);
    }
}

fn opaque(token: TokenHash) -> Session {
    let stamp = user("admin", &[]).user.stamp;
    Session {
        id: SessionId::from_bytes([1; 16]),
        user: name("admin"),
        kind: SessionKind::Opaque { token, idle_timeout: Duration::from_mins(30), stamp },
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(TTL),
        address: None,
        agent: None,
    }
}
