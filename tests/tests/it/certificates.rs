//! A certificate that is renewed: shown to whoever comes from then on, while those who are there stay; a bad one is not
//! taken, and the log says why.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use portcullis_tests::ask::Ask;
use portcullis_tests::certificates::{Pair, end, self_signed, self_signed_for_days};
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::line::Line;
use portcullis_tests::setup::Setup;
use serde_json::Value;
use tempfile::TempDir;

const TAKEN: &str = "certificate taken over";

/// A gate with a certificate of the operator's, and two more of his.
struct Site {
    gate: Gate,
    /// The files that the gate reads.
    files: Pair,
    /// What was in them at the start, and what may be put there.
    first: Pair,
    second: Pair,
    folder: TempDir,
}

async fn start() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let first = self_signed(folder.path(), "first");
    let second = self_signed(folder.path(), "second");
    let files = Pair { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    put(&first.certificate, &files.certificate);
    put(&first.key, &files.key);
    let setup = Setup::new().with("tls", "on");
    let setup = setup.with("tls_cert", &files.certificate.display().to_string());
    let gate = setup.with("tls_key", &files.key.display().to_string()).start().await;
    // Once it has heard a hangup, it watches.
    gate.signal(Signal::HUP);
    gate.log().said(TAKEN).await;
    Site { gate, files, first, second, folder }
}

/// Puts a file in the place of another in one step.
fn put(from: &Path, to: &Path) {
    let draft = to.with_extension("draft");
    fs::copy(from, &draft).unwrap();
    fs::rename(draft, to).unwrap();
}

impl Site {
    fn renew(&self, certificate: &Path, key: &Path) {
        put(key, &self.files.key);
        put(certificate, &self.files.certificate);
    }

    /// Waits until a pair is taken for the `number`th time after the start.
    async fn taken(&self, number: usize) -> Value {
        self.gate.log().said_again(TAKEN, number).await
    }

    async fn connect(&self, pair: &Pair) -> std::io::Result<Line> {
        Line::tls(self.gate.address(), &pair.certificate, "http/1.1").await
    }

    async fn shows(&self, pair: &Pair) -> bool {
        match self.connect(pair).await {
            Ok(line) => health(line).await.1 == 200,
            Err(_) => false,
        }
    }
}

async fn health(mut line: Line) -> (Line, u16) {
    let status = line.send(Ask::get("/api/v1/health")).await.status;
    (line, status)
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_within_two_seconds_and_nobody_is_cut_off() {
    let site = start().await;
    let (kept, status) = health(site.connect(&site.first).await.unwrap()).await;
    assert_eq!((status, site.shows(&site.second).await), (200, false));
    let begin = Instant::now();
    site.renew(&site.second.certificate, &site.second.key);
    let event = site.taken(1).await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!((site.shows(&site.second).await, site.shows(&site.first).await), (true, false));
    assert_eq!(event["fingerprint"].as_str().map(str::len), Some(32 * 3 - 1));
    assert_eq!(health(kept).await.1, 200);
}

#[tokio::test]
async fn at_a_hangup_it_is_shown_at_once() {
    let site = start().await;
    let (kept, _) = health(site.connect(&site.first).await.unwrap()).await;
    for (number, pair) in (1..).zip([&site.second, &site.first, &site.second]) {
        site.renew(&pair.certificate, &pair.key);
        site.gate.signal(Signal::HUP);
        site.taken(number).await;
        assert!(site.shows(pair).await, "{number}");
    }
    assert_eq!(health(kept).await.1, 200);
    assert_eq!(site.gate.log().count("configuration taken over"), 4);
}

#[tokio::test]
async fn one_that_is_written_in_two_steps_is_taken_when_it_is_whole() {
    let site = start().await;
    // Between the steps the two don't belong together; whoever looks then keeps what he has.
    put(&site.second.key, &site.files.key);
    let event = site.gate.log().said("the private key ").await;
    assert_eq!(event["level"], "ERROR");
    assert!(event["message"].as_str().unwrap().contains("does not belong to the certificate"), "{event}");
    assert!(site.shows(&site.first).await);
    put(&site.second.certificate, &site.files.certificate);
    site.taken(1).await;
    assert!(site.shows(&site.second).await);
}

#[tokio::test]
async fn a_bad_pair_is_not_taken_and_the_log_says_why() {
    let site = start().await;
    let write = |name: &str, text: &str, mode: u32| {
        let path = site.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    };
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let (first, second) = (&site.first, &site.second);
    let half = read(&second.certificate)[..200].to_owned();
    for (certificate, key, part) in [
        (&second.certificate, &first.key, "does not belong to the certificate"),
        (&write("empty", "", 0o600), &second.key, "is empty"),
        (&write("half", &half, 0o600), &second.key, "is not valid PEM"),
        (&second.key, &second.key, "holds no certificate"),
        (&second.certificate, &second.certificate, "is accessible to everybody (mode 0644)"),
        (&second.certificate, &write("no-key", "no key", 0o600), "holds no private key"),
        (
            &second.certificate,
            &write("open", &read(&second.key), 0o604),
            "is accessible to everybody (mode 0604)",
        ),
    ] {
        site.renew(certificate, key);
        site.gate.signal(Signal::HUP);
        let is_why = |event: &Value| {
            let message = event["message"].as_str().unwrap_or_default();
            message.contains(part) && message.ends_with("; the certificate before stays in force")
        };
        let event = site.gate.log().wait_for(part, is_why, 0).await;
        assert_eq!(event["level"], "ERROR");
        assert!(site.shows(first).await, "{part}");
    }
    assert!(!site.gate.log().text().contains("PRIVATE KEY"));
    assert_eq!(site.gate.log().count(TAKEN), 1);
    // It is none the worse for all that.
    site.renew(&second.certificate, &second.key);
    site.gate.signal(Signal::HUP);
    site.taken(1).await;
    assert!(site.shows(second).await);
}

#[tokio::test]
async fn a_pair_that_is_gone_for_a_while_changes_nothing() {
    let site = start().await;
    fs::remove_file(&site.files.certificate).unwrap();
    fs::remove_file(&site.files.key).unwrap();
    site.gate.signal(Signal::HUP);
    site.gate.log().said("cannot read ").await;
    assert!(site.shows(&site.first).await);
    site.renew(&site.second.certificate, &site.second.key);
    site.taken(1).await;
    assert!(site.shows(&site.second).await);
}

#[tokio::test]
async fn the_metrics_say_when_the_certificate_that_is_shown_now_ends() {
    let site = start().await;
    let told = async |pair: &Pair| {
        let metrics = site.connect(pair).await.unwrap().send(Ask::get("/metrics")).await.text();
        let sample =
            metrics.lines().find_map(|line| line.strip_prefix("portcullis_certificate_expiry_seconds "));
        sample.unwrap_or_else(|| panic!("{metrics}")).parse::<u64>().unwrap()
    };
    assert_eq!(told(&site.first).await, end(&site.first.certificate));
    let longer = self_signed_for_days(site.folder.path(), "longer", 30);
    site.renew(&longer.certificate, &longer.key);
    site.gate.signal(Signal::HUP);
    site.taken(1).await;
    assert_eq!(told(&longer).await, end(&longer.certificate));
}
