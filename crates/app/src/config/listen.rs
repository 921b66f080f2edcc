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

/// How sockets are written that systemd opens.
const SYSTEMD: &str = "systemd";

/// Where connections are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// On this address, at the configured port.
    Ip(IpAddr),
    /// On a Unix socket.
    Unix(PathBuf),
    /// On the sockets of this name that systemd has opened, or on all that it has.
    Systemd(Option<String>),
}

impl ListenAddress {
    /// Whether it is sure that only this machine can reach it. Of what systemd opens it is not, before it is there.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Ip(address) => address.to_canonical().is_loopback(),
            Self::Unix(_) => true,
            Self::Systemd(_) => false,
        }
    }

    /// Whether systemd opens it.
    pub(crate) fn is_inherited(&self) -> bool {
        matches!(self, Self::Systemd(_))
    }

    fn parse(text: &str) -> Option<Self> {
        if text == SYSTEMD {
            return Some(Self::Systemd(None));
        }
        if let Some(name) = text.strip_prefix(SYSTEMD).and_then(|rest| rest.strip_prefix(':')) {
            return is_name(name).then(|| Self::Systemd(Some(name.to_owned())));
        }
        unix_socket(text).map(Self::Unix).or_else(|| text.parse().map(Self::Ip).ok())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Systemd(None) => f.write_str(SYSTEMD),
            Self::Systemd(Some(name)) => write!(f, "{SYSTEMD}:{name}"),
        }
    }
}

/// What `FileDescriptorName=` takes (`systemd.socket(5)`).
fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.chars().all(|c| c.is_ascii_graphic() && c != ':')
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
    let expected = "an IP address, unix:/path, systemd or systemd:name (the port has a key of its own)";
    let mut addresses = Vec::new();
    for item in items {
        match item.read(expected, faults, ListenAddress::parse) {
            Some(address) if addresses.contains(&address) => faults.push(item.fault("is there twice")),
            Some(address) if address.is_inherited() && takes_all(&addresses, &address) => {
                faults.push(item.fault("`systemd` takes all sockets that there are, whatever their names"));
            }
            Some(address) => addresses.push(address),
            None => {}
        }
    }
    addresses
}

/// Whether one of them is `systemd`, beside which no name has anything left.
fn takes_all(addresses: &[ListenAddress], another: &ListenAddress) -> bool {
    let all = ListenAddress::Systemd(None);
    addresses.contains(&all) || *another == all && addresses.iter().any(ListenAddress::is_inherited)
}

/// The port; 0 lets the system choose.
pub(super) fn port(settings: &Settings<'_>, faults: &mut Faults) -> u16 {
    settings.number("port", 0..=u16::MAX, USUAL_PORT, faults)
}
