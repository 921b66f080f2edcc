//! Where a request came from, and whose word that is.

use std::net::IpAddr;

use http::HeaderMap;

use crate::names::{Family, family};
use crate::peer::TrustedProxies;

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The address of the peer; none over a Unix socket.
    pub peer: Option<IpAddr>,
    /// The address of the client: the peer, or whoever a trusted one names.
    pub client: Option<IpAddr>,
    /// Whether the peer is a proxy whose word is believed.
    pub by_trusted_proxy: bool,
    /// Whether that proxy named the client.
    is_named: bool,
}

impl Origin {
    /// What this peer, and what it says in `headers`, amount to.
    pub fn new(peer: Option<IpAddr>, trusted: &TrustedProxies, headers: &HeaderMap) -> Self {
        let found = peer.map(|peer| trusted.client(peer, headers));
        Self {
            peer,
            client: found.map(|(client, _)| client),
            by_trusted_proxy: peer.is_some_and(|peer| trusted.contain(peer)),
            is_named: found.is_some_and(|(_, is_named)| is_named),
        }
    }

    /// Whether the client surely is on this machine: over loopback, and by nobody who says that he only passes it on, but
    /// for a trusted proxy that names such a client. One that says in another way, or illegibly, for whom it asks may
    /// ask for anybody.
    pub fn is_local(&self, headers: &HeaderMap) -> bool {
        let says_forwarded = || headers.keys().any(|name| family(name.as_str()) == Family::Forwarding);
        self.client.is_some_and(|address| address.is_loopback()) && (self.is_named || !says_forwarded())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn origin(peer: &str, forwarded: Option<&'static str>) -> (Origin, bool) {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
        }
        let origin = Origin::new(peer.parse().ok(), &trusted, &headers);
        (origin, origin.is_local(&headers))
    }

    #[test]
    fn a_client_is_local_on_loopback_unless_somebody_untrusted_passes_it_on() {
        assert!(origin("127.0.0.1", None).1);
        assert!(!origin("127.0.0.1", Some("127.0.0.1")).1);
        assert!(origin("10.0.0.1", Some("127.0.0.1")).1);
        assert!(!origin("192.0.2.1", None).1);
        assert!(!origin("a socket", None).1);
    }

    #[test]
    fn a_client_that_a_trusted_proxy_does_not_name_legibly_is_not_local() {
        let trusted = TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()]);
        let is_local = |name: &'static str, value| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))]);
            Origin::new("127.0.0.1".parse().ok(), &trusted, &headers).is_local(&headers)
        };
        for (name, value) in [
            ("x-forwarded-for", "203.0.113.9:4711"),
            ("x-forwarded-for", "203.0.113.9:4711, 127.0.0.1"),
            ("x-forwarded-for", ""),
            ("x_forwarded_for", "127.0.0.1"),
            ("x-real-ip", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
            ("x-forwarded-proto", "https"),
        ] {
            assert!(!is_local(name, value), "{name}: {value}");
        }
        for (name, value) in [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "::1"), ("accept", "*/*")]
        {
            assert!(is_local(name, value), "{name}: {value}");
        }
    }

    #[test]
    fn only_a_trusted_peer_names_another_client() {
        let client = |peer, forwarded| origin(peer, forwarded).0.client.map(|client| client.to_string());
        assert_eq!(client("10.0.0.1", Some("192.0.2.7")).as_deref(), Some("192.0.2.7"));
        assert_eq!(client("192.0.2.1", Some("192.0.2.7")).as_deref(), Some("192.0.2.1"));
        assert_eq!(client("a socket", Some("192.0.2.7")), None);
    }
}
