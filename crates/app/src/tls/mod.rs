//! TLS of the listener: where certificate and key come from, and how they are exchanged while connections are served.

mod config;
mod error;
mod fingerprint;
mod pair;
mod self_signed;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use portcullis_core::domain::time::Timestamp;

pub(crate) use config::{HTTP_2, server_config};
pub(crate) use error::{TlsError, reason};
use pair::Files;
pub(crate) use self_signed::{CERTIFICATE as OWN_CERTIFICATE, KEY as OWN_KEY};
pub(crate) use store::CertificateStore;

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Not at all.
    Off,
    /// With the operator's certificate.
    Files {
        /// PEM: the certificate, then the intermediate ones.
        certificate: PathBuf,
        /// PEM: the private key, in PKCS#8, PKCS#1 or SEC1, not encrypted.
        key: PathBuf,
    },
    /// With a certificate that is made at the first start and kept.
    SelfSigned {
        /// The directory it is kept in; made if it isn't there.
        state_dir: PathBuf,
    },
}

impl Tls {
    /// Reads, or makes, what the listener shows to its clients; `None` without TLS. A certificate made here is valid
    /// from `now` on.
    pub(crate) fn open(&self, now: Timestamp) -> Result<Option<Arc<CertificateStore>>, TlsError> {
        let store = match self {
            Self::Off => return Ok(None),
            Self::Files { certificate, key } => {
                CertificateStore::open(Files { certificate: certificate.clone(), key: key.clone() })?
            }
            Self::SelfSigned { state_dir } => CertificateStore::open(self_signed::kept_in(state_dir, now)?)
                .map_err(|fault| self_signed::explain(state_dir, fault))?,
        };
        Ok(Some(Arc::new(store)))
    }
}
