//! Every route of the simulated BNG, in one table that reads like its API.
//!
//! The paths are written out rather than nested: nesting would shorten the URI that handlers see, and what
//! reaches the upstream is to be shown as it was received.

use std::io;

use axum::{
    Router, middleware,
    routing::{any, delete, get, post, put},
    serve::ListenerExt,
};
use tokio::net::TcpListener;

use crate::{Sim, config, envelope, interfaces, journal, probe, qos, routing, subscribers, system, webhooks};

/// The whole API over the state of `sim`; every request is written to the journal of `sim` first.
pub fn router(sim: Sim) -> Router {
    Router::new()
        .merge(management())
        .merge(probes())
        .fallback(envelope::not_found)
        .method_not_allowed_fallback(envelope::method_not_allowed)
        .layer(middleware::from_fn_with_state(sim.clone(), journal::record))
        .with_state(sim)
}

/// Serves the API on `listener`, HTTP/1.1 and HTTP/2 with prior knowledge, until the future is dropped.
///
/// # Errors
/// None in practice: a failed `accept` is retried.
pub async fn serve(listener: TcpListener, sim: Sim) -> io::Result<()> {
    // With Nagle's algorithm a small chunk would wait for the acknowledgement of the one before it. A socket
    // that can't be told is only slower, so the result doesn't matter.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router(sim)).await
}

fn management() -> Router<Sim> {
    Router::new()
        .route("/api/v1/webhooks", get(webhooks::list).post(webhooks::register))
        .route("/api/v1/webhooks/{id}", get(webhooks::show).put(webhooks::replace).delete(webhooks::remove))
        .route("/api/v1/subscribers", get(subscribers::list))
        .route("/api/v1/subscribers/summary", get(subscribers::summary))
        .route("/api/v1/subscribers/disconnect-by-interface", post(subscribers::disconnect_by_interface))
        .route("/api/v1/subscribers/{id}", get(subscribers::show))
        .route("/api/v1/subscribers/{id}", delete(subscribers::disconnect))
        .route("/api/v1/subscribers/{id}/rate", put(subscribers::set_rate))
        .route("/api/v1/system/version", get(system::version))
        .route("/api/v1/system/health", get(system::health))
        .route("/api/v1/system/config", get(config::show))
        .route("/api/v1/system/config/compare", get(config::compare))
        .route("/api/v1/system/config/set", post(config::set))
        .route("/api/v1/system/config/delete", post(config::delete))
        .route("/api/v1/system/config/commit", post(config::commit))
        .route("/api/v1/system/config/rollback", post(config::rollback))
        .route("/api/v1/system/config/discard", post(config::discard))
        .route("/api/v1/interfaces", get(interfaces::list))
        .route("/api/v1/interfaces/vlans", get(interfaces::vlans))
        .route("/api/v1/qos", get(qos::overview))
        .route("/api/v1/qos/profiles", get(qos::profiles))
        .route("/api/v1/routing", get(routing::overview))
        .route("/api/v1/routing/routes", get(routing::routes))
        .route("/api/v1/routing/bgp", get(routing::bgp))
        .route("/api/v1/routing/ospf", get(routing::ospf))
}

fn probes() -> Router<Sim> {
    Router::new()
        .route("/__echo", any(probe::echo))
        .route("/__echo/", any(probe::echo)) // `{*rest}` doesn't match nothing
        .route("/__echo/{*rest}", any(probe::echo))
        .route("/__stream", get(probe::stream))
        .route("/__slow", get(probe::slow))
        .route("/__bytes", get(probe::bytes))
        .route("/__sink", post(probe::sink))
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header};
    use serde_json::json;

    use crate::{
        Sim,
        testing::{call, send},
    };

    #[tokio::test]
    async fn every_read_of_the_api_answers_in_the_envelope() {
        let sim = Sim::new();
        for path in [
            "webhooks",
            "webhooks/wh-1",
            "subscribers",
            "subscribers/summary",
            "subscribers/sub-1001",
            "system/version",
            "system/health",
            "system/config",
            "system/config/compare",
            "interfaces",
            "interfaces/vlans",
            "qos",
            "qos/profiles",
            "routing",
            "routing/routes",
            "routing/bgp",
            "routing/ospf",
        ] {
            let (status, body) = call(&sim, "GET", &format!("/api/v1/{path}"), None).await;
            assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("ok")), "{path}");
            assert!(!body["data"].is_null(), "{path}");
        }
    }

    #[tokio::test]
    async fn an_unknown_path_is_404_and_names_the_target_as_received() {
        let response = send(&Sim::new(), "GET", "/api/v1/%53ubscribers/?a=%2F", None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()["x-sim-target"], "/api/v1/%53ubscribers/?a=%2F");
    }

    #[tokio::test]
    async fn an_unknown_path_has_the_detail_of_a_missing_page() {
        let (_, body) = call(&Sim::new(), "GET", "/nowhere", None).await;
        assert_eq!(body, json!({"detail": "Not Found"}));
    }

    #[tokio::test]
    async fn a_wrong_method_is_405_and_says_which_are_right() {
        let response = send(&Sim::new(), "PATCH", "/api/v1/subscribers/sub-1001", None).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        let allow = response.headers()[header::ALLOW].to_str().unwrap();
        assert!(allow.contains("GET") && allow.contains("DELETE"), "{allow}");
    }

    #[tokio::test]
    async fn a_wrong_method_is_refused_in_the_apis_own_words() {
        let (_, body) = call(&Sim::new(), "PATCH", "/api/v1/subscribers/sub-1001", None).await;
        assert_eq!(body, json!({"detail": "Method Not Allowed"}));
    }

    #[tokio::test]
    async fn a_body_that_is_no_json_is_refused_in_the_apis_own_words() {
        let (status, body) = call(&Sim::new(), "POST", "/api/v1/system/config/set", None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body["detail"].is_string());
    }

    #[tokio::test]
    async fn a_path_parameter_that_is_no_utf8_is_refused_in_the_apis_own_words() {
        let (status, body) = call(&Sim::new(), "GET", "/api/v1/subscribers/%ff", None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body["detail"].is_string());
    }
}
