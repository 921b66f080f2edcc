//! The certificate that is shown to clients now; another one can take its place while connections are served.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use portcullis_core::domain::time::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::error::TlsError;
use super::fingerprint::fingerprint;
use super::pair::Files;

/// A certificate with its key, and the files it came from.
pub(crate) struct CertificateStore {
    files: Files,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
}

impl CertificateStore {
    pub(super) fn open(files: Files) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let current = ArcSwap::from_pointee(files.load(&provider)?);
        Ok(Self { files, provider, current })
    }

    /// Reads the files again; handshakes from now on show what they hold. If it is not usable, the old pair stays in
    /// force and the error says why.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let renewed = self.files.load(&self.provider)?;
        self.current.store(Arc::new(renewed));
        Ok(())
    }

    /// The SHA-256 fingerprint of the certificate that is shown now, as `openssl x509 -fingerprint -sha256` prints it.
    pub(crate) fn fingerprint(&self) -> String {
        self.current.load().cert.first().map(fingerprint).unwrap_or_default()
    }

    /// When the certificate that is shown now ends; none if it doesn't say so in a way that can be read.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        let current = self.current.load();
        let (_, certificate) = X509Certificate::from_der(current.cert.first()?).ok()?;
        Some(Timestamp::from_seconds(certificate.validity().not_after.timestamp()))
    }

    /// The cryptography that the keys were loaded with.
    pub(super) fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.provider)
    }
}

impl ResolvesServerCert for CertificateStore {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

/// Names the certificate and nothing of its key.
impl fmt::Debug for CertificateStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateStore")
            .field("files", &self.files)
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}
