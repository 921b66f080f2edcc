//! `portcullis doctor`: what is wrong with an installation, or with a gate as it is seen from outside.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::SystemTime;

use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::cast::{ADMIN, OPERATOR, Person};
use portcullis_tests::certificates::{authority, signed_for};
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::personal_tokens::{in_hours, made};

/// As `openssl rand -base64 48` made it once.
const GOOD_SECRET: &str = "sN0wQ3vJb7yZk1Rm5xTfUeAhLp9cGdXi2oVt8aWnEq6KjSrHBDyFzMu4CgOlP+/I";

/// The first administrator's.
const PASSWORD: &str = "correct-horse-battery";

const DEFAULT: Person = Person {
    name: "admin",
    password: "changeme",
    hash: "$2b$12$5u2qWSu8T8.Y6Epvg.AgsetWG7hIrx7V8d.stkKXNPmQth9JQhdma",
    rest: "role: admin",
};

/// Nothing is left to be said of it but that there is one administrator, and that its certificate is its own.
fn good() -> Setup {
    let routes = "[{path: '/api/v1/devices/**', methods: [GET], require: {right: 'device:view'}}]";
    Setup::new()
        .in_database()
        .tls()
        .environment("ABNG_API_SECRET", GOOD_SECRET)
        .with("token", "{ttl: 1h, algorithm: EdDSA}")
        .with("metrics", "authenticated")
        .with("docs", "off")
        .with("routes", routes)
}

fn doctor(file: &Path, more: &[&str]) -> Ended {
    let arguments = [&["doctor", "--config", file.to_str().unwrap()], more].concat();
    Portcullis::with(&arguments).environment("ABNG_API_SECRET", GOOD_SECRET).run()
}

fn seen_from_outside(place: &str, more: &[&str]) -> Ended {
    Portcullis::with(&[&["doctor", "--url", place, "--json"], more].concat()).run()
}

/// The codes of what was found, of one weight or of any.
fn codes(ended: &Ended, weight: Option<&str>) -> Vec<String> {
    let findings = ended.json()["findings"].as_array().unwrap().clone();
    let counts = |finding: &&Value| weight.is_none_or(|weight| finding["weight"] == weight);
    findings.iter().filter(counts).map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// Every file of a folder, with its length, its mode and when it was written.
fn files(folder: &Path) -> Vec<(String, u64, u32, SystemTime)> {
    let mut all = vec![];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            all.extend(files(&entry.path()));
        }
        let name = entry.path().display().to_string();
        // What a database's readers and writers share is the memory of those who have it open.
        if !name.ends_with("-shm") {
            all.push((name, metadata.len(), metadata.permissions().mode(), metadata.modified().unwrap()));
        }
    }
    all.sort();
    all
}

fn first_admin(file: &Path) {
    let arguments =
        ["user", "add", "boss", "--first-admin", "--password-stdin", "--config", file.to_str().unwrap()];
    let added = Portcullis::with(&arguments).input(PASSWORD).run();
    assert_eq!(added.status, 0, "{added:?}");
}

#[tokio::test]
async fn a_good_installation_has_nothing_but_notes_and_is_left_as_it_was() {
    let mut gate = good().start().await;
    first_admin(&gate.file());
    let folder = gate.file().parent().unwrap().to_owned();
    for is_running in [true, false] {
        if !is_running {
            gate.signal(Signal::TERM);
            gate.ended().await;
        }
        let before = files(&folder);
        let ended = doctor(&gate.file(), &["--json"]);
        assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{is_running} {ended:?}");
        assert_eq!(codes(&ended, None), ["certificate-self-signed", "one-admin"], "{ended:?}");
        assert_eq!(files(&folder), before, "running: {is_running}");
        let made: Vec<_> =
            fs::read_dir(gate.state_dir()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let has_log = made.iter().any(|name| name.to_string_lossy().ends_with("-shm"));
        assert_eq!(has_log, is_running, "{made:?}");
    }
}

#[test]
fn an_installation_that_never_ran_is_looked_at_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, Setup::new().users(&[DEFAULT]).with("throttle", "{per_user: 1000}").text(folder.path()))
        .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = doctor(&file, &["--json"]);
    assert_eq!((ended.status, ended.error.as_str()), (1, ""), "{ended:?}");
    assert_eq!(codes(&ended, Some("serious")), ["default-password"]);
    assert_eq!(codes(&ended, Some("warning")), ["configuration-readable", "throttle-weak"]);
    assert_eq!(ended.json()["serious"], 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let skipped = doctor(&file, &["--json", "--skip-passwords"]);
    assert_eq!(codes(&skipped, Some("serious")), [""; 0]);
}

#[test]
fn people_read_each_finding_with_its_reason_and_what_mends_it_the_heaviest_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, Setup::new().users(&[DEFAULT, OPERATOR]).text(folder.path())).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = doctor(&file, &[]);
    let mut lines = ended.output.lines();
    assert_eq!(
        lines.next(),
        Some("serious  default-password: the password of admin is a default one"),
        "{ended:?}"
    );
    assert_eq!(lines.next(), Some("         why   Everybody who has read the manual knows it."));
    assert!(lines.next().unwrap().starts_with("         mend  in "));
    assert!(!ended.output.contains("changeme"));
    assert_eq!(ended.output.lines().last(), Some("1 serious, 2 warnings, 1 note"), "{ended:?}");
}

#[test]
fn a_database_that_can_t_be_read_is_said_and_not_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, good().text(folder.path())).unwrap();
    fs::create_dir(folder.path().join("state")).unwrap();
    fs::set_permissions(folder.path().join("state"), fs::Permissions::from_mode(0o700)).unwrap();
    for content in [None, Some("no database")] {
        if let Some(content) = content {
            fs::write(folder.path().join("state/users.db"), content).unwrap();
        }
        let ended = doctor(&file, &["--json"]);
        assert!(codes(&ended, Some("note")).contains(&"not-checked".to_owned()), "{ended:?}");
        assert!(!codes(&ended, None).contains(&"no-admin".to_owned()), "{ended:?}");
    }
}

#[test]
fn operations_of_the_upstream_are_led_through_the_routes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    let routes = "[{path: '/api/v1/a', require: authenticated}, {path: '/api/v1/b', methods: [GET], require: {role: admin}}]";
    fs::write(&file, Setup::new().users(&[ADMIN]).with("routes", routes).text(folder.path())).unwrap();
    let json = r#"{"swagger": "2.0", "basePath": "/api/v1", "paths": {"/a": {"get": {}, "put": {}}, "/c": {"get": {}}}}"#;
    let yaml = "openapi: 3.1.0\nservers: [{url: 'https://bng.example/api/v1'}]\npaths:\n  /a: {get: {}, put: {}}\n  /c: {get: {}}\n";
    for (name, text) in [("api.json", json), ("api.yaml", yaml)] {
        let api = folder.path().join(name);
        fs::write(&api, text).unwrap();
        let ended = doctor(&file, &["--json", "--openapi", api.to_str().unwrap()]);
        let found = ended.json()["findings"].as_array().unwrap().clone();
        let title = |code: &str| {
            let of_code: Vec<_> = found.iter().filter(|finding| finding["code"] == code).collect();
            assert_eq!(of_code.len(), 1, "{code}: {ended:?}");
            of_code[0]["title"].as_str().unwrap().to_owned()
        };
        assert_eq!(title("operation-uncovered"), "no route covers GET /api/v1/c");
        assert!(title("operation-open-to-readers").starts_with("PUT /api/v1/a changes something"));
        assert_eq!(title("route-without-operation"), "the route GET /api/v1/b is for no operation");
    }
    let missing = doctor(&file, &["--openapi", "/nowhere/api.json"]);
    assert_eq!((missing.status, missing.output.as_str()), (2, ""));
}

#[tokio::test]
async fn clients_of_the_database_and_personal_tokens_are_looked_at_too() {
    let gate = good().start().await;
    first_admin(&gate.file());
    let file = gate.file();
    let client = ["client", "add", "robot", "--role", "viewer", "--config", file.to_str().unwrap()];
    assert_eq!(Portcullis::with(&client).run().status, 0);
    let boss = Person { name: "boss", password: PASSWORD, ..ADMIN };
    let token = gate.login(&boss).await;
    made(&gate, &token, &json!({ "name": "short", "expires_at": in_hours(89 * 24) })).await;
    let found = doctor(&file, &["--json", "--skip-passwords"]);
    assert_eq!(codes(&found, Some("warning")), ["client-from-anywhere"], "{found:?}");
    made(&gate, &token, &json!({ "name": "long", "expires_at": in_hours(91 * 24) })).await;
    let found = doctor(&file, &["--json", "--skip-passwords"]);
    assert_eq!(codes(&found, Some("warning")), ["client-from-anywhere", "personal-token-long"], "{found:?}");
    assert!(found.output.contains("the personal token `long` of boss"), "{found:?}");
}

fn https(gate: &Gate) -> String {
    format!("https://{}", gate.address())
}

#[tokio::test]
async fn of_a_good_gate_nothing_but_notes_is_seen_from_outside() {
    let gate = good().start().await;
    let certificate = gate.state_dir().join("self-signed.pem");
    let trusting = seen_from_outside(&https(&gate), &["--ca", certificate.to_str().unwrap()]);
    assert_eq!((trusting.status, trusting.error.as_str()), (0, ""), "{trusting:?}");
    assert!(codes(&trusting, None).contains(&"certificate-self-signed".to_owned()), "{trusting:?}");
    assert!(!codes(&trusting, None).contains(&"not-checked".to_owned()), "{trusting:?}");
    let anybody = seen_from_outside(&https(&gate), &["--insecure"]);
    assert_eq!(anybody.status, 0, "{anybody:?}");
}

#[tokio::test]
async fn what_a_gate_shows_to_anybody_is_seen_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority(folder.path(), "root");
    let pair = signed_for(folder.path(), "gate", "DNS:other.example", &root);
    let gate = Setup::new()
        .tls()
        .with("tls_cert", pair.certificate.to_str().unwrap())
        .with("tls_key", pair.key.to_str().unwrap())
        .start()
        .await;
    let ca = ["--ca", root.certificate.to_str().unwrap()];
    let trusting = seen_from_outside(&https(&gate), &ca);
    assert_eq!(trusting.status, 1, "{trusting:?}");
    let expected = ["certificate-ends-soon", "certificate-name", "metrics-public"];
    assert_eq!(codes(&trusting, Some("warning")), expected, "{trusting:?}");
    assert_eq!(codes(&trusting, Some("serious")), [""; 0]);
    assert!(codes(&trusting, Some("note")).contains(&"docs-public".to_owned()));

    let other = authority(folder.path(), "other");
    let doubting = seen_from_outside(&https(&gate), &["--ca", other.certificate.to_str().unwrap()]);
    assert_eq!(codes(&doubting, Some("serious")), ["certificate-untrusted"], "{doubting:?}");
}

#[tokio::test]
async fn a_server_that_answers_everybody_is_no_gate() {
    let open = Canned::answering(
        OK.replace("\r\n\r\n", "\r\nServer: httpd/2.4.1\r\nAccess-Control-Allow-Origin: *\r\n\r\n"),
    )
    .await;
    let place = format!("http://{}", open.address());
    let ended = tokio::task::spawn_blocking(move || seen_from_outside(&place, &[])).await.unwrap();
    assert_eq!(ended.status, 1, "{ended:?}");
    assert_eq!(codes(&ended, Some("serious")), ["open-without-token"; 4], "{ended:?}");
    assert_eq!(codes(&ended, Some("warning")), ["cors-anybody", "trace-answered"], "{ended:?}");
    let notes = codes(&ended, Some("note"));
    assert!(
        ["server-banner", "header-missing"].iter().all(|code| notes.iter().any(|note| note == code)),
        "{notes:?}"
    );
    let asked = open.received().concat().to_ascii_lowercase();
    assert!(!asked.contains("authorization") && !asked.contains("post "), "{asked}");
}

#[test]
fn nobody_there_is_a_finding() {
    // A port that nobody else gets meanwhile, and nobody listens at.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = socket.local_addr().unwrap();
    let ended = seen_from_outside(&format!("https://{free}"), &["--insecure"]);
    assert_eq!((ended.status, codes(&ended, None)), (1, vec!["unreachable".to_owned()]), "{ended:?}");
}

#[test]
fn wrong_use_is_status_2() {
    for arguments in [
        &["doctor"][..],
        &["doctor", "--config", "bng.yaml", "--url", "https://gate"],
        &["doctor", "--url", "gate"],
        &["doctor", "--url", "https://gate/api"],
        &["doctor", "--url", "https://gate", "--openapi", "api.json"],
        &["doctor", "--url", "https://gate", "--ca", "a.pem", "--insecure"],
        &["doctor", "--url", "https://gate", "--ca", "/nowhere/a.pem"],
        &["doctor", "--config", "/nowhere/bng.yaml"],
        &["doctor", "--config", "bng.yaml", "--insecure"],
    ] {
        let ended = Portcullis::with(arguments).run();
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}: {ended:?}");
    }
}
