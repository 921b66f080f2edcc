//! Whom we believe: to look at a certificate that is wrong, one has to accept it first.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use portcullis_core::domain::time::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::upstream::authorities;

/// Who may vouch for a certificate; anybody, if nobody is asked.
#[derive(Debug)]
pub(in super::super::super) struct Trust(Option<Arc<WebPkiServerVerifier>>);

impl Trust {
    /// The authorities in a file, or else the system's; with `insecure` nobody is asked.
    pub(in super::super::super) fn of(file: Option<&Path>, insecure: bool) -> anyhow::Result<Self> {
        if insecure {
            return Ok(Self(None));
        }
        let roots = Arc::new(authorities(file)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider()).build();
        Ok(Self(Some(verifier.context("the authorities can't be used")?)))
    }

    /// Whether somebody vouches for the first certificate of a chain, or why not. Its time and its name are left aside.
    pub(super) fn believes(&self, chain: &[CertificateDer<'static>], now: Timestamp) -> Result<(), String> {
        let (Some(verifier), Some((first, others))) = (&self.0, chain.split_first()) else { return Ok(()) };
        let now =
            UnixTime::since_unix_epoch(Duration::from_secs(now.seconds().try_into().unwrap_or_default()));
        // Whoever is asked for has a name that no certificate has; the name is looked at last.
        let Ok(name) = ServerName::try_from("name.invalid") else { return Ok(()) };
        match verifier.verify_server_cert(first, others, &name, &[], now) {
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. }
                | CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            )) => Ok(()),
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                Err("nobody who is trusted vouches for it".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Takes every certificate, so that it can be looked at: nothing secret is sent over such a connection. That the server
/// has the key of what it shows is verified all the same.
#[derive(Debug)]
pub(super) struct Anybody(pub(super) Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
