//! Networks: where somebody may come from.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What [`network`] reads, in words.
pub const NETWORK: &str = "an IP address, or a network such as 10.0.0.0/8 with no bit set beyond its prefix";

/// Whether whoever is held to these networks may come from there; held to none, he may come from anywhere. An address that
/// is not known, over a Unix socket, is in no network.
pub fn may_come_from(networks: &[IpNet], address: Option<IpAddr>) -> bool {
    let is_inside = |address: IpAddr| {
        let address = address.to_canonical();
        networks.iter().any(|network| network.contains(&address))
    };
    networks.is_empty() || address.is_some_and(is_inside)
}

/// Reads a network; an address alone is a network of one. An IPv4 address in IPv6's clothes is the IPv4 address, as it is
/// in a peer's.
pub fn network(text: &str) -> Option<IpNet> {
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
}
