//! Networks, addresses and sockets as they are written.

use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use portcullis_store_yaml::document::Faults;

use super::layers::Settings;

/// The longest path of a Unix socket on Linux, without the NUL that ends it.
const LONGEST_SOCKET_PATH: usize = 107;

/// What [`network`] reads.
pub(super) const NETWORK: &str =
    "an IP address, or a network such as 10.0.0.0/8 with no bit set beyond its prefix";

impl Settings<'_> {
    /// A list of networks; an address alone is a network of one. Empty if it is not given.
    pub(super) fn networks(&self, key: &str, faults: &mut Faults) -> Vec<IpNet> {
        let items = self.get(key).map(|setting| setting.items(faults)).unwrap_or_default();
        items.iter().filter_map(|item| item.read(NETWORK, faults, network)).collect()
    }
}

/// An IPv4 address in IPv6's clothes is the IPv4 address, as it is in a peer's.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let address = text.parse().map(|address: IpAddr| IpNet::from(address.to_canonical()));
    address.ok().or_else(|| {
        let network = text.parse().ok().filter(|network: &IpNet| network.trunc() == *network)?;
        Some(unmapped(network))
    })
}

/// The same for a network, where its prefix says that all of it is IPv4.
fn unmapped(network: IpNet) -> IpNet {
    let mapped = |network: Ipv6Net| {
        let address = network.addr().to_ipv4_mapped()?;
        Ipv4Net::new(address, network.prefix_len().checked_sub(96)?).ok()
    };
    match network {
        IpNet::V6(inner) => mapped(inner).map_or(network, IpNet::V4),
        IpNet::V4(_) => network,
    }
}

/// The path in `unix:/path`: absolute, and not longer than the system can open.
pub(super) fn unix_socket(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("unix:")?;
    let usable = path.starts_with('/') && path.len() <= LONGEST_SOCKET_PATH && !path.contains('\0');
    usable.then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_or_have_a_prefix() {
        for (text, read) in [
            ("10.0.0.1", "10.0.0.1/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("fd00::1", "fd00::1/128"),
            ("fd00::/8", "fd00::/8"),
            ("::ffff:10.0.0.1", "10.0.0.1/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), read);
        }
        for wrong in
            ["", "10.0.0.1/8", "10.0.0.0/33", "fd00::1/8", "localhost", "10.0.0", "10.0.0.0/", "10.0.0.1:80"]
        {
            assert_eq!(network(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_socket_has_an_absolute_path_that_fits() {
        assert_eq!(unix_socket("unix:/run/x.sock").unwrap(), PathBuf::from("/run/x.sock"));
        assert!(unix_socket(&format!("unix:/{}", "x".repeat(106))).is_some());
        let long = format!("unix:/{}", "x".repeat(107));
        for wrong in ["/run/x.sock", "unix:", "unix:x.sock", "unix:/a\0b", "UNIX:/x", long.as_str()] {
            assert_eq!(unix_socket(wrong), None, "{wrong}");
        }
    }
}
