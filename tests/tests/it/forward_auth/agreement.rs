//! Forward-auth and the gateway are one gate: whatever is asked, by whomever, both give the same answer.

use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, NOBODY, OPERATOR, VIEWER};
use portcullis_tests::gate::Gate;
use portcullis_tests::line::Line;
use portcullis_tests::raw::RawAnswer;
use portcullis_tests::setup::Setup;
use serde_json::Value;

use super::{FAMILIES, Family, VERIFY};

/// Two of them, in turn, are asked about beside GET.
const OTHER_METHODS: [&str; 9] =
    ["HEAD", "DELETE", "POST", "PROPFIND", "PUT", "TRACE", "OPTIONS", "get", "PATCH"];

const PATHS: &[&str] = &[
    "/",
    "/api/v1/subscribers",
    "/api/v1/subscribers/",
    "/api/v1/subscribers?limit=1",
    "/api/v1/subscribers/summary",
    "/api/v1/subscribers/sub-1001",
    "/api/v1/subscribers/sub-1001/rate",
    "/api/v1/subscribers/disconnect-by-interface",
    "/api/v1/system/config",
    "/api/v1/system/config/commit",
    "/api/v1/routing/bgp/peers",
    "/api/v1/webhooks",
    "/api/v1/webhooks/wh-1/x?y=z",
    "/api/v1/%77ebhooks",
    "/api/v1/WEBHOOKS",
    "/api/v1/webhooks;x",
    "/api/v1/webhooks%2Fx",
    "/api/v1/subscribers/..%2fwebhooks",
    "/api/v1/subscribers/%2e%2e/webhooks",
    "/api/v1/subscribers/caf%C3%A9",
    "/api/v1/subscribers/%ff",
    "/api/v1/subscribers/x%00",
    "/api/v1/subscribers#/../webhooks",
    "/api/v1/subscribers?#x",
    "/api/v1//subscribers",
    "/api/v1/subscribers/.",
    "/api/v1/auth/login",
    "/api/v1/auth/me",
    "/api/v1/auth/explain?path=/x",
    "/api/v1/auth/explain?user=admin&path=/x",
    "/api/v1/auth/verify",
    "/api/v1/health",
    "/api/docs",
    "/metrics",
    "/metrics/",
    "/open",
    "/open/secret",
    "/open/data/Gi0%2F0",
    "/open/data/../secret",
    "/devices?realm=pop-syd",
    "/devices?realm=pop-mel",
    "/devices?realm=pop-syd&realm=pop-mel",
    "/devices",
    "/sites/pop-syd/devices",
    "/sites/pop-mel/devices",
    "/trial/x",
    "/calendar",
];

const ROUTES: &str = r#"
- {path: "/open/**", require: public}
- {path: "/open/secret", require: {role: admin}}
- {path: "/open/data/**", require: authenticated, encoded_delimiters: forward}
- {path: "/api/v1/subscribers/**", methods: [GET, POST], require: {role: [admin, operator]}}
- {path: "/devices/**", require: {right: "device:view", realm: {query: realm}}}
- {path: "/sites/{site}/devices", require: {right: "device:view", realm: {path: site}}}
- {path: "/calendar", methods: [PROPFIND], require: authenticated}
- {path: "/trial/**", require: {role: admin}, enforce: false}"#;

/// What became of a request: nothing if it passed, else the status here and whatever the body says of why.
type Outcome = Option<(u16, Value)>;

fn by_the_gate(answer: &RawAnswer, method: &str) -> Outcome {
    // What the HTTP parser itself can't read is an empty 400.
    let unread = answer.status == 400 && answer.field("x-request-id").is_none();
    let refused = unread || answer.field("portcullis-decision").is_some() && !passed_to_verify(answer);
    let status = if matches!(answer.status, 400 | 405) { 403 } else { answer.status };
    refused.then(|| (status, if unread || method == "HEAD" { Value::Null } else { body(answer) }))
}

/// The endpoint that is asked may itself be asked about: then the gate let the request through to it, and what it answers is
/// that this is no question.
fn passed_to_verify(answer: &RawAnswer) -> bool {
    String::from_utf8_lossy(&answer.body).contains("Ambiguous forwarded request")
}

fn by_verify(answer: &RawAnswer, expected: &Outcome) -> Outcome {
    // Where there is nothing to compare the body with, the status is all.
    let is_silent = expected.as_ref().is_some_and(|(_, body)| body.is_null());
    (answer.status != 200).then(|| (answer.status, if is_silent { Value::Null } else { body(answer) }))
}

fn body(answer: &RawAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// A connection that is made anew when the gate has closed it.
struct Connection<'g>(&'g Gate, Option<Line>);

impl Connection<'_> {
    async fn send(&mut self, method: &str, target: &str, fields: &[(&str, String)]) -> RawAnswer {
        let mut line = match self.1.take() {
            Some(line) => line,
            None => Line::tcp(self.0.address()).await,
        };
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let fields = fields.concat();
        line.write(format!("{method} {target} HTTP/1.1\r\nHost: bng.example\r\n{fields}\r\n")).await;
        let answer = line.answer_to(method).await;
        let closes = answer.field("connection").is_some_and(|option| option.eq_ignore_ascii_case("close"));
        self.1 = (!closes).then_some(line);
        answer
    }
}

/// Asks both about every request; what they disagree on, and how many passed and were refused.
async fn compare(setup: Setup) -> (Vec<String>, usize, usize) {
    let bng = Bng::start().await;
    let gate = setup.with("upstream", &format!("http://{}", bng.address()));
    let gate = gate.with("trusted_proxies", "[127.0.0.1]").start().await;
    let mut tokens = vec![None, Some("garbage".to_owned())];
    for person in [NOBODY, VIEWER.but("grants: [{role: viewer, realm: pop-syd}]"), OPERATOR, ADMIN] {
        tokens.push(Some(gate.login(&person).await));
    }
    let mut connection = Connection(&gate, None);
    let (mut wrong, mut passed, mut refused) = (vec![], 0, 0);
    for (index, path) in PATHS.iter().enumerate() {
        let others = OTHER_METHODS.iter().copied().cycle().skip(2 * index).take(2);
        for method in others.chain(["GET"]) {
            for (who, token) in tokens.iter().enumerate() {
                let token = token.iter().map(|token| ("authorization", format!("Bearer {token}")));
                let token: Vec<_> = token.collect();
                let expected = by_the_gate(&connection.send(method, path, &token).await, method);
                let family: Family = FAMILIES[index % FAMILIES.len()];
                let question = [token, family.fields(method, path)].concat();
                let told = by_verify(&connection.send("GET", VERIFY, &question).await, &expected);
                *(if expected.is_none() { &mut passed } else { &mut refused }) += 1;
                if told != expected {
                    wrong.push(format!(
                        "{method} {path} by {who}: verify says {told:?}, the gate {expected:?}"
                    ));
                }
            }
        }
    }
    (wrong, passed, refused)
}

fn viewer_of_one_realm() -> Setup {
    let viewer = VIEWER.but("grants: [{role: viewer, realm: pop-syd}]");
    Setup::new().users(&[ADMIN, OPERATOR, NOBODY, viewer])
}

#[tokio::test]
async fn about_the_bng_s_own_table_they_agree() {
    let (wrong, passed, refused) = compare(viewer_of_one_realm()).await;
    assert!(wrong.is_empty(), "{} of them: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    assert!(passed > 100 && refused > 300, "{passed} passed, {refused} were refused");
}

#[tokio::test]
async fn about_routes_of_the_file_they_agree() {
    let (wrong, passed, refused) = compare(viewer_of_one_realm().with("routes", ROUTES)).await;
    assert!(wrong.is_empty(), "{} of them: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    assert!(passed > 100 && refused > 300, "{passed} passed, {refused} were refused");
}
