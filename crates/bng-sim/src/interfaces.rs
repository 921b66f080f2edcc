//! `/api/v1/interfaces`: ports and VLANs.

use axum::extract::State;
use serde::Serialize;

use crate::{
    Sim,
    envelope::{Envelope, Fault},
    seed,
};

/// A port.
#[derive(Serialize)]
pub(crate) struct Interface {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// `access`, `uplink` or `management`.
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) speed_mbps: u32,
    pub(crate) mtu: u16,
    pub(crate) mac: &'static str,
    pub(crate) addresses: &'static [&'static str],
}

/// A VLAN on a port.
#[derive(Serialize)]
pub(crate) struct Vlan {
    pub(crate) id: u16,
    pub(crate) interface: &'static str,
    pub(crate) description: &'static str,
    /// The access types served there.
    pub(crate) serves: &'static [&'static str],
}

/// A port and how many sessions are on it now.
#[derive(Serialize)]
pub(crate) struct InterfaceView {
    #[serde(flatten)]
    interface: &'static Interface,
    sessions: usize,
}

/// `GET /interfaces`: the ports.
pub(crate) async fn list(State(sim): State<Sim>) -> Envelope<Vec<InterfaceView>> {
    let subscribers = sim.subscribers();
    let view = |interface: &'static Interface| InterfaceView {
        interface,
        sessions: subscribers.count_on(interface.name),
    };
    Envelope::ok(seed::INTERFACES.iter().map(view).collect())
}

/// `GET /interfaces/vlans`: the VLANs of all ports.
pub(crate) async fn vlans() -> Envelope<&'static [Vlan]> {
    Envelope::ok(seed::VLANS)
}

/// 404 unless there is a port of this name.
pub(crate) fn require(name: &str) -> Result<(), Fault> {
    let known = seed::INTERFACES.iter().any(|interface| interface.name == name);
    if known { Ok(()) } else { Err(Fault::not_found(format!("Interface '{name}' not found"))) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Sim, testing::call};

    async fn sessions_on(sim: &Sim, name: &str) -> Value {
        let (_, body) = call(sim, "GET", "/api/v1/interfaces", None).await;
        let found = body["data"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
        found.unwrap()["sessions"].clone()
    }

    #[tokio::test]
    async fn a_port_counts_the_sessions_that_are_on_it_now() {
        let sim = Sim::new();
        assert_eq!(sessions_on(&sim, "eth2").await, json!(2));
        call(&sim, "DELETE", "/api/v1/subscribers/sub-2001", None).await;
        assert_eq!(sessions_on(&sim, "eth2").await, json!(1));
    }
}
