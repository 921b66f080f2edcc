//! What the simulated BNG looks like when it starts: a small provider's box with two access ports.
//!
//! Addresses, prefixes, MAC addresses and AS numbers are of the ranges set aside for documentation
//! (RFC 5737, RFC 3849, RFC 7042, RFC 5398) or for carrier-grade NAT (RFC 6598), so that none is anybody's.

use serde_json::{Value, json};

use crate::{
    interfaces::{Interface, Vlan},
    qos::Profile,
    routing::{BgpNeighbour, OspfNeighbour, Route},
    subscribers::{Access, Subscriber},
    webhooks::{Event, WebhookBody},
};

pub(crate) const HOSTNAME: &str = "bng1.pop-syd";
pub(crate) const ROUTER_ID: &str = "192.0.2.1";
pub(crate) const LOCAL_AS: u32 = 64_500;

pub(crate) const INTERFACES: &[Interface] = &[
    Interface {
        name: "eth0",
        description: "uplink to core1",
        kind: "uplink",
        state: "up",
        speed_mbps: 100_000,
        mtu: 9_000,
        mac: "00:00:5e:00:53:01",
        addresses: &["192.0.2.2/31", "2001:db8:0:1::2/64"],
    },
    Interface {
        name: "eth1",
        description: "access, OLT north",
        kind: "access",
        state: "up",
        speed_mbps: 10_000,
        mtu: 1_508,
        mac: "00:00:5e:00:53:02",
        addresses: &[],
    },
    Interface {
        name: "eth2",
        description: "access, OLT south",
        kind: "access",
        state: "up",
        speed_mbps: 10_000,
        mtu: 1_500,
        mac: "00:00:5e:00:53:03",
        addresses: &[],
    },
    Interface {
        name: "mgmt0",
        description: "management",
        kind: "management",
        state: "up",
        speed_mbps: 1_000,
        mtu: 1_500,
        mac: "00:00:5e:00:53:04",
        addresses: &["198.51.100.10/24"],
    },
];

pub(crate) const VLANS: &[Vlan] = &[NORTH_HOMES, NORTH_OFFICES, SOUTH_HOMES];

const NORTH_HOMES: Vlan = Vlan { id: 100, interface: "eth1", description: "residential", serves: &["pppoe"] };
const NORTH_OFFICES: Vlan =
    Vlan { id: 200, interface: "eth1", description: "business", serves: &["pppoe", "ipoe"] };
const SOUTH_HOMES: Vlan = Vlan { id: 300, interface: "eth2", description: "residential", serves: &["ipoe"] };

pub(crate) const PROFILES: &[Profile] = &[GOLD, SILVER, BRONZE];

const GOLD: Profile = Profile {
    name: "gold",
    download_kbps: 1_000_000,
    upload_kbps: 400_000,
    burst_kbytes: 4_096,
    priority: 1,
};
const SILVER: Profile =
    Profile { name: "silver", download_kbps: 250_000, upload_kbps: 50_000, burst_kbytes: 1_024, priority: 2 };
const BRONZE: Profile =
    Profile { name: "bronze", download_kbps: 25_000, upload_kbps: 5_000, burst_kbytes: 256, priority: 3 };

pub(crate) const ROUTES: &[Route] = &[
    Route {
        prefix: "0.0.0.0/0",
        next_hop: Some("192.0.2.3"),
        interface: "eth0",
        protocol: "bgp",
        metric: 100,
    },
    Route {
        prefix: "::/0",
        next_hop: Some("2001:db8:0:1::3"),
        interface: "eth0",
        protocol: "bgp",
        metric: 100,
    },
    Route { prefix: "192.0.2.2/31", next_hop: None, interface: "eth0", protocol: "connected", metric: 0 },
    Route {
        prefix: "192.0.2.64/28",
        next_hop: Some("192.0.2.3"),
        interface: "eth0",
        protocol: "ospf",
        metric: 20,
    },
    Route {
        prefix: "203.0.113.0/24",
        next_hop: Some("198.51.100.1"),
        interface: "mgmt0",
        protocol: "static",
        metric: 1,
    },
];

pub(crate) const BGP_NEIGHBOURS: &[BgpNeighbour] = &[
    BgpNeighbour {
        address: "192.0.2.3",
        remote_as: 64_500,
        description: "core1, route reflector",
        state: "established",
        prefixes_received: 2,
    },
    BgpNeighbour {
        address: "192.0.2.65",
        remote_as: 64_501,
        description: "transit, standby",
        state: "idle",
        prefixes_received: 0,
    },
];

pub(crate) const OSPF_NEIGHBOURS: &[OspfNeighbour] = &[OspfNeighbour {
    router_id: "192.0.2.254",
    address: "192.0.2.3",
    interface: "eth0",
    area: "0.0.0.0",
    state: "full",
}];

/// Six sessions: four on `eth1`, two on `eth2`.
pub(crate) fn subscribers() -> Vec<Subscriber> {
    use Access::{Ipoe, Pppoe};
    vec![
        session(1001, Pppoe, &NORTH_HOMES, "alice@example.net", &GOLD, 86_412),
        session(1002, Pppoe, &NORTH_HOMES, "bob@example.net", &SILVER, 3_605),
        session(1003, Pppoe, &NORTH_HOMES, "carol@example.net", &BRONZE, 604_871),
        session(1004, Ipoe, &NORTH_OFFICES, "office-17", &GOLD, 1_209_640),
        session(2001, Ipoe, &SOUTH_HOMES, "olt-south/1/4", &SILVER, 52_118),
        session(2002, Ipoe, &SOUTH_HOMES, "olt-south/1/9", &SILVER, 431),
    ]
}

/// A session whose addresses follow from its number, so that no two are alike.
fn session(
    number: u16,
    access: Access,
    vlan: &Vlan,
    username: &str,
    profile: &Profile,
    uptime_seconds: u64,
) -> Subscriber {
    let host = number / 1000 * 16 + number % 1000;
    Subscriber {
        id: format!("sub-{number}"),
        access,
        session_id: format!("{}.{}-{number:04x}", vlan.interface, vlan.id),
        username: username.to_owned(),
        mac: format!("00:00:5e:00:53:{host:02x}"),
        ipv4: format!("100.64.{}.{host}", vlan.id / 100),
        ipv6_prefix: format!("2001:db8:{}:{host:x}00::/56", vlan.id),
        interface: vlan.interface.to_owned(),
        vlan: vlan.id,
        rate: profile.rate(),
        uptime_seconds,
    }
}

pub(crate) fn webhooks() -> Vec<WebhookBody> {
    vec![WebhookBody {
        url: "https://noc.example.net/hooks/bng".to_owned(),
        events: vec![Event::SessionStart, Event::SessionStop],
        active: true,
    }]
}

pub(crate) fn config() -> Value {
    json!({
        "system": {"hostname": HOSTNAME, "ntp": ["192.0.2.123"], "syslog": "192.0.2.114"},
        "interfaces": {
            "eth0": {"description": "uplink to core1", "address": "192.0.2.2/31", "mtu": 9000},
            "eth1": {"description": "access, OLT north", "mtu": 1508},
            "eth1.100": {"description": "residential", "pppoe": true},
            "eth1.200": {"description": "business", "pppoe": true, "ipoe": true},
            "eth2": {"description": "access, OLT south", "mtu": 1500},
            "eth2.300": {"description": "residential", "ipoe": true},
        },
        "pools": {"residential": "100.64.0.0/16", "delegated": "2001:db8::/32"},
        "protocols": {
            "bgp": {"local_as": LOCAL_AS, "router_id": ROUTER_ID, "neighbours": ["192.0.2.3", "192.0.2.65"]},
            "ospf": {"area": "0.0.0.0", "interfaces": ["eth0"]},
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{INTERFACES, VLANS, subscribers};
    use crate::subscribers::Subscriber;

    #[test]
    fn no_two_subscribers_share_an_id_a_session_or_an_address() {
        let all = subscribers();
        let distinct = |key: fn(&Subscriber) -> &str| all.iter().map(key).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|one| &one.id), all.len());
        assert_eq!(distinct(|one| &one.session_id), all.len());
        assert_eq!(distinct(|one| &one.mac), all.len());
        assert_eq!(distinct(|one| &one.ipv4), all.len());
        assert_eq!(distinct(|one| &one.ipv6_prefix), all.len());
    }

    #[test]
    fn every_vlan_and_so_every_subscriber_is_on_a_port_that_exists() {
        for vlan in VLANS {
            assert!(INTERFACES.iter().any(|port| port.name == vlan.interface), "{}", vlan.id);
        }
    }
}
