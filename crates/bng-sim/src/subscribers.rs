//! `/api/v1/subscribers`: who is connected, at what rate, and how to disconnect them.

mod table;

use axum::extract::State;
use serde::{Deserialize, Serialize};

pub(crate) use self::table::{Access, Rate, Subscriber, SubscriberTable, Summary};
use crate::{
    Sim,
    envelope::{Answer, Envelope, Fault},
    extract::{Id, Json},
    interfaces, qos,
};

/// `GET /subscribers`: everyone who is connected.
pub(crate) async fn list(State(sim): State<Sim>) -> Envelope<Vec<Subscriber>> {
    let uptime = sim.uptime_seconds();
    Envelope::ok(sim.subscribers().iter().map(|subscriber| subscriber.after(uptime)).collect())
}

/// `GET /subscribers/summary`: how many, by access type, interface and rate profile.
pub(crate) async fn summary(State(sim): State<Sim>) -> Envelope<Summary> {
    Envelope::ok(sim.subscribers().summary())
}

/// `GET /subscribers/{id}`: one of them.
pub(crate) async fn show(State(sim): State<Sim>, Id(id): Id) -> Answer<Subscriber> {
    let uptime = sim.uptime_seconds();
    let found = sim.subscribers().find(&id).map(|subscriber| subscriber.after(uptime));
    found.map(Envelope::ok).ok_or_else(|| unknown(&id))
}

#[derive(Serialize)]
pub(crate) struct Disconnected {
    id: String,
    disconnected: bool,
}

/// `DELETE /subscribers/{id}`: ends the session.
pub(crate) async fn disconnect(State(sim): State<Sim>, Id(id): Id) -> Answer<Disconnected> {
    let removed = sim.subscribers().remove(&id).ok_or_else(|| unknown(&id))?;
    Ok(Envelope::ok(Disconnected { id: removed.id, disconnected: true }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InterfaceBody {
    interface: String,
}

#[derive(Serialize)]
pub(crate) struct DisconnectedFrom {
    interface: String,
    disconnected: usize,
}

/// `POST /subscribers/disconnect-by-interface` `{"interface"}`: ends every session there.
pub(crate) async fn disconnect_by_interface(
    State(sim): State<Sim>,
    Json(InterfaceBody { interface }): Json<InterfaceBody>,
) -> Answer<DisconnectedFrom> {
    interfaces::require(&interface)?;
    let disconnected = sim.subscribers().remove_on(&interface);
    Ok(Envelope::ok(DisconnectedFrom { interface, disconnected }))
}

/// Either a profile's name, or both numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateBody {
    profile: Option<String>,
    download_kbps: Option<u32>,
    upload_kbps: Option<u32>,
}

impl RateBody {
    fn into_rate(self) -> Result<Rate, Fault> {
        match (self.profile, self.download_kbps, self.upload_kbps) {
            (Some(profile), None, None) => qos::rate_of(&profile),
            (None, Some(download_kbps @ 1..), Some(upload_kbps @ 1..)) => {
                Ok(Rate { profile: None, download_kbps, upload_kbps })
            }
            _ => Err(Fault::invalid("Give either profile, or download_kbps and upload_kbps above 0")),
        }
    }
}

/// `PUT /subscribers/{id}/rate`: another rate for a running session.
pub(crate) async fn set_rate(
    State(sim): State<Sim>,
    Id(id): Id,
    Json(body): Json<RateBody>,
) -> Answer<Subscriber> {
    let rate = body.into_rate()?;
    let uptime = sim.uptime_seconds();
    let changed = sim.subscribers().set_rate(&id, rate).map(|subscriber| subscriber.after(uptime));
    changed.map(Envelope::ok).ok_or_else(|| unknown(&id))
}

fn unknown(id: &str) -> Fault {
    Fault::not_found(format!("Subscriber '{id}' not found"))
}

#[cfg(test)]
mod tests;
