//! A certificate and its private key, read from files and found to belong together.

use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls::InconsistentKeys;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::error::{TlsError, reason};

/// More than any chain of certificates needs; keeps a mistaken path (`/dev/zero`) from filling the memory.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Any permission for those who are neither the owner nor in the group: a key that everybody can read, write or replace
/// is no secret.
const OTHERS: u32 = 0o007;

/// Where a pair is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Files {
    /// The certificate and its chain, in PEM.
    pub(super) certificate: PathBuf,
    /// The private key, in PEM.
    pub(super) key: PathBuf,
}

impl Files {
    /// Reads both and checks that the key is the certificate's.
    pub(super) fn load(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain = read_chain(&self.certificate)?;
        let key = read_key(&self.key)?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { certificate: self.certificate.clone(), key: self.key.clone() }
            }
            rustls::Error::InvalidCertificate(_) => {
                TlsError::UnusableCertificate { path: self.certificate.clone() }
            }
            _ => TlsError::UnusableKey { path: self.key.clone() },
        }
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let (text, _) = read(path)?;
    let chain = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| TlsError::NotPem { path: path.to_owned() })?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_owned() });
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let (text, permissions) = read(path)?;
    let mode = permissions.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(TlsError::ExposedKey { path: path.to_owned(), mode });
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound if is_encrypted(&text) => TlsError::EncryptedKey { path: path.to_owned() },
        pem::Error::NoItemsFound => TlsError::NoKey { path: path.to_owned() },
        _ => TlsError::NotPem { path: path.to_owned() },
    })
}

/// RFC 7468 section 11.
fn is_encrypted(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

/// The content and the permissions of one and the same file, whatever happens to the path meanwhile.
fn read(path: &Path) -> Result<(Vec<u8>, Permissions), TlsError> {
    let (content, permissions) = read_once_opened(path)
        .map_err(|error| TlsError::Unreadable { path: path.to_owned(), reason: reason(&error) })?;
    if content.is_empty() {
        return Err(TlsError::Empty { path: path.to_owned() });
    }
    Ok((content, permissions))
}

fn read_once_opened(path: &Path) -> io::Result<(Vec<u8>, Permissions)> {
    let file = File::open(path)?;
    let permissions = file.metadata()?.permissions();
    let mut content = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut content)?;
    Ok((content, permissions))
}
