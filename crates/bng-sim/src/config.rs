//! `/api/v1/system/config`: a running configuration, a candidate to edit, and the way from one to the other.

mod store;
mod tree;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::store::ConfigStore;
use self::{
    store::{Overview, RevisionInfo},
    tree::{Difference, TreePath},
};
use crate::{
    Sim,
    envelope::{Answer, Envelope},
    extract::Json,
};

/// `GET /system/config`: running and candidate, and the history of commits.
pub(crate) async fn show(State(sim): State<Sim>) -> Envelope<Overview> {
    Envelope::ok(sim.config().overview())
}

#[derive(Serialize)]
pub(crate) struct Comparison {
    differs: bool,
    changes: Vec<Difference>,
}

/// `GET /system/config/compare`: what a commit would change.
pub(crate) async fn compare(State(sim): State<Sim>) -> Envelope<Comparison> {
    let changes = sim.config().compare();
    Envelope::ok(Comparison { differs: !changes.is_empty(), changes })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetBody {
    path: String,
    value: Value,
}

#[derive(Serialize)]
pub(crate) struct Edited {
    path: String,
}

/// `POST /system/config/set` `{"path":"interfaces/eth1/mtu","value":9000}`: edits the candidate.
pub(crate) async fn set(State(sim): State<Sim>, Json(body): Json<SetBody>) -> Answer<Edited> {
    let path = TreePath::parse(&body.path)?;
    sim.config().set(&path, body.value)?;
    Ok(Envelope::ok(Edited { path: body.path }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteBody {
    path: String,
}

/// `POST /system/config/delete` `{"path"}`: takes a value or a whole section out of the candidate.
pub(crate) async fn delete(State(sim): State<Sim>, Json(body): Json<DeleteBody>) -> Answer<Edited> {
    let path = TreePath::parse(&body.path)?;
    sim.config().delete(&path)?;
    Ok(Envelope::ok(Edited { path: body.path }))
}

/// `POST /system/config/commit`: the candidate is running from now on. With nothing to commit nothing changes.
pub(crate) async fn commit(State(sim): State<Sim>) -> Envelope<RevisionInfo> {
    let uptime = sim.uptime_seconds();
    Envelope::ok(sim.config().commit(uptime))
}

/// `POST /system/config/rollback`: back to what was running before the last commit; 409 if there was none.
pub(crate) async fn rollback(State(sim): State<Sim>) -> Answer<RevisionInfo> {
    sim.config().rollback().map(Envelope::ok)
}

#[derive(Serialize)]
pub(crate) struct Discarded {
    discarded: usize,
}

/// `POST /system/config/discard`: the candidate is the running configuration again.
pub(crate) async fn discard(State(sim): State<Sim>) -> Envelope<Discarded> {
    Envelope::ok(Discarded { discarded: sim.config().discard() })
}

#[cfg(test)]
mod tests;
