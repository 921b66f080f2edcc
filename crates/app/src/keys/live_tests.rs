//! A ring over days: the clock goes on as the test says, and somebody logs in all the while.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Bearer, Claims};
use portcullis_core::domain::user::Username;
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::token_codec::TokenCodec as _;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::keys::KeyAlgorithm;
use portcullis_crypto::secret::SharedSecret;
use serde_json::Value;

use super::error::KeysError;
use super::*;

const START: i64 = 1_800_000_000;
const HOUR: Duration = Duration::from_hours(1);

/// A clock that goes on when it is told to.
#[derive(Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(START + self.0.load(Ordering::Relaxed))
    }
}

/// A server's ring, in a state directory that others may share.
struct Server {
    codec: Arc<JwtCodec>,
    keys: Arc<LiveKeys>,
    clock: Arc<Hand>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn open(state_dir: &tempfile::TempDir, signing: Signing, clock: &Arc<Hand>) -> Self {
        Self::try_open(state_dir, signing, clock).unwrap()
    }

    fn try_open(
        state_dir: &tempfile::TempDir,
        signing: Signing,
        clock: &Arc<Hand>,
    ) -> Result<Self, KeysError> {
        let secret = SharedSecret::new(b"a secret that all servers of the test have".to_vec()).unwrap();
        let codec = Arc::new(JwtCodec::new(&secret, None));
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let tell = {
            let told = told.clone();
            Box::new(move |text: &str| told.lock().unwrap().push(text.to_owned()))
        };
        let folder = KeyFolder::within(state_dir.path());
        let keys = LiveKeys::open(folder, signing, codec.clone(), clock.clone(), tell)?;
        Ok(Self { codec, keys, clock: clock.clone(), told })
    }

    /// A token of now, which lasts so long.
    fn token(&self, ttl: Duration) -> String {
        let now = self.clock.now();
        let claims = Claims {
            issuer: "portcullis".into(),
            audience: vec![],
            bearer: Bearer::User { name: Username::parse("admin").unwrap(), roles: vec![] },
            issued_at: now,
            not_before: None,
            expires_at: now.plus(ttl),
            id: "j".into(),
            session: SessionId::claimed("s".into()),
            stamp: "v".into(),
        };
        self.codec.sign(&claims).unwrap()
    }

    fn verifies(&self, token: &str) -> bool {
        self.codec.verify(token).is_ok()
    }

    /// The names of the keys that are published.
    fn published(&self) -> Vec<String> {
        let set: Value = serde_json::from_str(&self.codec.jwks()).unwrap();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }
}

/// The name of the key that a token names; none if the shared secret made it.
fn kid(token: &str) -> Option<String> {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().map(str::to_owned)
}

fn signing(algorithm: impl Into<Option<KeyAlgorithm>>) -> Signing {
    Signing { algorithm: algorithm.into(), rotate: None, ttl: HOUR }
}

fn fresh() -> (tempfile::TempDir, Arc<Hand>) {
    (tempfile::tempdir().unwrap(), Arc::default())
}

/// A second less.
fn almost(span: Duration) -> Duration {
    span.checked_sub(Duration::from_secs(1)).unwrap()
}

fn go_on(clock: &Hand, by: Duration) {
    clock.0.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::Relaxed);
}

#[test]
fn with_the_shared_secret_there_is_no_ring_and_no_file() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(None), &clock);
    server.keys.look();
    assert_eq!((kid(&server.token(HOUR)), server.published().len()), (None, 0));
    assert_eq!(std::fs::read_dir(state_dir.path()).unwrap().count(), 0);
}

#[test]
fn the_first_key_signs_at_once_and_is_found_again_at_the_next_start() {
    for algorithm in KeyAlgorithm::ALL {
        let (state_dir, clock) = fresh();
        let server = Server::open(&state_dir, signing(algorithm), &clock);
        let token = server.token(HOUR);
        assert_eq!(Some(server.published()), kid(&token).map(|kid| vec![kid]));
        assert!(server.told.lock().unwrap()[0].starts_with(&format!("{algorithm} key ")));
        let again = Server::open(&state_dir, signing(algorithm), &clock);
        assert!(again.verifies(&token) && again.told.lock().unwrap().is_empty());
        assert_eq!(kid(&again.token(HOUR)), kid(&token));
    }
}

#[test]
fn a_rotated_key_is_published_before_it_signs_and_the_old_one_verifies_its_last_token() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock);
    let first = kid(&server.token(HOUR)).unwrap();
    let folder = KeyFolder::within(state_dir.path());
    let next = folder.rotate(KeyAlgorithm::EdDsa, clock.now(), clock.now().plus(GRACE)).unwrap();
    server.keys.look();
    assert_eq!(server.published(), [first.clone(), next.id.clone()]);
    go_on(&clock, almost(GRACE));
    server.keys.look();
    let last = server.token(HOUR);
    assert_eq!(kid(&last).as_ref(), Some(&first));
    go_on(&clock, Duration::from_secs(1));
    server.keys.look();
    assert_eq!(kid(&server.token(HOUR)).as_ref(), Some(&next.id));
    go_on(&clock, almost(HOUR));
    server.keys.look();
    assert!(server.verifies(&last), "it lasts as long as it was given");
    go_on(&clock, Duration::from_secs(61));
    server.keys.look();
    assert!(!server.verifies(&last), "its key is gone, and with it what was known of its tokens");
    assert_eq!(server.published(), std::slice::from_ref(&next.id));
    assert!(!state_dir.path().join(format!("keys/{first}.pem")).exists());
}

#[test]
fn rotations_while_everybody_logs_in_log_nobody_out() {
    let (state_dir, clock) = fresh();
    let servers = [
        Server::open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock),
        Server::open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock),
    ];
    let folder = KeyFolder::within(state_dir.path());
    let mut tokens: Vec<(String, Timestamp)> = vec![];
    for step in 0..400 {
        if [10, 11, 12, 13, 14, 200, 201].contains(&step) {
            folder.rotate(KeyAlgorithm::EdDsa, clock.now(), clock.now().plus(GRACE)).unwrap();
        }
        // They look one after the other, and sometimes one of them is late.
        servers[step % 2].keys.look();
        let ttl = HOUR.min(Duration::from_secs(60 * (1 + step as u64 % 60)));
        tokens.push((servers[(step / 3) % 2].token(ttl), clock.now().plus(ttl)));
        tokens.retain(|(_, expires_at)| clock.now() < *expires_at);
        for (number, (token, _)) in tokens.iter().enumerate() {
            assert!(servers.iter().all(|server| server.verifies(token)), "token {number} in step {step}");
        }
        go_on(&clock, Duration::from_secs(15));
    }
    assert!(servers[0].published().len() < 4);
}

#[test]
fn keys_grow_old_by_themselves_and_are_replaced_once() {
    let (state_dir, clock) = fresh();
    let monthly = Signing { rotate: Some(30 * 24 * HOUR), ..signing(KeyAlgorithm::EdDsa) };
    let servers = [Server::open(&state_dir, monthly, &clock), Server::open(&state_dir, monthly, &clock)];
    go_on(&clock, almost(30 * 24 * HOUR));
    for server in &servers {
        server.keys.look();
    }
    assert_eq!(servers[0].published().len(), 1);
    go_on(&clock, Duration::from_secs(1));
    for server in servers.iter().chain(&servers) {
        server.keys.look();
    }
    assert_eq!(servers[0].published().len(), 2);
    assert_eq!(servers[0].published(), servers[1].published());
    assert_eq!((servers[0].told.lock().unwrap().len(), servers[1].told.lock().unwrap().len()), (2, 0));
}

#[test]
fn from_the_secret_to_keys_and_from_keys_to_others_and_back_nobody_is_logged_out() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(None), &clock);
    let of_secret = server.token(HOUR);
    server.keys.adopt(signing(KeyAlgorithm::EdDsa)).unwrap();
    let of_first = server.token(HOUR);
    assert!(kid(&of_first).is_some(), "no key has signed before, so that nobody could miss one");
    server.keys.adopt(signing(KeyAlgorithm::Es256)).unwrap();
    assert_eq!(kid(&server.token(HOUR)), kid(&of_first), "the new one is not yet known to everybody");
    assert_eq!(server.published().len(), 2);
    go_on(&clock, GRACE);
    server.keys.look();
    let of_second = server.token(HOUR);
    assert_eq!(kid(&of_second).as_ref(), server.published().last());
    server.keys.adopt(signing(None)).unwrap();
    assert_eq!(kid(&server.token(HOUR)), None);
    for token in [&of_secret, &of_first, &of_second] {
        assert!(server.verifies(token));
    }
    go_on(&clock, HOUR + Duration::from_mins(2));
    server.keys.look();
    assert_eq!(server.published().len(), 0);
    assert!(!server.verifies(&of_second));
}

#[test]
fn a_key_that_was_made_in_advance_is_the_one_that_signs_after_the_change() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(None), &clock);
    let folder = KeyFolder::within(state_dir.path());
    let made = folder.rotate(KeyAlgorithm::EdDsa, clock.now(), clock.now().plus(GRACE)).unwrap();
    server.keys.look();
    assert_eq!((server.published(), kid(&server.token(HOUR))), (vec![made.id.clone()], None));
    let again = Server::open(&state_dir, signing(None), &clock);
    assert_eq!(again.published().len(), 1);
    server.keys.adopt(signing(KeyAlgorithm::EdDsa)).unwrap();
    assert_eq!(kid(&server.token(HOUR)), Some(made.id));
}

#[test]
fn a_longer_lifetime_is_noted_before_the_first_token_of_it() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock);
    server.keys.adopt(Signing { ttl: 24 * HOUR, ..signing(KeyAlgorithm::EdDsa) }).unwrap();
    let long = server.token(24 * HOUR);
    server.keys.adopt(signing(KeyAlgorithm::EdDsa)).unwrap();
    let folder = KeyFolder::within(state_dir.path());
    folder.rotate(KeyAlgorithm::EdDsa, clock.now(), clock.now()).unwrap();
    go_on(&clock, almost(24 * HOUR));
    server.keys.look();
    assert!(server.verifies(&long));
}

#[test]
fn keys_that_leaked_are_gone_at_once() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock);
    let token = server.token(HOUR);
    assert!(server.verifies(&token));
    let made = KeyFolder::within(state_dir.path()).replace_all(KeyAlgorithm::EdDsa, clock.now()).unwrap();
    server.keys.look();
    assert!(!server.verifies(&token));
    assert_eq!((server.published(), kid(&server.token(HOUR))), (vec![made.id.clone()], Some(made.id)));
}

#[test]
fn a_ring_that_is_broken_is_refused_at_the_start_and_not_taken_over_later() {
    let (state_dir, clock) = fresh();
    let server = Server::open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock);
    let token = server.token(HOUR);
    let list = state_dir.path().join("keys/ring.json");
    let good = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, good.replace("EdDSA", "ES256")).unwrap();
    server.keys.look();
    assert!(server.verifies(&token));
    assert_eq!(kid(&server.token(HOUR)), kid(&token));
    let refused =
        Server::try_open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock).err().unwrap().to_string();
    assert!(refused.contains("no key for ES256"), "{refused}");
    std::fs::write(&list, good).unwrap();
    server.keys.look();
    assert!(Server::try_open(&state_dir, signing(KeyAlgorithm::EdDsa), &clock).is_ok());
}
