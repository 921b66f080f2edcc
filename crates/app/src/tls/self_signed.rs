//! The certificate of a first start: made once, kept with its key in the state directory, and never replaced behind the
//! back of clients that have pinned it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};

use super::error::{TlsError, reason};
use super::pair::Files;
use crate::whole_file;

/// Ten years: who pins a fingerprint does not want to do it again, and who wants short lives has a real authority.
const VALIDITY: Duration = Duration::from_hours(3650 * 24);

/// Read to give the certificate the machine's name; the kernel's own file, so that no other program is needed.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

pub(crate) const CERTIFICATE: &str = "self-signed.pem";
pub(crate) const KEY: &str = "self-signed.key";

/// The pair in this directory; made first if neither of its files is there.
pub(super) fn kept_in(state_dir: &Path, now: Timestamp) -> Result<Files, TlsError> {
    let files = Files { certificate: state_dir.join(CERTIFICATE), key: state_dir.join(KEY) };
    match (exists(&files.certificate)?, exists(&files.key)?) {
        (true, true) => {}
        (false, false) => make(&files, state_dir, now)?,
        (true, false) => return Err(broken(state_dir, format!("{KEY} is missing"))),
        (false, true) => return Err(broken(state_dir, format!("{CERTIFICATE} is missing"))),
    }
    Ok(files)
}

/// What to do about a kept pair that can't be loaded. Wrong permissions say so themselves: the pair is still whole.
pub(super) fn explain(state_dir: &Path, fault: TlsError) -> TlsError {
    match fault {
        TlsError::ExposedKey { .. } | TlsError::Unreadable { .. } => fault,
        fault => broken(state_dir, fault.to_string()),
    }
}

fn broken(state_dir: &Path, fault: String) -> TlsError {
    TlsError::BrokenSelfSigned { state_dir: state_dir.to_owned(), fault }
}

fn exists(path: &Path) -> Result<bool, TlsError> {
    path.try_exists().map_err(|error| TlsError::Unreadable { path: path.to_owned(), reason: reason(&error) })
}

fn make(files: &Files, state_dir: &Path, now: Timestamp) -> Result<(), TlsError> {
    let (certificate, key) = generate(now).map_err(|error| TlsError::Setup { reason: error.to_string() })?;
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| TlsError::Unwritable { path, reason: reason(&error) }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(state_dir).map_err(unwritable(state_dir))?;
    let write = |path: &Path, mode, text: &str| {
        whole_file::write(path, mode, |file| file.write_all(text.as_bytes())).map_err(unwritable(path))
    };
    // The key goes first: a certificate is never there without the key that belongs to it.
    write(&files.key, 0o600, &key)?;
    write(&files.certificate, 0o644, &certificate)?;
    File::open(state_dir).and_then(|directory| directory.sync_all()).map_err(unwritable(state_dir))
}

/// Certificate and key in PEM.
fn generate(now: Timestamp) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = parameters(now)?.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn parameters(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(host_name());
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let since_1970 = Duration::from_secs(u64::try_from(now.seconds()).unwrap_or_default());
    parameters.not_before = date_time_ymd(1970, 1, 1) + since_1970;
    parameters.not_after = parameters.not_before + VALIDITY;
    Ok(parameters)
}

/// The machine's name, if it has one that a certificate can hold.
fn host_name() -> Option<String> {
    let name = fs::read_to_string(HOST_NAME).ok()?;
    let name = name.trim();
    let is_dns_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    (is_dns_name && name != "localhost").then(|| name.to_owned())
}
