//! `/api/v1/webhooks`: where the BNG would call when something happens. Nothing is called by the simulation.

mod table;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Serialize;

use self::table::Webhook;
pub(crate) use self::table::{Event, WebhookBody, WebhookTable};
use crate::{
    Sim,
    envelope::{Answer, Envelope, Fault},
    extract::{Id, Json},
};

/// `GET /webhooks`: all of them.
pub(crate) async fn list(State(sim): State<Sim>) -> Envelope<Vec<Webhook>> {
    Envelope::ok(sim.webhooks().list())
}

/// `POST /webhooks` `{"url","events","active"?}`: 201 and `Location`; 409 if the url is registered.
pub(crate) async fn register(
    State(sim): State<Sim>,
    Json(body): Json<WebhookBody>,
) -> Result<impl IntoResponse, Fault> {
    let made = sim.webhooks().register(body.checked()?)?;
    let location = format!("/api/v1/webhooks/{}", made.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Envelope::ok(made)))
}

/// `GET /webhooks/{id}`: one of them.
pub(crate) async fn show(State(sim): State<Sim>, Id(id): Id) -> Answer<Webhook> {
    sim.webhooks().find(&id).map(Envelope::ok)
}

/// `PUT /webhooks/{id}`: replaces it as a whole.
pub(crate) async fn replace(
    State(sim): State<Sim>,
    Id(id): Id,
    Json(body): Json<WebhookBody>,
) -> Answer<Webhook> {
    sim.webhooks().replace(&id, body.checked()?).map(Envelope::ok)
}

#[derive(Serialize)]
pub(crate) struct Removed {
    id: String,
    removed: bool,
}

/// `DELETE /webhooks/{id}`: takes it out.
pub(crate) async fn remove(State(sim): State<Sim>, Id(id): Id) -> Answer<Removed> {
    let gone = sim.webhooks().remove(&id)?;
    Ok(Envelope::ok(Removed { id: gone.id, removed: true }))
}

#[cfg(test)]
mod tests;
