//! What a client reads of a refusal. Chosen here, and nowhere else.

use http::{HeaderValue, Response, StatusCode};
use portcullis_core::domain::refusal::Refusal;

use crate::body::Body;
use crate::framing::FramingFault;
use crate::reply::{Challenge, Reply};

/// The field that names a refused decision, for the client to quote.
pub const PORTCULLIS_DECISION: &str = "portcullis-decision";

/// The answer to a request that the gate refused.
pub fn reply(refusal: &Refusal) -> Reply {
    let code = refusal.code();
    match refusal {
        Refusal::Path(fault) => Reply {
            reason: Some(fault.to_string()),
            ..Reply::new(StatusCode::BAD_REQUEST, code, "Ambiguous request path")
        },
        Refusal::Realm(_) => Reply::new(StatusCode::BAD_REQUEST, code, "Ambiguous realm"),
        Refusal::Method(allowed) => Reply {
            allow: Some(allowed.names().join(", ")),
            ..Reply::new(StatusCode::METHOD_NOT_ALLOWED, code, "Method Not Allowed")
        },
        Refusal::Unauthenticated(why) => {
            let challenge = if why.had_bearer_token() { Challenge::InvalidToken } else { Challenge::Bearer };
            Reply::new(StatusCode::UNAUTHORIZED, code, "Could not validate credentials")
                .with_challenge(challenge)
        }
        Refusal::Throttled { retry_after } => {
            Reply::new(StatusCode::TOO_MANY_REQUESTS, code, "Too many unknown tokens")
                .with_retry_after(retry_after.as_secs().max(1))
        }
        Refusal::Forbidden(missing) => Reply::new(StatusCode::FORBIDDEN, code, missing.to_string()),
        Refusal::Unavailable(_) => unavailable(),
    }
}

/// The answer to a request that was refused before the gate.
pub fn framing_reply(fault: FramingFault) -> Reply {
    match fault {
        FramingFault::Host => Reply {
            reason: Some(fault.to_string()),
            ..Reply::new(StatusCode::BAD_REQUEST, "ambiguous_host", "Ambiguous request path")
        },
        FramingFault::TransferCoding => Reply {
            reason: Some(fault.to_string()),
            ..Reply::new(StatusCode::BAD_REQUEST, "transfer_coding", "Unsupported transfer coding")
        },
        FramingFault::TargetTooLong => {
            Reply::new(StatusCode::URI_TOO_LONG, "target_too_long", "URI Too Long")
        }
        FramingFault::FieldsTooLarge => Reply::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "fields_too_large",
            "Request Header Fields Too Large",
        ),
    }
}

/// The answer to a request that was refused, with the id under which explain and the log know the decision.
pub(crate) fn known_as(decision_id: &str, mut response: Response<Body>) -> Response<Body> {
    if let Ok(id) = HeaderValue::from_str(decision_id) {
        response.headers_mut().insert(PORTCULLIS_DECISION, id);
    }
    response
}

/// The answer when something that is needed can't be read or written now.
pub fn unavailable() -> Reply {
    Reply::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable").with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::decision::{Missing, Place};
    use portcullis_core::domain::method::{MethodSet, Standard};
    use portcullis_core::domain::path::PathFault;
    use portcullis_core::domain::realm::Realm;
    use portcullis_core::domain::refusal::Unauthenticated;
    use portcullis_core::domain::right::Right;
    use portcullis_core::domain::role::RoleName;

    use super::*;

    fn roles(names: &[&str]) -> Refusal {
        Refusal::Forbidden(Missing::Role(names.iter().map(|name| RoleName::parse(name).unwrap()).collect()))
    }

    fn right(place: Place) -> Refusal {
        Refusal::Forbidden(Missing::Right { right: Right::parse("config:edit").unwrap(), place })
    }

    #[test]
    fn a_forbidden_request_is_told_what_is_missing() {
        assert_eq!(reply(&roles(&["admin"])).detail, "Admin role required");
        assert_eq!(reply(&roles(&["admin", "operator"])).detail, "Admin or operator role required");
        assert_eq!(reply(&roles(&["a", "b", "c"])).detail, "A, b or c role required");
        assert_eq!(reply(&right(Place::Anywhere)).detail, "Right 'config:edit' required");
        let realm = Place::In(Realm::parse("Default").unwrap());
        assert_eq!(reply(&right(realm)).detail, "Right 'config:edit' required in realm 'Default'");
        assert_eq!(reply(&right(Place::EveryRealm)).detail, "Right 'config:edit' required in every realm");
    }

    #[test]
    fn the_challenge_tells_no_token_from_a_bad_one() {
        let challenge =
            |why| reply(&Refusal::Unauthenticated(why)).into_response().headers()["www-authenticate"].clone();
        assert_eq!(challenge(Unauthenticated::NoCredential), "Bearer");
        assert_eq!(challenge(Unauthenticated::Deactivated), "Bearer error=\"invalid_token\"");
    }

    #[test]
    fn another_method_is_told_which_ones_there_are() {
        let refusal = Refusal::Method([Standard::Get].into_iter().collect::<MethodSet>());
        let response = reply(&refusal).into_response();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["allow"], "GET, HEAD");
    }

    #[test]
    fn an_ambiguous_path_is_told_why() {
        let reply = reply(&Refusal::Path(PathFault::EmptySegment));
        assert_eq!(
            (reply.status, reply.detail.as_str()),
            (StatusCode::BAD_REQUEST, "Ambiguous request path")
        );
        assert!(reply.reason.is_some());
    }
}
