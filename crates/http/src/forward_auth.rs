//! `/api/v1/auth/verify`: what the gate says of a request that another proxy holds in its hand.
//!
//! It is authenticated by its peer. The same gate decides, so the answer is the one that the request would get here.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::request::{Credential, RequestView};
use portcullis_core::domain::route::Destination;
use portcullis_core::services::gate::{Gate, Refused};
use portcullis_guard::Body;
use portcullis_guard::credential::credential;
use portcullis_guard::dialect::Dialect;
use portcullis_guard::fields::HeaderFields;
use portcullis_guard::forward_auth::Original;
use portcullis_guard::outbound::set_identity;
use portcullis_guard::refusal::{PORTCULLIS_DECISION, reply};
use portcullis_guard::reply::Reply;

use crate::endpoints::Caller;

/// Answers for another proxy: 200 with the identity fields and no body, or a refusal; never a redirect.
pub(crate) async fn any(
    State(gate): State<Arc<Gate>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    let fields = HeaderFields(&headers);
    let question = |method, target, credential| RequestView {
        method,
        target,
        credential,
        fields: &fields,
        id: &caller.request_id,
        address: caller.address,
    };
    let unanswered = |reply: Reply, why: &str| {
        let asking = question("GET", Endpoint::Verify.path(), Credential::Absent);
        let response = reply.into_response().map(axum::body::Body::new);
        known_as(&gate.record_misframed(&asking, why), response)
    };
    if !caller.by_trusted_proxy {
        let reply = Reply::new(StatusCode::FORBIDDEN, "untrusted_peer", "Not a trusted proxy");
        return unanswered(reply, "not a trusted proxy");
    }
    let original = match Original::read(&headers) {
        Ok(original) => original,
        Err(fault) => {
            let why = fault.to_string();
            let reply =
                Reply::new(StatusCode::BAD_REQUEST, "ambiguous_request", "Ambiguous forwarded request");
            return unanswered(Reply { reason: Some(why.clone()), ..reply }, &why);
        }
    };
    match gate.admit(&question(original.method, original.target, credential(&headers))).await {
        // Whoever asked there would be told by us that there is nothing.
        Ok(permit) if permit.destination() == Destination::Nowhere => {
            harmless_to_nginx(Dialect::of(original.target).write(Reply::not_found()))
        }
        Ok(permit) => {
            let mut response = StatusCode::OK.into_response();
            set_identity(response.headers_mut(), &permit);
            response
        }
        Err(refused) => refuse(&refused, original.target),
    }
}

fn refuse(refused: &Refused, target: &str) -> Response {
    let response = harmless_to_nginx(Dialect::of(target).write(reply(&refused.refusal)));
    known_as(&refused.decision_id, response)
}

/// nginx makes a 500 of whatever is neither 401 nor 403; the body says what it would have been.
fn harmless_to_nginx(response: http::Response<Body>) -> Response {
    let mut response = response.map(axum::body::Body::new);
    let status = response.status();
    if status.is_client_error() && status != StatusCode::UNAUTHORIZED {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
}

fn known_as(decision_id: &str, mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(decision_id) {
        response.headers_mut().insert(PORTCULLIS_DECISION, id);
    }
    response
}
