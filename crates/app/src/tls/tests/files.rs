//! The operator's certificate: what is wrong with it is said in one line, and a good one can take its place.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use tempfile::TempDir;

use super::*;

struct Pair(TempDir);

impl Pair {
    fn new() -> Self {
        let pair = Self(TempDir::new().unwrap());
        pair.renew(&ecdsa());
        pair
    }

    fn of(key: &KeyPair) -> Self {
        let pair = Self(TempDir::new().unwrap());
        pair.renew(key);
        pair
    }

    /// Puts another certificate and its key in the place of the old ones.
    fn renew(&self, key: &KeyPair) {
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(key).unwrap();
        self.write_certificate(&certificate.pem());
        self.write_key(&key.serialize_pem());
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    fn write_certificate(&self, text: &str) {
        fs::write(self.certificate(), text).unwrap();
    }

    fn write_key(&self, text: &str) {
        fs::write(self.key(), text).unwrap();
        fs::set_permissions(self.key(), Permissions::from_mode(0o640)).unwrap();
    }

    fn open(&self) -> Result<Arc<CertificateStore>, TlsError> {
        let tls = Tls::Files { certificate: self.certificate(), key: self.key() };
        tls.open(NOW).map(Option::unwrap)
    }

    fn fault(&self) -> TlsError {
        self.open().unwrap_err()
    }
}

fn ecdsa() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

/// The key inside a PKCS#8 envelope (RFC 5958 2): version, algorithm, then an octet string with what PKCS#1 or SEC1
/// know.
fn without_envelope(pkcs_8: &[u8]) -> &[u8] {
    let envelope = contents(pkcs_8).0;
    let after_version = contents(envelope).1;
    let after_algorithm = contents(after_version).1;
    contents(after_algorithm).0
}

/// The contents of the first DER element, and what comes after it.
fn contents(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, start) = match der[1] {
        0x81 => (usize::from(der[2]), 3),
        0x82 => (usize::from(u16::from_be_bytes([der[2], der[3]])), 4),
        short => (usize::from(short), 2),
    };
    der[start..].split_at(length)
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

#[test]
fn keys_are_read_in_all_three_notations() {
    let ecdsa = ecdsa();
    let pair = Pair::of(&ecdsa);
    pair.open().unwrap();
    pair.write_key(&pem("EC PRIVATE KEY", without_envelope(ecdsa.serialized_der())));
    pair.open().unwrap();

    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let pair = Pair::of(&rsa);
    pair.write_key(&pem("RSA PRIVATE KEY", without_envelope(rsa.serialized_der())));
    pair.open().unwrap();
}

#[test]
fn a_missing_file_is_named() {
    let pair = Pair::new();
    fs::remove_file(pair.key()).unwrap();
    let expected = format!("cannot read {}: no such file or directory", pair.key().display());
    assert_eq!(pair.fault().to_string(), expected);
    fs::remove_file(pair.certificate()).unwrap();
    let expected = format!("cannot read {}: no such file or directory", pair.certificate().display());
    assert_eq!(pair.fault().to_string(), expected);
}

#[test]
fn an_empty_file_is_named() {
    let pair = Pair::new();
    pair.write_key("");
    assert_eq!(pair.fault(), TlsError::Empty { path: pair.key() });
    pair.write_certificate("");
    assert_eq!(pair.fault(), TlsError::Empty { path: pair.certificate() });
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let pair = Pair::new();
    pair.write_key(&ecdsa().serialize_pem());
    assert_eq!(pair.fault(), TlsError::Mismatch { certificate: pair.certificate(), key: pair.key() });
}

#[test]
fn a_key_with_any_permission_for_everybody_is_refused() {
    let pair = Pair::new();
    for mode in [0o604, 0o602, 0o601] {
        fs::set_permissions(pair.key(), Permissions::from_mode(mode)).unwrap();
        assert_eq!(pair.fault(), TlsError::ExposedKey { path: pair.key(), mode });
    }
    fs::set_permissions(pair.key(), Permissions::from_mode(0o440)).unwrap();
    pair.open().unwrap();
}

#[test]
fn garbage_is_refused_whatever_kind_it_is_of() {
    let pair = Pair::new();
    let good = fs::read_to_string(pair.key()).unwrap();
    pair.write_key("no key at all");
    assert_eq!(pair.fault(), TlsError::NoKey { path: pair.key() });
    pair.write_key(&pem("ENCRYPTED PRIVATE KEY", b"secret"));
    assert_eq!(pair.fault(), TlsError::EncryptedKey { path: pair.key() });
    pair.write_key("-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n");
    assert_eq!(pair.fault(), TlsError::NotPem { path: pair.key() });
    pair.write_key(&pem("PRIVATE KEY", b"no DER"));
    assert_eq!(pair.fault(), TlsError::UnusableKey { path: pair.key() });
    pair.write_key(&good);
    pair.write_certificate(&good);
    assert_eq!(pair.fault(), TlsError::NoCertificate { path: pair.certificate() });
    pair.write_certificate(&pem("CERTIFICATE", b"no DER"));
    assert_eq!(pair.fault(), TlsError::UnusableCertificate { path: pair.certificate() });
}

#[test]
fn a_reload_shows_the_new_certificate_and_keeps_the_old_one_if_the_new_is_bad() {
    let pair = Pair::new();
    let store = pair.open().unwrap();
    let old = store.fingerprint();
    pair.renew(&ecdsa());
    assert_eq!(store.fingerprint(), old);
    store.reload().unwrap();
    let new = store.fingerprint();
    assert_ne!(new, old);
    pair.write_key("");
    assert_eq!(store.reload(), Err(TlsError::Empty { path: pair.key() }));
    assert_eq!(store.fingerprint(), new);
}

#[test]
fn nothing_of_the_key_is_printed() {
    let store = Pair::new().open().unwrap();
    let shown = format!("{store:?}");
    assert!(shown.contains(&store.fingerprint()));
    assert!(shown.ends_with(".. }"), "{shown}");
}
