//! `listen`, `port`: where to listen.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use portcullis_store_yaml::document::{Faults, Kind};

use super::layers::Settings;
use super::network::unix_socket;
use super::setting::Setting;

/// The port of a BNG's API.
const USUAL_PORT: u16 = 8443;

/// Where connections are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// On this address, at the configured port.
    Ip(IpAddr),
    /// On a Unix socket.
    Unix(PathBuf),
}

impl ListenAddress {
    /// Whether only this machine can reach it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Ip(address) => address.to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        unix_socket(text).map(Self::Unix).or_else(|| text.parse().map(Self::Ip).ok())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// One address or a list of them, each once.
pub(super) fn addresses(settings: &Settings<'_>, faults: &mut Faults) -> Vec<ListenAddress> {
    let Some(listen) = settings.get("listen") else {
        return vec![ListenAddress::Ip(Ipv4Addr::UNSPECIFIED.into())];
    };
    let items = match &listen {
        Setting::Written(field) if field.kind() != Kind::List => vec![listen.clone()],
        Setting::Written(_) | Setting::Variable { .. } => listen.items(faults),
    };
    if items.is_empty() {
        faults.push(listen.fault("expected at least one address"));
    }
    let expected = "an IP address or unix:/path (the port has a key of its own)";
    let mut addresses = Vec::new();
    for item in items {
        match item.read(expected, faults, ListenAddress::parse) {
            Some(address) if addresses.contains(&address) => faults.push(item.fault("is there twice")),
            Some(address) => addresses.push(address),
            None => {}
        }
    }
    addresses
}

/// The port; 0 lets the system choose.
pub(super) fn port(settings: &Settings<'_>, faults: &mut Faults) -> u16 {
    settings.number("port", 0..=u16::MAX, USUAL_PORT, faults)
}
