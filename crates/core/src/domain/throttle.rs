//! How failed logins are slowed down: the policy, and whom it is about.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use ipnet::IpNet;

/// How failed logins are slowed down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// Failures for one name within the window, after which it is held.
    pub per_user: usize,
    /// Failures from one address within the window, after which it is held.
    pub per_address: usize,
    /// How long a failure counts.
    pub window: Duration,
    /// The longest wait, to which it doubles from 1 s.
    pub max_delay: Duration,
    /// Who is never held.
    pub never_limit: Vec<IpNet>,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            per_user: 5,
            per_address: 20,
            window: Duration::from_mins(5),
            max_delay: Duration::from_mins(15),
            never_limit: vec![],
        }
    }
}

impl ThrottlePolicy {
    /// Whether an address is never held.
    pub fn exempts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.never_limit.iter().any(|network| network.contains(&address))
    }
}

/// Where attempts come from, as far as one person can choose it: an IPv4 address, or an IPv6 network of 64 bits, of
/// which every subscriber has one whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(IpAddr);

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Ipv6Addr::from_bits(network).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Origin {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn an_ipv6_subscriber_is_one_origin_and_so_is_a_mapped_ipv4_address() {
        assert_eq!(origin("2001:db8:0:1::1"), origin("2001:db8:0:1:ffff::2"));
        assert_ne!(origin("2001:db8:0:1::1"), origin("2001:db8:0:2::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
    }
}
