//! `docs`, `metrics`, `trusted_proxies`: who may read what without a token, and whose word is believed.

use std::net::SocketAddr;

use ipnet::IpNet;
use portcullis_core::domain::endpoint::{DocsAccess, MetricsAccess};
use portcullis_store_yaml::document::Faults;

use super::layers::Settings;

/// Who may read the metrics, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metrics {
    /// Anybody.
    Public,
    /// Whoever has a token.
    Authenticated,
    /// Whoever reaches this address, in plain HTTP.
    Listener(SocketAddr),
}

impl Metrics {
    /// What that means for the listener of the API.
    pub(crate) fn access(self) -> MetricsAccess {
        match self {
            Self::Public => MetricsAccess::Public,
            Self::Authenticated => MetricsAccess::Authenticated,
            Self::Listener(_) => MetricsAccess::Elsewhere,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "public" => Some(Self::Public),
            "authenticated" => Some(Self::Authenticated),
            address => address.parse().map(Self::Listener).ok(),
        }
    }
}

/// Who may read the API description.
pub(super) fn docs(settings: &Settings<'_>, faults: &mut Faults) -> DocsAccess {
    settings.choice("docs", ("public", DocsAccess::Public), &[("off", DocsAccess::Off)], faults)
}

/// Who may read the metrics, and where.
pub(super) fn metrics(settings: &Settings<'_>, faults: &mut Faults) -> Metrics {
    let expected = "public, authenticated or an address with its port";
    let given = settings.get("metrics");
    given.and_then(|given| given.read(expected, faults, Metrics::parse)).unwrap_or(Metrics::Public)
}

/// The proxies whose word about their own clients is believed.
pub(super) fn trusted_proxies(
    settings: &Settings<'_>,
    faults: &mut Faults,
    warnings: &mut Vec<String>,
) -> Vec<IpNet> {
    let proxies = settings.networks("trusted_proxies", faults);
    if let Some(everybody) = proxies.iter().find(|network| network.prefix_len() == 0) {
        warnings.push(format!(
            "trusted_proxies holds {everybody}: every client can choose the address that he is known by"
        ));
    }
    proxies
}
