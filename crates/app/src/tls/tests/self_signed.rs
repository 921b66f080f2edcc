//! Our own certificate: made at the first start, the same ever after.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tempfile::TempDir;

use super::*;
use crate::tls::fingerprint::fingerprint;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

struct State(TempDir);

impl State {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn dir(&self) -> PathBuf {
        self.0.path().join("state/portcullis")
    }

    fn open(&self) -> Result<Arc<CertificateStore>, TlsError> {
        Tls::SelfSigned { state_dir: self.dir() }.open(NOW).map(Option::unwrap)
    }

    fn fault(&self) -> String {
        self.open().unwrap_err().to_string()
    }
}

#[test]
fn a_certificate_is_made_once_and_found_again() {
    let state = State::new();
    let first = state.open().unwrap().fingerprint();
    assert_eq!(state.open().unwrap().fingerprint(), first);
    assert_ne!(State::new().open().unwrap().fingerprint(), first);
}

#[test]
fn only_the_owner_can_read_the_key_and_nothing_else_is_left_behind() {
    let state = State::new();
    state.open().unwrap();
    assert_eq!(mode(&state.dir().join("self-signed.key")), 0o600);
    assert_eq!(mode(&state.dir()), 0o700);
    assert_eq!(fs::read_dir(state.dir()).unwrap().count(), 2);
}

#[test]
fn the_fingerprint_is_that_of_the_file() {
    let state = State::new();
    let shown = state.open().unwrap().fingerprint();
    let file = CertificateDer::from_pem_file(state.dir().join("self-signed.pem")).unwrap();
    assert_eq!(shown, fingerprint(&file));
}

#[test]
fn what_a_crash_left_half_written_is_no_hindrance() {
    let state = State::new();
    fs::create_dir_all(state.dir()).unwrap();
    fs::write(state.dir().join("self-signed.key.new"), "half a k").unwrap();
    state.open().unwrap();
    assert_eq!(mode(&state.dir().join("self-signed.key")), 0o600);
}

#[test]
fn half_a_pair_is_an_error_that_says_what_to_do() {
    for missing in ["self-signed.pem", "self-signed.key"] {
        let state = State::new();
        state.open().unwrap();
        fs::remove_file(state.dir().join(missing)).unwrap();
        let expected = format!(
            "the self-signed certificate in {} is not usable ({missing} is missing); restore self-signed.pem and \
             self-signed.key, or remove both and a new certificate is made at the next start",
            state.dir().display()
        );
        assert_eq!(state.fault(), expected);
    }
}

#[test]
fn a_mismatched_or_broken_pair_is_an_error_and_stays_as_it_is() {
    let (state, other) = (State::new(), State::new());
    state.open().unwrap();
    other.open().unwrap();
    let key = state.dir().join("self-signed.key");
    fs::copy(other.dir().join("self-signed.key"), &key).unwrap();
    assert!(state.fault().contains("does not belong to"), "{}", state.fault());
    fs::write(&key, "garbage").unwrap();
    assert!(state.fault().contains("holds no private key"), "{}", state.fault());
    assert_eq!(fs::read_to_string(&key).unwrap(), "garbage");
}

#[test]
fn a_key_that_others_can_read_needs_no_new_certificate() {
    let state = State::new();
    state.open().unwrap();
    let key = state.dir().join("self-signed.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let expected = format!(
        "the private key {0} is accessible to everybody (mode 0644); run: chmod o-rwx {0}",
        key.display()
    );
    assert_eq!(state.fault(), expected);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let state_dir = file.path().join("state");
    let fault = Tls::SelfSigned { state_dir: state_dir.clone() }.open(NOW).unwrap_err().to_string();
    assert!(fault.contains(&state_dir.display().to_string()), "{fault}");
    assert!(fault.ends_with(": not a directory"), "{fault}");
}
