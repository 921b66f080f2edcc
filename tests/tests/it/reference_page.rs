//! The lines of the BNG's own page on authentication, run as they stand there but for the port.

use std::process::Command;

use portcullis_tests::bng::Bng;
use portcullis_tests::cast::Person;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::with_claims;
use serde_json::{Value, json};

/// The page's own admin and operator.
const USERS: [Person; 2] = [
    Person {
        name: "admin",
        password: "changeme",
        hash: "$2b$12$5u2qWSu8T8.Y6Epvg.AgsetWG7hIrx7V8d.stkKXNPmQth9JQhdma",
        rest: "role: admin",
    },
    Person {
        name: "operator",
        password: "operator's password",
        hash: "$2b$04$2WwcNn7C1KOYPpVxJ2UoJORrYsMcAIXdUcNePOTPhsOFlRjmD7kN.",
        rest: "role: operator",
    },
];

const LOGIN: &str = r#"curl -sk -X POST https://localhost:8443/api/v1/auth/login \
-H "Content-Type: application/json" \
-d '{"username": "admin", "password": "changeme"}'"#;

const SUBSCRIBERS: &str = r#"curl -sk -H "Authorization: Bearer $TOKEN" \
https://localhost:8443/api/v1/subscribers"#;

/// Of the scripted usage, what stands before the pipe.
const SCRIPTED_LOGIN: &str = r#"curl -sk -X POST https://localhost:8443/api/v1/auth/login \
-H "Content-Type: application/json" \
-d '{"username":"admin","password":"changeme"}'"#;

const SUMMARY: &str = r#"curl -sk -H "Authorization: Bearer $TOKEN" \
https://localhost:8443/api/v1/subscribers/summary"#;

async fn start() -> (Gate, Bng) {
    let bng = Bng::start().await;
    (Setup::before(bng.address()).users(&USERS).tls().start().await, bng)
}

/// What a line prints, and the last head of the answer.
struct Printed {
    body: Value,
    head: String,
}

/// Runs a line of the page in a shell that knows the token, away from the threads that serve the BNG.
async fn run(gate: &Gate, line: &str, token: &str) -> Printed {
    let heads = gate.file().with_file_name("heads");
    let line = line.replace(":8443", &format!(":{}", gate.address().port()));
    let line = line.replacen("curl ", &format!("curl --max-time 20 --dump-header '{}' ", heads.display()), 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).env("TOKEN", token).env_remove("https_proxy").env_remove("HTTPS_PROXY");
    let output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let body = serde_json::from_slice(&output.stdout);
    let body =
        body.unwrap_or_else(|error| panic!("{line}: {error}: {}", String::from_utf8_lossy(&output.stdout)));
    Printed { body, head: std::fs::read_to_string(heads).unwrap().to_lowercase() }
}

impl Printed {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn token(&self) -> String {
        self.body["access_token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn getting_a_token_answers_as_the_page_says() {
    let (gate, _bng) = start().await;
    for line in [LOGIN, SCRIPTED_LOGIN] {
        let login = run(&gate, line, "").await;
        assert_eq!(login.status(), "200");
        assert!(login.token().starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
        assert_eq!(login.body["token_type"], "bearer");
    }
}

#[tokio::test]
async fn the_token_opens_what_the_page_says() {
    let (gate, bng) = start().await;
    let token = run(&gate, SCRIPTED_LOGIN, "").await.token();
    for line in [SUBSCRIBERS, SUMMARY] {
        let answer = run(&gate, line, &token).await;
        assert_eq!((answer.status(), &answer.body["status"]), ("200", &json!("ok")));
        assert!(!answer.body["data"].is_null());
    }
    let targets: Vec<_> = bng.seen().into_iter().map(|(_, target)| target).collect();
    assert_eq!(targets, ["/api/v1/subscribers", "/api/v1/subscribers/summary"]);
}

#[tokio::test]
async fn everything_but_health_and_metrics_needs_a_token() {
    let (gate, _bng) = start().await;
    let health = run(&gate, "curl -sk https://localhost:8443/api/v1/health", "").await;
    assert_eq!((health.status(), &health.body["status"]), ("200", &json!("ok")));
    let metrics =
        "printf '\"%s\"' \"$(curl -sk -o /dev/null -w '%{http_code}' https://localhost:8443/metrics)\"";
    assert_eq!(run(&gate, metrics, "").await.body, "200");
}

#[tokio::test]
async fn a_401_has_the_page_s_words_for_each_of_its_causes() {
    let (gate, _bng) = start().await;
    let good = run(&gate, LOGIN, "").await.token();
    let expired = with_claims(&good, |claims| claims["exp"] = claims["iat"].clone());
    let of_another_secret =
        Setup::new().users(&USERS).environment("ABNG_API_SECRET", &"x".repeat(32)).tls().start().await;
    let of_another_secret = run(&of_another_secret, LOGIN, "").await.token();
    let missing = "curl -sk https://localhost:8443/api/v1/subscribers";
    for (line, token, challenge) in [
        (missing, "", "bearer"),
        (SUBSCRIBERS, "", "bearer"),
        (SUBSCRIBERS, "malformed", "bearer error=\"invalid_token\""),
        (SUBSCRIBERS, &expired, "bearer error=\"invalid_token\""),
        (SUBSCRIBERS, &of_another_secret, "bearer error=\"invalid_token\""),
    ] {
        let answer = run(&gate, line, token).await;
        assert_eq!(
            (answer.status(), &answer.body["detail"]),
            ("401", &json!("Could not validate credentials")),
            "{token}"
        );
        assert!(answer.head.contains(&format!("\r\nwww-authenticate: {challenge}\r\n")), "{}", answer.head);
    }
}

#[tokio::test]
async fn a_403_has_the_page_s_words() {
    let (gate, bng) = start().await;
    let login = LOGIN.replace("\"admin\"", "\"operator\"").replace("changeme", r"operator'\''s password");
    let token = run(&gate, &login, "").await.token();
    assert_eq!(run(&gate, SUMMARY, &token).await.status(), "200");
    let disconnect = SUBSCRIBERS.replace("-sk ", "-sk -X DELETE ") + "/sub-1001";
    let answer = run(&gate, &disconnect, &token).await;
    assert_eq!((answer.status(), &answer.body["detail"]), ("403", &json!("Admin role required")));
    assert_eq!(bng.seen().len(), 1);
}

#[tokio::test]
async fn a_bad_login_has_one_answer() {
    let (gate, _bng) = start().await;
    for line in [LOGIN.replace("changeme", "wrong"), LOGIN.replace("admin", "stranger")] {
        let answer = run(&gate, &line, "").await;
        assert_eq!(
            (answer.status(), &answer.body["detail"]),
            ("401", &json!("Incorrect username or password"))
        );
        assert!(answer.head.contains("\r\nwww-authenticate: bearer\r\n"), "{}", answer.head);
    }
}

#[tokio::test]
async fn curl_is_served_with_every_protocol_that_is_promised_and_no_older_one() {
    let (gate, _bng) = start().await;
    let certificate = gate.state_dir().join("self-signed.pem");
    let health = "https://localhost:8443/api/v1/health";
    for (options, version) in [
        ("--tlsv1.3 --http2", "http/2 200"),
        ("--tlsv1.2 --tls-max 1.2 --http2", "http/2 200"),
        ("--tlsv1.3 --http1.1", "http/1.1 200 ok"),
        ("--tlsv1.2 --tls-max 1.2 --no-alpn", "http/1.1 200 ok"),
    ] {
        // With the certificate trusted, and so with its name checked, in place of `-k`.
        let line = format!("curl -s --cacert '{}' {options} {health}", certificate.display());
        let answer = run(&gate, &line, "").await;
        assert!(answer.head.starts_with(version), "{options}: {}", answer.head);
    }
    let old = "--tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0";
    let old = format!("printf '%s' \"$(curl -sk {old} {health} >/dev/null; echo $?)\"");
    assert_eq!(run(&gate, &old, "").await.body, 35, "a handshake that failed");
}
