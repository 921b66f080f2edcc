//! What another proxy is told of a request that it holds in its hand.
//!
//! It may ask over HTTP or over gRPC. The answer is made here for both, so that it can't depend on how it was asked for.

use http::{Response, StatusCode};
use portcullis_core::domain::permit::Permit;
use portcullis_core::domain::request::RequestView;
use portcullis_core::domain::route::Destination;
use portcullis_core::services::gate::Gate;
use portcullis_core::services::policy::Policy;

use crate::admission::Turned;
use crate::body::Body;
use crate::dialect::Dialect;
use crate::refusal::known_as;
use crate::reply::Reply;

/// What a proxy is told.
#[derive(Debug)]
pub enum Told {
    /// The request may pass, as the one of whom the permit names. Boxed, since a refusal is much smaller.
    Passes(Box<Permit>),
    /// It may not, and this is for its client.
    Refused(Response<Body>),
}

/// What becomes of the request that is asked about. The gate decides, as if the request had come here by itself.
pub async fn told(gate: &Gate, policy: &Policy, about: &RequestView<'_>) -> Told {
    match gate.admit_under(policy, about).await {
        // Whoever asked there would be told by us that there is nothing.
        Ok(permit) if permit.destination() == Destination::Nowhere => {
            Told::Refused(harmless_to_nginx(Dialect::of(about.target).write(Reply::not_found())))
        }
        Ok(permit) => Told::Passes(Box::new(permit)),
        Err(refused) => Told::Refused(harmless_to_nginx(Turned::refused(refused).answer_to(about.target))),
    }
}

/// The answer to somebody who may not ask; `asking` is his own request.
pub fn not_trusted(gate: &Gate, asking: &RequestView<'_>) -> Response<Body> {
    let reply = Reply::new(StatusCode::FORBIDDEN, "untrusted_peer", "Not a trusted proxy");
    let decision_id = gate.record_misframed(asking, "not a trusted proxy");
    known_as(&decision_id, reply.into_response())
}

/// The answer to a question of which it isn't clear what it is about; `asking` is the request that brought it.
pub fn unclear(gate: &Gate, asking: &RequestView<'_>, why: &str) -> Response<Body> {
    let reply = Reply::new(StatusCode::BAD_REQUEST, "ambiguous_request", "Ambiguous forwarded request");
    let decision_id = gate.record_misframed(asking, why);
    known_as(&decision_id, Reply { reason: Some(why.to_owned()), ..reply }.into_response())
}

/// nginx makes a 500 of whatever is neither 401 nor 403; the body says what it would have been.
fn harmless_to_nginx(mut response: Response<Body>) -> Response<Body> {
    let status = response.status();
    if status.is_client_error() && status != StatusCode::UNAUTHORIZED {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::request::Credential;
    use portcullis_testkit::permits::{NoFields, open_gate};

    use super::*;
    use crate::refusal::PORTCULLIS_DECISION;

    fn about(target: &str) -> RequestView<'_> {
        let credential = Credential::Absent;
        RequestView { method: "GET", target, credential, fields: &NoFields, id: "request", address: None }
    }

    async fn status(target: &str) -> Option<(StatusCode, bool)> {
        let gate = open_gate();
        match told(&gate, &gate.policy(), &about(target)).await {
            Told::Passes(_) => None,
            Told::Refused(answer) => {
                Some((answer.status(), answer.headers().contains_key(PORTCULLIS_DECISION)))
            }
        }
    }

    #[tokio::test]
    async fn only_401_and_403_are_said_of_a_request_that_its_client_got_wrong() {
        assert_eq!(status("/a").await, None);
        assert_eq!(status("/a//b").await, Some((StatusCode::FORBIDDEN, true)));
        assert_eq!(status("/api/v1/auth/me").await, Some((StatusCode::UNAUTHORIZED, true)));
    }

    #[test]
    fn a_question_that_is_not_answered_has_an_id_too() {
        let gate = open_gate();
        for (answer, status) in
            [(not_trusted(&gate, &about("/")), 403), (unclear(&gate, &about("/"), "why"), 400)]
        {
            assert_eq!(answer.status(), status);
            assert!(answer.headers().contains_key(PORTCULLIS_DECISION));
        }
    }
}
