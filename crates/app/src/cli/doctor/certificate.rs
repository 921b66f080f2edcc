//! The certificate that the listener shows.

use std::path::Path;

use http::Uri;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::codes;
use super::finding::Finding;
use super::seen::Seen;
use super::x509::{Shown, judged};
use crate::cli::check::is_still_to_be_made;
use crate::config::TlsMode;
use crate::server;
use crate::tls::{OWN_CERTIFICATE, TlsError};

/// Whether it can be used, and until when, by what name, for what.
pub(super) fn certificate(seen: &Seen<'_>) -> Vec<Finding> {
    if is_still_to_be_made(seen.config) {
        return vec![];
    }
    let own = seen.config.state_dir.join(OWN_CERTIFICATE);
    let (file, mend) = match &seen.config.tls {
        TlsMode::Off => return vec![],
        TlsMode::SelfSigned => (
            own.as_path(),
            "remove self-signed.pem and self-signed.key, and restart; or name one of an authority with `tls_cert` and `tls_key`",
        ),
        TlsMode::Files { cert, .. } => {
            (cert.as_path(), "get a new one, put it in the place of the files, and the server takes it over")
        }
    };
    let opened = server::tls(seen.config).open(seen.now);
    let mut found: Vec<_> = opened.err().and_then(|error| unusable(&error, mend)).into_iter().collect();
    found.extend(of_file(file, mend, seen));
    found
}

fn of_file(file: &Path, mend: &str, seen: &Seen<'_>) -> Vec<Finding> {
    // What can't be read was said before.
    let Ok(der) = CertificateDer::from_pem_file(file) else { return vec![] };
    let issuer = seen.config.tokens.issuer.parse::<Uri>().ok();
    let issuer = issuer.filter(|issuer| issuer.scheme_str() == Some("https"));
    let host = issuer.as_ref().and_then(Uri::host);
    judged(&Shown { called: &format!("the certificate {}", file.display()), der: &der, host, mend }, seen.now)
}

fn unusable(error: &TlsError, mend: &str) -> Option<Finding> {
    let (code, mend) = match error {
        TlsError::Mismatch { .. } => {
            let mend = "put the key in place that it was asked for with, or ask for one with this key";
            (codes::CERTIFICATE_KEY_MISMATCH, mend)
        }
        // Found where modes are looked at.
        TlsError::ExposedKey { .. } => return None,
        TlsError::Unreadable { path, .. } if is_forbidden(path) => {
            (codes::NOT_CHECKED, "run this command as the user that the server runs as")
        }
        _ => (codes::CERTIFICATE_UNUSABLE, mend),
    };
    Some(code.found(error.to_string(), mend))
}

fn is_forbidden(path: &Path) -> bool {
    let opened = std::fs::File::open(path);
    opened.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}
