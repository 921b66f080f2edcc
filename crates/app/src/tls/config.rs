//! What the listener speaks once a connection is encrypted.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::version::{TLS12, TLS13};

use super::error::TlsError;
use super::store::CertificateStore;

/// The name of HTTP/2 in ALPN (RFC 9113 3.2).
pub(crate) const HTTP_2: &[u8] = b"h2";
/// The name of HTTP/1.1 in ALPN (RFC 7301 6).
const HTTP_1_1: &[u8] = b"http/1.1";

/// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN; resumption by tickets that only this process can read, and no early
/// data, which could be replayed (RFC 8446 8).
pub(crate) fn server_config(certificates: Arc<CertificateStore>) -> Result<Arc<ServerConfig>, TlsError> {
    let setup = |error: rustls::Error| TlsError::Setup { reason: error.to_string() };
    let mut config = ServerConfig::builder_with_provider(certificates.provider())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(setup)?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1_1.to_vec()];
    config.ticketer = Ticketer::new().map_err(setup)?;
    Ok(Arc::new(config))
}
