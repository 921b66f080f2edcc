use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use portcullis_http::{Permit, Principal};
use tower::ServiceExt as _;

use super::{Embedded, request};

const ROUTES: &str = r#"
  routes:
    - {path: "/open", require: public}
    - {path: "/open-to-nobody", require: public}
    - {path: "/devices/{id}", require: {role: [admin, operator]}}
    - {path: "/devices/summary", require: public}
    - {path: "/settings", require: {role: admin}}
    - {path: "/trial", require: {role: admin}, enforce: false}
"#;

fn service() -> Router {
    Router::new()
        .route("/open", get(async |who: Option<Principal>| format!("{}", who.is_none())))
        .route("/open-to-nobody", get(async |Principal(_): Principal| "reached"))
        .route("/devices/{id}", get(async |Principal(who): Principal| who.standing.subject.id().to_string()))
        .route("/devices/summary", get(async || "summary"))
        .route("/settings", get(async |who: Option<Principal>| format!("{}", who.is_some())))
        .route("/trial", get(async |Permit(permit): Permit| permit.shadowed().unwrap().to_string()))
        .route("/api/v1/auth/me", get(async || "hidden behind ours"))
}

fn bearing(token: &str, target: &str) -> Request<Body> {
    request("GET", target).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
}

fn anonymous(target: &str) -> Request<Body> {
    request("GET", target).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_handler_takes_who_asked_and_what_was_decided() {
    let embedded = Embedded::open(ROUTES).await;
    let token = embedded.login("operator").await;
    let service = service();
    for (target, status, body) in [
        ("/devices/7", 200, "operator"),
        ("/open", 200, "true"),
        ("/trial", 200, "Admin role required"),
        ("/settings", 403, r#"{"detail":"Admin role required","code":"role_required"}"#),
    ] {
        let answer = embedded.ask(&service, bearing(&token, target)).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{target}");
    }
    let answer = embedded.ask(&service, bearing(&embedded.login("admin").await, "/settings")).await;
    assert_eq!(answer.body, "true");
}

#[tokio::test]
async fn the_router_behind_routes_by_the_path_that_was_decided_on() {
    let embedded = Embedded::open(ROUTES).await;
    let answer = embedded.ask(&service(), anonymous("/devices/%73ummary")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "summary"));
    let answer = embedded.ask(&service(), anonymous("/devices/x/../summary")).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_handler_that_wants_a_principal_where_there_is_none_is_an_error_and_no_default() {
    let embedded = Embedded::open(ROUTES).await;
    let token = embedded.login("admin").await;
    let answer = embedded.ask(&service(), bearing(&token, "/open-to-nobody")).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (500, r#"{"detail":"Internal Server Error","code":"internal"}"#)
    );
}

#[tokio::test]
async fn our_own_endpoints_are_never_the_service_s() {
    let embedded = Embedded::open(ROUTES).await;
    let token = embedded.login("admin").await;
    let answer = embedded.ask(&service(), bearing(&token, "/api/v1/auth/me")).await;
    assert_eq!(answer.json()["data"]["username"], "admin");
    assert_eq!(embedded.ask(&service(), anonymous("/api/v1/auth/me")).await.status, 401);
}

#[tokio::test]
async fn a_session_that_was_ended_is_refused_by_the_very_next_request() {
    let embedded = Embedded::open(ROUTES).await;
    let token = embedded.login("operator").await;
    assert_eq!(embedded.ask(&service(), bearing(&token, "/devices/7")).await.status, 200);
    let logout = request("POST", "/api/v1/auth/logout").header("authorization", format!("Bearer {token}"));
    let logout = embedded.ask(&service(), logout.body(Body::empty()).unwrap()).await;
    assert_eq!(logout.status, 204, "{logout:?}");
    let answer = embedded.ask(&service(), bearing(&token, "/devices/7")).await;
    assert_eq!(
        (answer.status, answer.field("www-authenticate")),
        (401, Some("Bearer error=\"invalid_token\""))
    );
}

#[tokio::test]
async fn what_is_refused_before_the_gate_is_counted_as_well() {
    let embedded = Embedded::open(ROUTES).await;
    let of_two_hosts = request("GET", "/open").header("host", "another").body(Body::empty()).unwrap();
    assert_eq!(embedded.ask(&service(), of_two_hosts).await.status, 400);
    let metrics = embedded.ask(&service(), anonymous("/metrics")).await.body;
    assert!(metrics.contains(r#"method="GET",result="refused",reason="framing"} 1"#), "{metrics}");
}

/// A body that says one thing, and then nothing more for ever.
struct Stream(Option<Bytes>);

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.take().map_or(Poll::Pending, |said| Poll::Ready(Some(Ok(Frame::data(said)))))
    }
}

#[tokio::test]
async fn what_streams_to_somebody_breaks_off_when_his_session_ends() {
    let embedded = Embedded::open(ROUTES).await;
    let token = embedded.login("operator").await;
    let said = Bytes::from_static(b"said");
    let service = Router::new().route("/devices/{id}", get(async move || Body::new(Stream(Some(said)))));
    let guarded = embedded.portcullis.guard(service);
    let mut answer = guarded.oneshot(bearing(&token, "/devices/7")).await.unwrap().into_body();
    assert_eq!(answer.frame().await.unwrap().unwrap().into_data().unwrap(), "said");
    let logout = request("POST", "/api/v1/auth/logout").header("authorization", format!("Bearer {token}"));
    assert_eq!(embedded.ask(&Router::new(), logout.body(Body::empty()).unwrap()).await.status, 204);
    let cut = tokio::time::timeout(Duration::from_secs(20), answer.frame()).await.unwrap();
    assert!(cut.unwrap().is_err());
}
