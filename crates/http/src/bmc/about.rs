//! `GET /api/about` and `GET /api/v1.0/swagger.json`: what this is.

use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use portcullis_core::domain::endpoint::BmcCall;
use portcullis_core::domain::permit::Permit;
use portcullis_guard::dialect::Dialect;
use serde_json::{Value, json};

use crate::api_error::ApiError;
use crate::extract::Segment;

/// The one version of the surface.
const VERSION: &str = "v1.0";

/// What this is, and which versions of the surface it has.
pub(crate) async fn get() -> Json<Value> {
    Json(json!({
        "productName": "Portcullis",
        "productVersion": env!("CARGO_PKG_VERSION"),
        "apiVersions": [VERSION],
    }))
}

/// The description of the surface, in the form of Swagger 2.0.
pub(crate) async fn swagger(Extension(permit): Extension<Permit>) -> Response {
    match Segment::of(&permit, "{version}") {
        Ok(Segment(version)) if version == VERSION => {
            Json(description(permit.target().path())).into_response()
        }
        Ok(_) => ApiError::not_found().write(Dialect::Bmc),
        Err(error) => error.write(Dialect::Bmc),
    }
}

fn description(path: &str) -> Value {
    let base = path.split("/v1.0/").next().unwrap_or_default();
    let answers = |good: &str, meaning: &str| json!({ good: { "description": meaning } });
    let parameters = ["grant_type", "username", "password"]
        .map(|name| json!({ "name": name, "in": "formData", "required": true, "type": "string" }));
    let error = json!({ "description": "User authentication failed" });
    json!({
        "swagger": "2.0",
        "info": { "title": "Portcullis", "version": VERSION },
        "basePath": base,
        "produces": ["application/json"],
        "securityDefinitions": { "bearer": { "type": "apiKey", "name": "Authorization", "in": "header" } },
        "paths": {
            BmcCall::About.below(): { "get": { "summary": "Product and versions", "responses": answers("200", "OK") } },
            BmcCall::OpenToken.below(): {
                "post": {
                    "summary": "A token for a name and a password",
                    "consumes": ["application/x-www-form-urlencoded"],
                    "parameters": parameters,
                    "responses": { "200": { "description": "The token" }, "401": error },
                },
                "get": {
                    "summary": "The idle timeout in milliseconds, which begins again",
                    "security": [{ "bearer": [] }],
                    "responses": { "200": { "description": "The timeout" }, "401": error },
                },
                "delete": {
                    "summary": "The end of the token",
                    "security": [{ "bearer": [] }],
                    "responses": { "204": { "description": "Ended" }, "401": error },
                },
            },
        },
    })
}
