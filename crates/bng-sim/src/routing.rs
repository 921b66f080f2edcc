//! `/api/v1/routing`: the routing table and the neighbours it was learnt from. Nothing here changes.

use serde::Serialize;

use crate::{envelope::Envelope, seed};

/// One route.
#[derive(Serialize)]
pub(crate) struct Route {
    pub(crate) prefix: &'static str,
    /// `None` for what is directly connected.
    pub(crate) next_hop: Option<&'static str>,
    pub(crate) interface: &'static str,
    /// `bgp`, `ospf`, `static` or `connected`.
    pub(crate) protocol: &'static str,
    pub(crate) metric: u32,
}

/// A BGP neighbour.
#[derive(Serialize)]
pub(crate) struct BgpNeighbour {
    pub(crate) address: &'static str,
    pub(crate) remote_as: u32,
    pub(crate) description: &'static str,
    pub(crate) state: &'static str,
    pub(crate) prefixes_received: u32,
}

/// An OSPF neighbour.
#[derive(Serialize)]
pub(crate) struct OspfNeighbour {
    pub(crate) router_id: &'static str,
    pub(crate) address: &'static str,
    pub(crate) interface: &'static str,
    pub(crate) area: &'static str,
    pub(crate) state: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Overview {
    router_id: &'static str,
    routes: usize,
    bgp_neighbours: usize,
    ospf_neighbours: usize,
}

#[derive(Serialize)]
pub(crate) struct Bgp {
    local_as: u32,
    router_id: &'static str,
    neighbours: &'static [BgpNeighbour],
}

#[derive(Serialize)]
pub(crate) struct Ospf {
    router_id: &'static str,
    neighbours: &'static [OspfNeighbour],
}

/// `GET /routing`: how much there is of everything.
pub(crate) async fn overview() -> Envelope<Overview> {
    Envelope::ok(Overview {
        router_id: seed::ROUTER_ID,
        routes: seed::ROUTES.len(),
        bgp_neighbours: seed::BGP_NEIGHBOURS.len(),
        ospf_neighbours: seed::OSPF_NEIGHBOURS.len(),
    })
}

/// `GET /routing/routes`: the routing table.
pub(crate) async fn routes() -> Envelope<&'static [Route]> {
    Envelope::ok(seed::ROUTES)
}

/// `GET /routing/bgp`: the BGP speaker and its neighbours.
pub(crate) async fn bgp() -> Envelope<Bgp> {
    Envelope::ok(Bgp {
        local_as: seed::LOCAL_AS,
        router_id: seed::ROUTER_ID,
        neighbours: seed::BGP_NEIGHBOURS,
    })
}

/// `GET /routing/ospf`: the OSPF router and its neighbours.
pub(crate) async fn ospf() -> Envelope<Ospf> {
    Envelope::ok(Ospf { router_id: seed::ROUTER_ID, neighbours: seed::OSPF_NEIGHBOURS })
}
