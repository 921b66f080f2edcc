//! Whose certificates an `https://` upstream may have.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Authorities, and what a connection needs that trusts them.
#[derive(Clone)]
pub(super) struct Trust {
    roots: RootCertStore,
    pub(super) client: Arc<ClientConfig>,
}

impl Trust {
    /// In the authorities in `file`, or else in the system's. If they are the ones that were trusted before, it is that
    /// very trust, so that connections that rest on it may stay.
    pub(super) fn read(file: Option<&Path>, before: Option<&Self>) -> anyhow::Result<Self> {
        let roots = authorities(file)?;
        match before {
            Some(before) if before.roots.roots == roots.roots => Ok(before.clone()),
            _ => Ok(Self { client: Arc::new(client_config(roots.clone())?), roots }),
        }
    }
}

fn client_config(roots: RootCertStore) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The authorities in `file`, or else the system's.
pub(crate) fn authorities(file: Option<&Path>) -> anyhow::Result<RootCertStore> {
    file.map_or_else(system_roots, roots_in)
}

fn roots_in(file: &Path) -> anyhow::Result<RootCertStore> {
    let name = file.display();
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).with_context(|| format!("cannot read {name}"))? {
        let certificate = certificate.with_context(|| format!("{name} is not valid PEM"))?;
        roots.add(certificate).with_context(|| format!("{name} holds a damaged certificate"))?;
    }
    if roots.is_empty() {
        bail!("{name} holds no certificate");
    }
    Ok(roots)
}

fn system_roots() -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        bail!("the system has no store of authorities; name one with `upstream_ca`");
    }
    Ok(roots)
}
