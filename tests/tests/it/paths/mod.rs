//! Ten thousand targets on kept connections: each is refused, answered by us, or forwarded in its one canonical text,
//! of which no lenient upstream can make a place where the caller may not go.

mod generated;
mod readings;

use std::collections::{BTreeMap, BTreeSet};

use portcullis_core::domain::endpoint::Endpoint;
use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::gate::Gate;
use portcullis_tests::raw::{RawAnswer, Wire};
use portcullis_tests::setup::Setup;

use self::generated::requests;
use self::readings::{canonical, readings};

/// The journal of the BNG keeps so many, and is compared whole.
const KEPT: usize = 10_000;
/// How many requests there are between two looks at the journal.
const BATCH: usize = 250;

/// The places that are ours with all that is below them, whether there is an endpoint or not.
const OURS: [&str; 4] =
    ["/api/v1/auth", "/oauth2", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"];

/// Whether a path is ours: nobody else may ever get a request for it.
fn is_ours(path: &str) -> bool {
    Endpoint::ALL.iter().any(|endpoint| endpoint.path() == path)
        || OURS.iter().any(|place| is_below(path, place))
}

/// What a route table lets an operator do, said as simply as can be.
type May = fn(method: &str, path: &str) -> bool;

fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

fn is_below(path: &str, place: &str) -> bool {
    path == place || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'))
}

/// The BNG's own table: an operator may look at everything but the webhooks.
fn in_the_bng_s_table(method: &str, path: &str) -> bool {
    is_safe(method) && !is_below(path, "/api/v1/webhooks")
}

/// A table that is open below `/open`, encoded delimiters and all, but for two places.
fn in_an_open_table(_: &str, path: &str) -> bool {
    is_below(path, "/open") && path != "/open/secret" && !is_below(path, "/open/vault")
}

const OPEN_TABLE: &str = r#"
- {path: "/open/**", require: authenticated, encoded_delimiters: forward}
- {path: "/open/secret", require: {role: admin}}
- {path: "/open/vault/**", require: {role: admin}, encoded_delimiters: forward}"#;

/// What became of the requests, and what is wrong with any of it.
#[derive(Debug, Default)]
struct Tally {
    answers: BTreeMap<String, usize>,
    forwarded: Vec<(String, String)>,
    looked_at: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, outcome: String) {
        *self.answers.entry(outcome).or_default() += 1;
    }

    fn of(&self, outcome: &str) -> usize {
        self.answers.get(outcome).copied().unwrap_or_default()
    }

    fn add(&mut self, method: &str, target: &str, answer: &RawAnswer, may: May) {
        let canonical = canonical(target);
        let path = canonical.split('?').next().unwrap_or_default();
        let is_refusal = answer.field("portcullis-decision").is_some();
        // What the HTTP parser itself can't read is an empty 400, that nobody gave an id.
        let is_unreadable = answer.status == 400 && answer.field("x-request-id").is_none();
        if is_refusal || is_unreadable {
            if ![400, 401, 403, 404, 405].contains(&answer.status) {
                self.wrong.push(format!("{method} {target} is refused with {}", answer.status));
            }
            self.count(format!("refused {}", answer.status));
        } else if is_ours(path) {
            self.count(format!("ours {}", answer.status));
        } else {
            self.count("forwarded".to_owned());
            if self.looked_at.insert(format!("{method} {path}")) {
                self.look_at_readings(method, path, may);
            }
            self.forwarded.push((method.to_owned(), canonical));
        }
    }

    /// A forwarded path may be read in many ways, but in none that leads to where the caller may not go.
    fn look_at_readings(&mut self, method: &str, path: &str, may: May) {
        for reading in readings(path) {
            if !may(method, &reading) || is_ours(&reading) {
                self.wrong.push(format!("{method} {path} went on, and may be read as {reading}"));
            }
        }
    }
}

/// Sends the requests one after the other on a connection that is kept as long as the gate keeps it.
async fn send_all(gate: &Gate, bng: &Bng, may: May, number: usize) -> Tally {
    let token = gate.login(&OPERATOR).await;
    let host = gate.address();
    let (mut tally, mut wire): (Tally, Option<Wire>) = (Tally::default(), None);
    for batch in requests(number).chunks(BATCH) {
        for (method, target) in batch {
            let request = format!(
                "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
            );
            let mut open = match wire.take() {
                Some(open) => open,
                None => gate.wire().await,
            };
            open.write(&request).await;
            let answer =
                open.answer_to(method).await.unwrap_or_else(|| panic!("no answer to {method} {target}"));
            tally.add(method, target, &answer, may);
            let closes =
                answer.field("connection").is_some_and(|option| option.eq_ignore_ascii_case("close"));
            wire = (!closes).then_some(open);
        }
        let (seen, expected) = (bng.seen(), &tally.forwarded[tally.forwarded.len().saturating_sub(KEPT)..]);
        let difference = seen.iter().zip(expected).find(|(seen, expected)| seen != expected);
        assert_eq!(difference, None, "the upstream saw something else than what was decided on");
        assert_eq!(seen.len(), expected.len(), "the upstream saw more or less than what was decided on");
    }
    tally
}

#[tokio::test]
async fn no_spelling_of_a_path_leads_an_operator_to_where_he_may_not_go() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    let tally = send_all(&gate, &bng, in_the_bng_s_table, 10_000).await;
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
    // Every kind of answer is there often enough to mean something.
    for (outcome, least) in [
        ("refused 400", 1000),
        ("refused 403", 100),
        ("refused 405", 100),
        ("ours 200", 50),
        ("forwarded", 1000),
    ] {
        assert!(tally.of(outcome) >= least, "{outcome}: {:?}", tally.answers);
    }
}

#[tokio::test]
async fn no_encoded_delimiter_leads_out_of_an_open_place_into_a_closed_one() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).with("routes", OPEN_TABLE).start().await;
    let tally = send_all(&gate, &bng, in_an_open_table, 4_000).await;
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
    for (outcome, least) in [("refused 400", 100), ("refused 403", 100), ("forwarded", 100)] {
        assert!(tally.of(outcome) >= least, "{outcome}: {:?}", tally.answers);
    }
    let with_delimiter = tally.forwarded.iter().filter(|(_, target)| target.contains("%2")).count();
    assert!(with_delimiter >= 5, "{with_delimiter}");
}

#[tokio::test]
async fn what_is_ours_stays_ours_in_every_spelling_that_means_it() {
    let bng = Bng::start().await;
    let gate = Setup::before(bng.address()).start().await;
    for path in ["/api/v1/auth/l%6Fgin", "/%61%70%69/v1/auth/%6c%6F%67%69%6e", "/api/v1/auth/login?x#y"] {
        let login = Ask::login(ADMIN.name, ADMIN.password).to(path);
        assert_eq!(gate.send(login).await.status, 200, "{path}");
    }
    let token = gate.login(&ADMIN).await;
    for path in [
        "/api/v1/auth/LOGIN",
        "/api/v1/auth/login/",
        "/api/v1/auth/login%2F",
        "/api/v1/auth//login",
        "/api/v1/auth/./login",
        "/api/v1/auth/x/../login",
        "/api/v1/auth/login.",
        "/api/v1/auth/login%20",
        "/api/v1/auth/login;x",
        "/api/v1/auth/login%3Bx",
        "/API/v1/auth/me",
        "/Metrics",
        "/metrics/",
    ] {
        let answer = gate.send(Ask::get(path).bearer(&token)).await;
        assert_eq!((answer.status, answer.detail().as_str()), (400, "Ambiguous request path"), "{path}");
        assert!(answer.json()["reason"].is_string(), "{path}");
    }
    assert_eq!(bng.seen(), []);
}
