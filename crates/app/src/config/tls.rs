//! `tls`, `tls_cert`, `tls_key`, `allow_plaintext`: whether connections are encrypted, and with which certificate.

use std::path::PathBuf;

use portcullis_store_yaml::document::Faults;

use super::layers::Settings;
use super::listen::ListenAddress;

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TlsMode {
    /// Not at all.
    Off,
    /// With a certificate that the first start makes and keeps in the state directory.
    SelfSigned,
    /// With a certificate of the operator's.
    Files {
        /// PEM file of the certificate and those between it and its root.
        cert: PathBuf,
        /// PEM file of its private key.
        key: PathBuf,
    },
}

/// The mode; a certificate beside `tls: off` is left alone, so that one word switches to and fro.
pub(super) fn mode(settings: &Settings<'_>, faults: &mut Faults) -> TlsMode {
    let cert = settings.path("tls_cert", faults);
    let key = settings.path("tls_key", faults);
    let words = [("true", true), ("off", false), ("false", false)];
    if !settings.choice("tls", ("on", true), &words, faults) {
        return TlsMode::Off;
    }
    match (settings.optional("tls_cert"), settings.optional("tls_key")) {
        (Some(cert), None) => faults.push(cert.fault("needs `tls_key` beside it")),
        (None, Some(key)) => faults.push(key.fault("needs `tls_cert` beside it")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    cert.zip(key).map_or(TlsMode::SelfSigned, |(cert, key)| TlsMode::Files { cert, key })
}

/// Plain HTTP shows every password and token to whoever is on the way, so that nobody shall speak it by accident.
pub(super) fn deny_plaintext(
    settings: &Settings<'_>,
    mode: &TlsMode,
    listen: &[ListenAddress],
    allowed: bool,
    faults: &mut Faults,
) {
    let reachable: Vec<_> =
        // Where systemd listens is looked at when its sockets are there.
        listen.iter().filter(|address| !address.is_local() && !address.is_inherited()).map(ToString::to_string).collect();
    let Some(tls) = settings.get("tls").filter(|_| *mode == TlsMode::Off && !allowed) else { return };
    if !reachable.is_empty() {
        faults.push(tls.fault(format!(
            "plain HTTP on {}, which others can reach, needs `allow_plaintext: true`",
            reachable.join(", ")
        )));
    }
}
