//! `/api/v1/system`: what runs there and whether it is well. The configuration has a file of its own.

use axum::extract::State;
use serde::Serialize;

use crate::{Sim, envelope::Envelope, seed};

#[derive(Serialize)]
pub(crate) struct Release {
    hostname: &'static str,
    product: &'static str,
    version: &'static str,
}

/// `GET /system/version`: what runs there.
pub(crate) async fn version() -> Envelope<Release> {
    Envelope::ok(Release {
        hostname: seed::HOSTNAME,
        product: "Simulated BNG",
        version: env!("CARGO_PKG_VERSION"),
    })
}

#[derive(Serialize)]
pub(crate) struct Health {
    healthy: bool,
    /// Since the simulation started.
    uptime_seconds: u64,
    sessions: usize,
}

/// `GET /system/health`: whether it is well. It always is.
pub(crate) async fn health(State(sim): State<Sim>) -> Envelope<Health> {
    Envelope::ok(Health {
        healthy: true,
        uptime_seconds: sim.uptime_seconds(),
        sessions: sim.subscribers().len(),
    })
}
