//! The way to the upstream that the configuration describes.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use portcullis_gateway::{Endpoint, Gateway, UpstreamOptions};
use portcullis_guard::outbound::Authorization;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use crate::config::{Config, Upstream, UpstreamAuthorization};

/// The gateway, if there is an upstream.
pub(crate) fn gateway(config: &Config) -> anyhow::Result<Option<Gateway>> {
    let endpoint = match &config.upstream {
        None => return Ok(None),
        Some(Upstream::Http { authority }) => {
            Endpoint::Http(authority.parse().context("the upstream's host can't be used")?)
        }
        Some(Upstream::Https { host, port }) => Endpoint::Https {
            host: ServerName::try_from(host.clone()).context("the upstream's host can't be used")?,
            port: *port,
            tls: Arc::new(client_config(config.upstream_ca.as_deref())?),
        },
        Some(Upstream::Unix(path)) => Endpoint::Unix(path.clone()),
    };
    let timeouts = config.upstream_timeouts;
    Ok(Some(Gateway::new(UpstreamOptions {
        connect: timeouts.connect,
        response_head: timeouts.response_head,
        pool_idle: timeouts.pool_idle,
        ..UpstreamOptions::new(endpoint)
    })))
}

/// The configuration's word in the guard's terms.
pub(crate) fn authorization(configured: UpstreamAuthorization) -> Authorization {
    match configured {
        UpstreamAuthorization::Drop => Authorization::Drop,
        UpstreamAuthorization::Keep => Authorization::Keep,
    }
}

/// Trusts the authorities in `file`, or else the system's.
fn client_config(file: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let roots = authorities(file)?;
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
