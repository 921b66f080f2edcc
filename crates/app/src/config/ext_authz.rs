//! `ext_authz`: where Envoy may ask over gRPC.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use portcullis_store_yaml::document::Faults;

use super::layers::Settings;
use super::network::unix_socket;

/// Whether this program can answer Envoy at all.
const IS_BUILT_IN: bool = cfg!(feature = "ext-authz");

/// Where Envoy is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExtAuthzAddress {
    /// At an address, in plain gRPC; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// On a Unix socket.
    Unix(PathBuf),
}

impl ExtAuthzAddress {
    fn parse(text: &str) -> Option<Self> {
        unix_socket(text).map(Self::Unix).or_else(|| text.parse().map(Self::Tcp).ok())
    }

    /// Whether only this machine can reach it.
    fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

/// Where Envoy is answered. The question holds the tokens of clients, and nothing encrypts it.
pub(super) fn address(
    settings: &Settings<'_>,
    allow_plaintext: bool,
    trusted_proxies: &[IpNet],
    faults: &mut Faults,
    warnings: &mut Vec<String>,
) -> Option<ExtAuthzAddress> {
    let given = settings.optional("ext_authz")?;
    if !IS_BUILT_IN {
        faults
            .push(given.fault(
                "this program can't answer Envoy: it was built without the cargo feature `ext-authz`",
            ));
        return None;
    }
    let expected = "an address with its port or unix:/path";
    let address = given.read(expected, faults, ExtAuthzAddress::parse)?;
    if !address.is_local() && !allow_plaintext {
        faults.push(given.fault("plain gRPC that others can reach needs `allow_plaintext: true`"));
    }
    if matches!(address, ExtAuthzAddress::Tcp(_)) && trusted_proxies.is_empty() {
        warnings.push("ext_authz answers only peers in `trusted_proxies`, and there are none".to_owned());
    }
    Some(address)
}
