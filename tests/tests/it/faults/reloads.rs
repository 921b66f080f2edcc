//! A thousand reloads under load: rules, users, clients, keys, certificates and the address of the upstream change with
//! each of them, and nobody who may is refused, nobody who may not is let in, and nothing is left over.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR, VIEWER};
use portcullis_tests::certificates::{Pair, authority, signed};
use portcullis_tests::client::{Client, Protocol};
use portcullis_tests::gate::Gate;
use portcullis_tests::patience::{until, within};
use portcullis_tests::setup::Setup;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use super::{ME, READ, either};

/// After so many reloads everything is there that is going to be.
const WARM: usize = 10;
/// So many descriptors more are none for each reload: the database opens another file when it is busy.
const SPARE: usize = 6;
/// And so many threads: those that hash and those that look names up are made when there is work for one more.
const SPARE_THREADS: usize = 2;
/// After so many reloads something else signs tokens.
const ALGORITHM_AFTER: usize = 25;
/// What the log says of a certificate that was read again.
const SHOWN: &str = "certificate taken over";
/// How long each rests before the next request: two cores serve them, and reload.
const PAUSE: Duration = Duration::from_millis(5);

const HIDDEN: &str = "/api/v1/hidden";
const FORM: &str = "application/x-www-form-urlencoded";
const ROBOT: &str = "grant_type=client_credentials&client_id=robot&client_secret=the+secret%3A+of+clients";
const HASH: &str = "14fc48d621387642d90cc814ba895edba3900ab268a738e29663b3b84540c89c";

/// The gate, and what its configuration changes between.
struct Changing {
    gate: Gate,
    upstreams: [Bng; 2],
    /// Both signed by the authority; the gate shows a copy of one of them.
    pairs: [Pair; 2],
    authority: Pair,
    folder: TempDir,
    reloads: usize,
}

impl Changing {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(folder.path(), "authority");
        let pairs = ["one", "two"].map(|name| signed(folder.path(), name, &authority));
        let upstreams = [Bng::start().await, Bng::start().await];
        show(folder.path(), &pairs[0]);
        let gate = setup(folder.path(), &upstreams, 0).start().await;
        Self { gate, upstreams, pairs, authority, folder, reloads: 0 }
    }

    /// Changes all of it, and waits until it is in force.
    async fn reload(&mut self) {
        self.reloads += 1;
        let before = self.gate.log().end();
        show(self.folder.path(), &self.pairs[self.reloads % 2]);
        self.gate.take_over(&setup(self.folder.path(), &self.upstreams, self.reloads)).await;
        self.gate.log().said_from(before, SHOWN).await;
    }

    /// The descriptors and threads that are left once the connections of before are closed.
    async fn settles(&self) -> (usize, usize) {
        let mut held = self.gate.held();
        within("waiting for the connections to close", async {
            let mut look = interval(Duration::from_millis(200));
            let mut same = 0;
            while same < 5 {
                look.tick().await;
                let now = self.gate.held();
                same = if now == held { same + 1 } else { 0 };
                held = now;
            }
        })
        .await;
        held
    }

    /// How many private keys there are.
    fn keys(&self) -> usize {
        let files = fs::read_dir(self.gate.state_dir().join("keys")).unwrap();
        files
            .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "pem"))
            .count()
    }

    fn client(&self, protocol: Protocol) -> Client {
        self.gate.client_that_trusts(protocol, &self.authority.certificate)
    }

    async fn send(&self, ask: Ask) -> Answer {
        self.client(Protocol::Http1).send(ask).await
    }

    async fn token(&self, ask: Ask) -> String {
        let answer = self.send(ask).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

/// Puts a certificate and its key where the gate reads them.
fn show(folder: &Path, pair: &Pair) {
    for (from, to) in [(&pair.certificate, "shown.pem"), (&pair.key, "shown.key")] {
        let draft = folder.join("draft");
        fs::copy(from, &draft).unwrap();
        fs::rename(draft, folder.join(to)).unwrap();
    }
}

/// The configuration after so many reloads. The operator and the client `robot` are let in by each, to the hidden place
/// nobody but the administrator; Vera is there by every other one.
fn setup(folder: &Path, upstreams: &[Bng; 2], reloads: usize) -> Setup {
    let is_odd = reloads % 2 == 1;
    let either = |odd: &'static str, even: &'static str| if is_odd { odd } else { even };
    let of_hidden = either("{role: admin}", "{right: 'hidden:view'}");
    let of_read = either("{role: operator}", "{right: 'subscribers:view'}");
    let routes = format!("[{{path: {READ}, require: {of_read}}}, {{path: {HIDDEN}, require: {of_hidden}}}]");
    let client =
        |id: &str| format!("\n- {{client_id: {id}, secret_sha256: {HASH}, grants: [{{role: operator}}]}}");
    let path = |name: &str| folder.join(name).display().to_string();
    let setup = Setup::before(upstreams[reloads % 2].address())
        .tls()
        .with("tls_cert", &path("shown.pem"))
        .with("tls_key", &path("shown.key"))
        .with("routes", &routes)
        .with("clients", &(client("robot") + &client(either("odd", "even"))))
        .with("throttle", "{never_limit: [127.0.0.1]}")
        .with("token", &format!("{{algorithm: {}, ttl: {}}}", algorithm(reloads), either("1h", "2h")));
    setup.users(if is_odd { &[ADMIN, OPERATOR] } else { &[ADMIN, OPERATOR, VIEWER] })
}

/// What signs tokens after so many reloads. Each change makes a key, which stays for as long as it has tokens.
fn algorithm(reloads: usize) -> &'static str {
    if (reloads / ALGORITHM_AFTER).is_multiple_of(2) { "HS256" } else { "EdDSA" }
}

/// What is asked again and again, and what must come of it.
#[derive(Clone)]
struct Wanted {
    ask: Ask,
    status: u16,
    protocol: Protocol,
    /// On one connection, or on a new one each time.
    keeps_alive: bool,
}

/// Each request over both protocols, on connections that stay and on new ones.
fn wanted(ask: &Ask, status: u16) -> [Wanted; 3] {
    [(Protocol::Http1, true), (Protocol::Http2, true), (Protocol::Http1, false)]
        .map(|(protocol, keeps_alive)| Wanted { ask: ask.clone(), status, protocol, keeps_alive })
}

/// Those who ask.
struct Load {
    at_work: JoinSet<u64>,
    is_over: Arc<AtomicBool>,
}

impl Load {
    fn on(changing: &Changing, all: &[Wanted]) -> Self {
        let (mut at_work, is_over) = (JoinSet::new(), Arc::new(AtomicBool::default()));
        for wanted in all.iter().cloned() {
            at_work.spawn(asks(changing.client(wanted.protocol), wanted, Arc::clone(&is_over)));
        }
        Self { at_work, is_over }
    }

    /// Nobody has met what he must not; how often they have asked.
    async fn ends(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.at_work.join_all().await.into_iter().sum()
    }
}

async fn asks(mut client: Client, wanted: Wanted, is_over: Arc<AtomicBool>) -> u64 {
    let Wanted { ask, status, protocol, keeps_alive } = wanted;
    let mut asked = 0;
    while !is_over.load(Ordering::Relaxed) {
        if !keeps_alive {
            client.hang_up();
        }
        let answer = client.send(ask.clone()).await;
        assert_eq!(answer.status, status, "{protocol:?} {ask:?}: {}", answer.text());
        asked += 1;
        sleep(PAUSE).await;
    }
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_but_the_listeners_is_reloaded_under_load_and_nobody_notices() {
    let mut changing = Changing::start().await;
    let login = |name: &str, password: &str| Ask::login(name, password);
    let robot = Ask::post("/oauth2/token").body(FORM, ROBOT);
    let opaque = Ask::post("/api/token")
        .body(FORM, "grant_type=password&username=operator&password=operator%27s+password");
    let operator = changing.token(login(OPERATOR.name, OPERATOR.password)).await;
    let vera = changing.token(login(VIEWER.name, VIEWER.password)).await;
    let (of_robot, of_opaque) = (changing.token(robot.clone()).await, changing.token(opaque).await);
    let all: Vec<_> = [
        (Ask::get(READ).bearer(&operator), 200),
        (Ask::get(ME).bearer(&of_opaque), 200),
        (Ask::get(READ).bearer(&of_robot), 200),
        (login(OPERATOR.name, OPERATOR.password), 200),
        (robot, 200),
        (Ask::get(HIDDEN).bearer(&operator), 403),
        (Ask::get(HIDDEN).bearer(&of_robot), 403),
        (Ask::get(READ), 401),
        (Ask::get(READ).bearer(&(operator.clone() + "x")), 401),
    ]
    .iter()
    .flat_map(|(ask, status)| wanted(ask, *status))
    .collect();

    let mut before = None;
    for reloads in [WARM, either(100, 1_000)] {
        let load = Load::on(&changing, &all);
        let mut of_vera = changing.client(Protocol::Http1);
        for _ in 0..reloads {
            changing.reload().await;
            // She is in the file with every other reload, and her token is good for exactly as long.
            let expected = if changing.reloads % 2 == 0 { 200 } else { 401 };
            let status = of_vera.send(Ask::get(ME).bearer(&vera)).await.status;
            assert_eq!(status, expected, "after reload {}", changing.reloads);
        }
        let asked = load.ends().await;
        assert!(asked > u64::try_from(reloads).unwrap(), "{asked} requests in {reloads} reloads");
        drop(of_vera);
        // What is kept ready for the upstream belongs to one configuration, and goes with it.
        for _ in 0..2 {
            changing.reload().await;
        }
        let held = changing.gate.held();
        match before {
            None => before = Some(changing.settles().await),
            Some((descriptors, threads)) => {
                let is_back = || {
                    let now = changing.gate.held();
                    now.0 <= descriptors + SPARE && now.1 <= threads + SPARE_THREADS
                };
                until(&format!("{held:?} to be {before:?} again"), is_back).await;
            }
        }
    }
    assert_eq!(changing.gate.log().count("the changed configuration is not taken over"), 0);
    // One for each time that keys were to sign, and the audit's.
    let keys = 2 + changing.reloads / (2 * ALGORITHM_AFTER);
    assert!((2..=keys).contains(&changing.keys()), "{} keys", changing.keys());
}
