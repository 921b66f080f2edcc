//! What bcrypt accepts, and how long it takes to say no.

use std::time::Instant;

use portcullis_core::ports::password_hasher::Referee;

use super::*;

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn one_thread() -> Bcrypt {
    Bcrypt::new(NonZeroUsize::MIN).unwrap()
}

/// Lets everything begin, or nothing, and counts.
#[derive(Default)]
struct Umpire {
    refuses: bool,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Referee for Umpire {
    fn begin(&self) -> bool {
        self.begun.fetch_add(1, Ordering::SeqCst);
        !self.refuses
    }

    fn end(&self, _: bool) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn comparison(text: &str, hash: Option<PasswordHash>, at_least: Cost) -> Comparison {
    Comparison { password: password(text), hash, at_least, referee: Arc::new(Umpire::default()) }
}

async fn verify(text: &str, hash: &str) -> bool {
    let hash = PasswordHash::parse(hash).unwrap();
    one_thread().verify(comparison(text, Some(hash), Cost::LEAST)).await.unwrap()
}

#[tokio::test]
async fn nothing_is_hashed_that_the_referee_does_not_let_begin() {
    let umpire = Arc::new(Umpire { refuses: true, ..Umpire::default() });
    let refused = Comparison { referee: umpire.clone(), ..comparison("x", None, Cost::HIGHEST) };
    assert!(matches!(one_thread().verify(refused).await, Err(HasherError::Withdrawn)));
    assert_eq!((umpire.begun.load(Ordering::SeqCst), umpire.ended.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn each_comparison_that_began_is_ended_once() {
    let umpire = Arc::new(Umpire::default());
    let compared = Comparison { referee: umpire.clone(), ..comparison("x", None, Cost::LEAST) };
    assert!(!one_thread().verify(compared).await.unwrap());
    assert_eq!((umpire.begun.load(Ordering::SeqCst), umpire.ended.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn hashes_made_elsewhere_are_verified() {
    // Made of the password `changeme`, the first by Python's bcrypt, the last by `htpasswd -B`.
    for hash in [
        "$2b$04$abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm",
        "$2a$04$abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm",
        "$2y$04$3WtKEyltG392uenf7tv.vuyVvdXpK0LgORmTmsLXXJWIl8rhC6s7q",
    ] {
        assert!(verify("changeme", hash).await, "{hash}");
        assert!(!verify("Changeme", hash).await, "{hash}");
    }
}

#[tokio::test]
async fn a_new_hash_is_one_that_its_password_alone_matches() {
    let bcrypt = one_thread();
    let cost = Cost::new(5).unwrap();
    let first = bcrypt.hash(password("changeme"), cost).await.unwrap();
    let second = bcrypt.hash(password("changeme"), cost).await.unwrap();
    assert!(first != second && first.cost() == cost);
    assert!(verify("changeme", first.expose()).await && verify("changeme", second.expose()).await);
    assert!(!verify("Changeme", first.expose()).await);
}

#[tokio::test]
async fn a_password_that_bcrypt_would_confuse_with_others_is_not_hashed() {
    for text in ["", "abc\0abc", &"x".repeat(73)] {
        let made = one_thread().hash(password(text), Cost::LEAST).await;
        assert!(matches!(made, Err(HasherError::Failed(_))), "{text:?}");
    }
}

#[tokio::test]
async fn a_password_of_72_bytes_is_read_to_its_end_and_a_longer_one_never_matches() {
    let longest = "x".repeat(71) + "y";
    let made = hash(&password(&longest), Cost::LEAST).unwrap();
    assert!(verify(&longest, made.expose()).await);
    assert!(!verify(&("x".repeat(71) + "z"), made.expose()).await);
    assert!(!verify(&(longest + "y"), made.expose()).await);
}

#[tokio::test]
async fn a_nul_is_no_end_and_no_password() {
    let made = hash(&password("abc"), Cost::LEAST).unwrap();
    assert!(!verify("abc\0abc", made.expose()).await);
    assert!(matches!(hash(&password("abc\0abc"), Cost::LEAST), Err(HashError::Impossible)));
    assert!(matches!(hash(&password(""), Cost::LEAST), Err(HashError::Impossible)));
}

#[tokio::test]
async fn nobody_matches_without_a_hash() {
    assert!(!one_thread().verify(comparison("decoy", None, Cost::LEAST)).await.unwrap());
}

#[test]
fn a_no_takes_as_long_as_the_highest_cost_whatever_the_reason() {
    let cost = Cost::new(9).unwrap();
    let cheap = hash(&password("right"), Cost::LEAST).unwrap();
    let dear = hash(&password("right"), cost).unwrap();
    let time = |text: &str, hash: Option<&PasswordHash>| {
        let fastest = (0..5).map(|_| {
            let start = Instant::now();
            assert!(!compare(&password(text), hash, cost).unwrap());
            start.elapsed()
        });
        fastest.min().unwrap()
    };
    let reference = time("wrong", Some(&dear));
    for (case, taken) in [
        ("unknown", time("wrong", None)),
        ("cheap hash", time("wrong", Some(&cheap))),
        ("impossible password", time(&"x".repeat(100), Some(&cheap))),
    ] {
        let ratio = taken.as_secs_f64() / reference.as_secs_f64();
        assert!((0.4..2.5).contains(&ratio), "{case}: {ratio}");
    }
}

#[tokio::test]
async fn a_full_queue_turns_away_whoever_comes_next() {
    let hasher = one_thread();
    let slow = Cost::new(11).unwrap();
    let attempts: Vec<_> = (0..WAITING_PER_THREAD + 8)
        .map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify(comparison("x", None, slow)).await })
        })
        .collect();
    let mut busy = 0;
    for attempt in attempts {
        busy += usize::from(matches!(attempt.await.unwrap(), Err(HasherError::Busy { .. })));
    }
    assert!(busy >= 1, "none of them was turned away");
}

#[tokio::test]
async fn a_mistyped_hash_matches_nobody_and_fails_nobody() {
    assert!(!verify("changeme", "$2b$04$abcdefghijklmnopqrstuvrMY81APmSEiT1iMIjNrGHNRdC0U9WWm").await);
    assert!(!verify("changeme", "$2b$04$abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWn").await);
}
