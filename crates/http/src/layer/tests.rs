use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, Request, Response, StatusCode};
use portcullis_core::domain::permit::Principal as Whoever;
use portcullis_core::domain::requirement::Requirement;
use portcullis_testkit::permits::{open_gate, permit_of};
use portcullis_testkit::seed::fixture_users;
use tower::ServiceExt as _;

use super::*;

fn layer() -> GuardLayer {
    GuardLayer::new(Arc::new(open_gate()))
}

fn asking(target: &str) -> Request<Body> {
    Request::builder().uri(target).header("host", "bng").body(Body::empty()).unwrap()
}

async fn status<S>(service: S, request: Request<Body>) -> StatusCode
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    service.oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_router_before_the_gate_is_an_error_whatever_it_was_asked() {
    let inside = Router::new().route("/a", get(async || "reached")).layer(layer());
    assert_eq!(status(inside.clone(), asking("/a")).await, StatusCode::INTERNAL_SERVER_ERROR);
    let nested = Router::new().nest("/b", inside);
    assert_eq!(status(nested, asking("/b/a")).await, StatusCode::INTERNAL_SERVER_ERROR);
    let router = Router::new().route("/{any}", get(async || "reached"));
    let below = Router::new().nest_service("/b", layer().guard(router.clone()));
    assert_eq!(status(below, asking("/b/a")).await, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(status(layer().guard(router), asking("/a")).await, StatusCode::OK);
}

#[tokio::test]
async fn a_handler_without_a_layer_before_it_is_given_nothing() {
    let router = Router::new()
        .route("/permit", get(async |_: Permit| "reached"))
        .route("/principal", get(async |_: Principal| "reached"))
        .route("/optional", get(async |_: Option<Principal>| "reached"));
    for target in ["/permit", "/principal", "/optional"] {
        assert_eq!(
            status(router.clone(), asking(target)).await,
            StatusCode::INTERNAL_SERVER_ERROR,
            "{target}"
        );
    }
    for (target, expected) in [("/permit", 200), ("/principal", 500), ("/optional", 200)] {
        assert_eq!(status(layer().guard(router.clone()), asking(target)).await, expected, "{target}");
    }
}

#[tokio::test]
async fn without_endpoints_what_is_ours_is_not_found() {
    let router = Router::new().fallback(async || "reached");
    assert_eq!(status(layer().guard(router.clone()), asking("/api/v1/health")).await, 404);
    assert_eq!(status(layer().guard(router), asking("/api/v1/healthy")).await, 200);
}

#[tokio::test]
async fn nothing_that_was_put_in_before_passes_for_ours() {
    let answer = async |headers: HeaderMap, request: Request<Body>| {
        assert!(request.extensions().get::<Whoever>().is_none());
        assert_eq!(headers["x-forwarded-proto"], "https");
        assert_eq!((&headers["x-auth-user"], headers.get("authorization")), (&"".parse().unwrap(), None));
        ([("portcullis-decision", "forged"), ("x-request-id", "forged")], "reached")
    };
    let mut request = asking("/a");
    let permit = permit_of(fixture_users().remove(0), Requirement::Authenticated, "/a").await;
    request.extensions_mut().insert(permit.principal().unwrap().clone());
    for (name, value) in [("x-auth-user", "evil"), ("authorization", "Bearer x"), ("x-request-id", "asked")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let service = layer().over_tls().guard(Router::new().fallback(answer));
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["x-request-id"]),
        (StatusCode::OK, &"asked".parse().unwrap())
    );
    assert_eq!(answer.headers().get("portcullis-decision"), None);
}
