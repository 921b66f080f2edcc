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

/// Why a chain of certificates is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// One of them has ended, or has not begun yet.
    Time,
    /// Something else.
    Other(String),
}

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

    /// Whether somebody vouches for the first certificate of a chain, or why not. Its name is left aside.
    pub(super) fn believes(&self, chain: &[CertificateDer<'static>], now: Timestamp) -> Result<(), Doubt> {
        let (Some(verifier), Some((first, others))) = (&self.0, chain.split_first()) else { return Ok(()) };
        let now =
            UnixTime::since_unix_epoch(Duration::from_secs(now.seconds().try_into().unwrap_or_default()));
        // Whoever is asked for has a name that no certificate has; the name is looked at last.
        let Ok(name) = ServerName::try_from("name.invalid") else { return Ok(()) };
        match verifier.verify_server_cert(first, others, &name, &[], now) {
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(Error::InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            )) => Err(Doubt::Time),
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                Err(Doubt::Other("nobody who is trusted vouches for it".to_owned()))
            }
            Err(error) => Err(Doubt::Other(error.to_string())),
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

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

    use super::*;

    /// 2027-01-15.
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    type Authority = (Certificate, Issuer<'static, KeyPair>);

    /// An authority until the beginning of that year: a root, unless another one vouches for it.
    fn authority(name: &str, until: i32, by: Option<&Authority>) -> Authority {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = match by {
            Some((_, issuer)) => params.signed_by(&key, issuer),
            None => params.self_signed(&key),
        };
        (certificate.unwrap(), Issuer::new(params, key))
    }

    /// What is thought of a server's certificate, and of the one between it and the root, that are good until then.
    fn believed(until: i32, between_until: i32) -> Result<(), Doubt> {
        let root = authority("root", 2030, None);
        let between = authority("between", between_until, Some(&root));
        let mut params = CertificateParams::new(vec!["gate.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let first = params.signed_by(&KeyPair::generate().unwrap(), &between.1).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, root.0.pem()).unwrap();
        let trust = Trust::of(Some(file.path()), false).unwrap();
        trust.believes(&[first.der().clone(), between.0.der().clone()], NOW)
    }

    #[test]
    fn one_that_has_ended_anywhere_in_the_chain_is_doubted() {
        assert_eq!(believed(2030, 2030), Ok(()));
        assert_eq!(believed(2026, 2030), Err(Doubt::Time), "the first");
        assert_eq!(believed(2030, 2026), Err(Doubt::Time), "the one between");
    }
}
