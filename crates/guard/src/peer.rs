//! Where a request came from: the peer, or what a trusted proxy says of it.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// The proxies whose word about their own clients is believed; none by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// These networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this address is one of them. An IPv4 address in IPv6's clothes is the IPv4 address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: the last one in `X-Forwarded-For` that is no trusted proxy, if the peer is one; else the
    /// peer's own. And whether a trusted peer named it: where an element on the way to it can't be read, the address is
    /// that of the last proxy that could, and the client may be anywhere behind it.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, bool) {
        let peer = peer.to_canonical();
        if !self.contain(peer) {
            return (peer, false);
        }
        // Byte for byte: what a client wrote before, no text even, must not hide what the proxies appended to it.
        let values = headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
        let listed: Vec<&[u8]> = values.flat_map(|value| value.split(|byte| *byte == b',')).collect();
        let (mut client, mut is_named) = (peer, false);
        for element in listed.into_iter().rev() {
            let Some(address) = address(element) else { return (client, false) };
            (client, is_named) = (address.to_canonical(), true);
            if !self.contain(client) {
                break;
            }
        }
        (client, is_named)
    }
}

fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        client_of_bytes(peer, &forwarded.iter().map(|value| value.as_bytes()).collect::<Vec<_>>())
    }

    fn client_of_bytes(peer: &str, forwarded: &[&[u8]]) -> String {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(value).unwrap());
        }
        trusted.client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn a_stranger_s_word_about_his_address_counts_for_nothing() {
        assert_eq!(client("192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
    }

    #[test]
    fn a_trusted_proxy_names_the_client_it_saw_and_not_what_that_one_says() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["unknown"]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_wrote_before_hides_nothing_that_a_proxy_appended() {
        for junk in [b"\xff".as_slice(), b"2\xff\xff\xff0.1", "ä".as_bytes(), b"\t", b"", b"127.0.0.1 x"] {
            let appended = [junk, b", 198.51.100.1, 10.0.0.2"].concat();
            assert_eq!(client_of_bytes("10.0.0.1", &[&appended]), "198.51.100.1", "{junk:?}");
            assert_eq!(client_of_bytes("10.0.0.1", &[junk, b"198.51.100.1"]), "198.51.100.1", "{junk:?}");
        }
    }
}
