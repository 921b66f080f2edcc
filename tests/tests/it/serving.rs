//! How a gate begins and ends: what it refuses to begin with, what it leaves behind, and how it takes its leave.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::{ADMIN, EVERYBODY, OPERATOR};
use portcullis_tests::client::Protocol;
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::gate::{Signal, TAKEN_OVER, refused};
use portcullis_tests::patience::{PATIENCE, until, until_told};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::SECRET;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// `serve` with this configuration, which is to end by itself.
fn served(setup: &Setup) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    served_in(folder.path(), setup)
}

fn served_in(folder: &Path, setup: &Setup) -> Ended {
    let file = folder.join("bng.yaml");
    fs::write(&file, setup.text(folder)).unwrap();
    let command = Portcullis::with(&["serve", "--config", file.to_str().unwrap()]).within(folder);
    command.environment("ABNG_API_SECRET", SECRET).run()
}

/// A certificate and its key, as a first start makes them.
async fn pair() -> (TempDir, String, String) {
    let gate = Setup::new().tls().start().await;
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::copy(gate.state_dir().join("self-signed.pem"), &certificate).unwrap();
    fs::copy(gate.state_dir().join("self-signed.key"), &key).unwrap();
    (folder, certificate.display().to_string(), key.display().to_string())
}

fn assert_one_line(ended: &Ended, status: i32, part: &str) {
    assert_eq!(ended.status, status, "{ended:?}");
    let lines: Vec<_> = ended.error.lines().filter(|line| line.starts_with("portcullis: ")).collect();
    assert!(lines.len() == 1 && lines[0].contains(part), "{part}: {ended:?}");
    assert!(ended.output.is_empty() && !ended.error.contains("panicked"), "{ended:?}");
}

#[tokio::test]
async fn a_file_that_does_not_say_enabled_is_not_served() {
    let ended = served(&Setup::new().with("enabled", "false"));
    assert_eq!((ended.status, ended.output.as_str()), (0, ""), "{ended:?}");
    assert!(ended.error.contains("`api.enabled` is not true"), "{ended:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    for text in ["", "subscribers: {}\n", "api:\n", "api: {listen: 127.0.0.1}\n"] {
        fs::write(&file, text).unwrap();
        let ended =
            Portcullis::with(&["serve", "--config", file.to_str().unwrap()]).within(folder.path()).run();
        assert_eq!(ended.status, 0, "{text:?}: {ended:?}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_one_line_and_status_1() {
    let gate = Setup::new().start().await;
    let port = gate.address().port().to_string();
    let ended = served(&Setup::new().with("port", &port));
    assert_one_line(&ended, 1, &format!("cannot listen on 127.0.0.1:{port}: address already in use"));
}

#[tokio::test]
async fn a_short_secret_is_refused_with_the_way_to_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, Setup::new().text(folder.path())).unwrap();
    for command in ["serve", "check"] {
        for (name, secret) in [
            ("ABNG_API_SECRET", ""),
            ("ABNG_API_SECRET", "hunter2"),
            ("ABNG_API_SECRET", "31 bytes are one byte too few.."),
            ("ABNG_API_SECRET_FILE", "/nowhere/secret"),
        ] {
            let ended = Portcullis::with(&[command, "--config", file.to_str().unwrap()])
                .environment(name, secret)
                .run();
            assert_eq!(ended.status, 2, "{command} {secret}: {ended:?}");
            let is_told =
                ended.error.contains("openssl rand -base64 48") || ended.error.contains("can't be read");
            assert!(is_told && ended.error.contains(name), "{command} {secret}: {ended:?}");
            assert!(
                secret.is_empty() || secret.starts_with('/') || !ended.error.contains(secret),
                "{ended:?}"
            );
        }
        let both = Portcullis::with(&[command, "--config", file.to_str().unwrap()])
            .environment("ABNG_API_SECRET", SECRET)
            .environment("ABNG_API_SECRET_FILE", "/nowhere/secret")
            .run();
        assert!(both.status == 2 && both.error.contains("both set"), "{command}: {both:?}");
    }
}

#[tokio::test]
async fn plain_http_is_for_this_machine_unless_somebody_says_otherwise() {
    for listen in ["0.0.0.0", "'::'", "[127.0.0.1, 0.0.0.0]"] {
        let ended = served(&Setup::new().with("listen", listen));
        assert_eq!(ended.status, 2, "{listen}: {ended:?}");
        assert!(
            ended.error.contains("allow_plaintext: true") && ended.error.contains("bng.yaml:"),
            "{ended:?}"
        );
    }
    let gate = Setup::new().with("listen", "0.0.0.0").with("allow_plaintext", "true").start().await;
    assert_eq!(gate.log().count("TLS is off"), 1);
}

#[tokio::test]
async fn keys_and_certificates_that_can_t_be_used_are_one_line_and_status_2() {
    let (folder, certificate, key) = pair().await;
    let (_other, other_certificate, _) = pair().await;
    let empty = folder.path().join("empty.pem").display().to_string();
    fs::write(&empty, "").unwrap();
    let with =
        |certificate: &str, key: &str| Setup::new().tls().with("tls_cert", certificate).with("tls_key", key);
    for (setup, part) in [
        (with("/nowhere/cert.pem", &key), "/nowhere/cert.pem"),
        (with(&certificate, "/nowhere/key.pem"), "/nowhere/key.pem"),
        (with(&empty, &key), "empty.pem"),
        (with(&key, &key), "key.pem"),
        (with(&certificate, &certificate), "cert.pem"),
        (with(&other_certificate, &key), "does not belong to the certificate"),
    ] {
        assert_one_line(&served(&setup), 2, part);
    }
    fs::set_permissions(&key, Permissions::from_mode(0o604)).unwrap();
    assert_one_line(&served(&with(&certificate, &key)), 2, "accessible to everybody (mode 0604)");
}

#[tokio::test]
async fn a_certificate_of_the_operator_s_is_the_one_that_is_shown() {
    let (_folder, certificate, key) = pair().await;
    let gate =
        Setup::new().with("tls", "on").with("tls_cert", &certificate).with("tls_key", &key).start().await;
    let event = gate.log().said("certificate SHA-256 fingerprint ").await;
    assert_eq!(event["fingerprint"].as_str().unwrap(), fingerprint(Path::new(&certificate)));
    assert!(!gate.state_dir().join("self-signed.pem").exists());
}

fn fingerprint(file: &Path) -> String {
    let certificate = CertificateDer::from_pem_file(file).unwrap();
    let pairs: Vec<_> = Sha256::digest(&certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[tokio::test]
async fn a_first_start_makes_a_certificate_that_is_kept_and_whose_fingerprint_is_told() {
    let gate = Setup::new().tls().start().await;
    let told =
        gate.log().said("certificate SHA-256 fingerprint ").await["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(told, fingerprint(&gate.state_dir().join("self-signed.pem")));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&gate.state_dir().join("self-signed.key")), 0o600);
    assert_eq!(mode(&gate.state_dir()), 0o700);
    let gate = gate.restart().await;
    assert_eq!(gate.log().said("certificate SHA-256 fingerprint ").await["fingerprint"], told.as_str());
}

#[tokio::test]
async fn an_environment_variable_overrides_the_file_and_one_that_is_none_is_told() {
    let setup = Setup::new().with("token", "{ttl: 1h}").environment("PORTCULLIS_TOKEN__TTL", "90s");
    let gate = setup.environment("PORTCULLIS_TOKEN_TTL", "30s").start().await;
    let answer = gate.send(Ask::login(ADMIN.name, ADMIN.password)).await;
    assert_eq!(answer.json()["expires_in"], 90);
    assert_eq!(gate.log().count("PORTCULLIS_TOKEN_TTL is not known and is ignored"), 1);
}

/// A service manager's socket, and the setup of a gate that tells it how it is.
fn notifying() -> (Setup, UnixDatagram, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    (Setup::new().environment("NOTIFY_SOCKET", path.to_str().unwrap()), socket, folder)
}

fn told(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 256];
    let length = socket.recv(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
}

#[tokio::test]
async fn the_service_manager_is_told_when_the_gate_is_ready_and_when_it_stops() {
    let (setup, socket, _folder) = notifying();
    let mut gate = setup.start().await;
    assert_eq!(told(&socket), "READY=1");
    assert_eq!(gate.send(Ask::get("/api/v1/health")).await.status, 200);
    gate.signal(Signal::TERM);
    assert_eq!(told(&socket), "STOPPING=1");
    assert_eq!(gate.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_gate_that_is_switched_off_has_not_failed_for_the_service_manager() {
    let (setup, socket, _folder) = notifying();
    assert_eq!(refused(&setup.with("enabled", "false")).await.0, Some(0));
    assert_eq!(told(&socket), "READY=1\nSTOPPING=1");
}

#[tokio::test]
async fn a_hangup_is_heard_from_the_very_moment_on_which_the_gate_is_ready() {
    // Who is not listening for it yet is ended by it; that is a matter of microseconds, hence so many times.
    for _ in 0..16 {
        let (setup, socket, _folder) = notifying();
        let gate = setup.start().await;
        assert_eq!(told(&socket), "READY=1");
        gate.signal(Signal::HUP);
        gate.log().said(TAKEN_OVER).await;
    }
}

#[tokio::test]
async fn who_is_asked_to_stop_finishes_what_he_has_begun_and_begins_nothing_new() {
    for (signal, protocol) in
        [(Signal::TERM, Protocol::Http1), (Signal::INT, Protocol::Http1), (Signal::TERM, Protocol::Http2)]
    {
        let bng = Bng::start().await;
        let setup = Setup::before(bng.address());
        let mut gate = if protocol == Protocol::Http2 { setup.tls() } else { setup }.start().await;
        let mut client = gate.client(protocol);
        let token = gate.login(&ADMIN).await;
        let slow = tokio::spawn(async move { client.send(Ask::get("/__slow?ms=1500").bearer(&token)).await });
        until("waiting for the slow request", || !bng.seen().is_empty()).await;
        gate.signal(signal);
        gate.log().said("stopping: requests in flight may finish").await;
        until_told("the port to close", async || TcpStream::connect(gate.address()).await.is_err()).await;
        assert!(!slow.is_finished(), "{signal:?}");
        let answer = slow.await.unwrap();
        assert_eq!((answer.status, answer.json()["waited_ms"].as_u64()), (200, Some(1500)), "{signal:?}");
        assert_eq!(gate.ended().await.code(), Some(0), "{signal:?} {protocol:?}");
        assert_eq!(gate.log().count("stopped"), 1, "{signal:?}: {}", gate.log().text());
    }
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_keeps_nobody_from_stopping() {
    let mut gate = Setup::new().start().await;
    let mut idle = gate.wire().await;
    let mut used = gate.wire().await;
    used.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(used.answer().await.map(|answer| answer.status), Some(200));
    gate.signal(Signal::TERM);
    assert!(used.rest().await.is_empty() && idle.rest().await.is_empty());
    assert_eq!(gate.ended().await.code(), Some(0));
}

#[tokio::test]
async fn without_users_there_is_a_warning_and_nobody_logs_in() {
    let gate = Setup::new().users(&[]).start().await;
    assert_eq!(gate.log().count("there are no `users`"), 1);
    for person in EVERYBODY {
        assert_eq!(gate.send(Ask::login(person.name, person.password)).await.status, 401);
    }
    let other = Setup::new().start().await;
    let token = other.login(&OPERATOR).await;
    assert_eq!(gate.send(Ask::get("/api/v1/auth/me").bearer(&token)).await.status, 401);
}
