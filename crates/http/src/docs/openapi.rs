//! `GET /api/openapi.json`: our own endpoints as OpenAPI 3.1, and a link to the upstream's description.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::requirement::Requirement;
use portcullis_core::domain::route::{Destination, Route};
use portcullis_core::services::policy::LivePolicy;
use serde_json::{Map, Value, json};

use super::operation::{Operation, describe};
use crate::endpoints::DocsLink;

/// The description, of the endpoints that are there now.
pub(crate) async fn get(State(live): State<Arc<LivePolicy>>, State(link): State<DocsLink>) -> Json<Value> {
    let policy = live.current();
    Json(document(policy.routes.own().map(AsRef::as_ref), link().as_deref()))
}

/// The description of these routes.
pub(super) fn document<'r>(own: impl Iterator<Item = &'r Route>, upstream: Option<&str>) -> Value {
    let mut paths = Map::new();
    for route in own {
        let Destination::Own(endpoint) = route.destination else { continue };
        let methods = route.methods.names().into_iter().filter(|method| *method != "HEAD");
        let operations: Map<_, _> =
            methods.map(|method| (method.to_ascii_lowercase(), operation(endpoint, method, route))).collect();
        // Endpoints may share a path; each has methods of its own there.
        match paths.entry(endpoint.path()).or_insert_with(|| Map::new().into()) {
            Value::Object(others) => others.extend(operations),
            other => *other = operations.into(),
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Portcullis", "version": env!("CARGO_PKG_VERSION"),
                  "description": "The front door's own endpoints. Everything else goes to what is behind it." },
        "paths": paths,
        "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } } }
    });
    if let (Some(url), Some(members)) = (upstream, document.as_object_mut()) {
        let link = json!({ "description": "The API behind the front door", "url": url });
        members.insert("externalDocs".to_owned(), link);
    }
    document
}

fn operation(endpoint: Endpoint, method: &str, route: &Route) -> Value {
    let Operation { id, summary, parameters, body, answers } = describe(endpoint);
    let parameter = |place: &str, name: &str, required: bool, description: &str| {
        json!({ "name": name, "in": place, "required": required, "description": description,
                "schema": { "type": "string" } })
    };
    let in_path =
        endpoint.path().split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| parameter("path", name, true, "Which one"));
    let in_query = parameters
        .iter()
        .map(|(name, required, description)| parameter("query", name, *required, description));
    let parameters: Vec<_> = in_path.chain(in_query).collect();
    let responses: Map<_, _> = answers
        .into_iter()
        .map(|(status, description, example)| {
            let content = example.map(|example| json!({ "application/json": { "example": example } }));
            (
                status.to_string(),
                json!({ "description": description, "content": content.unwrap_or_else(|| json!({})) }),
            )
        })
        .collect();
    // GET brings HEAD along, which is not described.
    let is_several = route.methods.names().into_iter().filter(|method| *method != "HEAD").count() > 1;
    let mut operation = json!({
        "operationId": if is_several { format!("{id}_{}", method.to_ascii_lowercase()) } else { id.to_owned() },
        "summary": summary,
        "description": format!("Needs {}.", route.requirement),
        "responses": responses,
        "security": if route.requirement == Requirement::Public { json!([]) } else { json!([{ "bearer": [] }]) },
    });
    if let Some(members) = operation.as_object_mut() {
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(example) = body {
            let content =
                json!({ "required": true, "content": { "application/json": { "example": example } } });
            members.insert("requestBody".to_owned(), content);
        }
    }
    operation
}
