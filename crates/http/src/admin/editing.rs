//! Whoever changes users or roles over HTTP, and what he is told when he can't.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::StatusCode;
use http::request::Parts;
use portcullis_core::domain::standing::Subject;
use portcullis_core::services::ids::Ids;
use portcullis_core::services::registry::{AdminError, Authority, Editor, Lack, UnknownRole};
use portcullis_guard::reply::{Challenge, Reply};

use crate::api_error::{ApiError, whole_seconds};
use crate::extract::{Doer, Passed};
use crate::validation::{Fault, Step};

/// Whoever the gate let through, as one who wants to change something.
#[derive(Debug)]
pub(crate) struct Editing(pub(crate) Editor);

impl<S: Sync> FromRequestParts<S> for Editing
where
    Arc<Ids>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Passed(principal) = Passed::from_request_parts(parts, state).await?;
        let Doer(actor) = Doer::from_request_parts(parts, state).await?;
        let authority = match &principal.standing.subject {
            Subject::User(_) => Authority::Token(principal.standing.clone()),
            Subject::Client(_) => Authority::Client(principal.standing.clone()),
        };
        let decision_id = Some(Arc::<Ids>::from_ref(state).next());
        Ok(Self(Editor { actor, authority, decision_id }))
    }
}

/// What a client is told. What was refused is known by the id of the editor's decision.
pub(crate) fn told(error: &AdminError, editor: &Editor) -> ApiError {
    match (reply(error), &editor.decision_id) {
        (Told::Faults(faults), _) => faults.into(),
        (Told::Reply(reply), Some(id)) if error.is_refusal() => ApiError::refused(reply, id.clone()),
        (Told::Reply(reply), _) => reply.into(),
        (Told::Failure, _) => ApiError::unavailable(error),
    }
}

/// Whichever way he would have been lost: clients know the sentence.
const LAST_ADMIN: &str = "The last active admin cannot be removed";

enum Told {
    Reply(Reply),
    Faults(Vec<Fault>),
    Failure,
}

fn reply(error: &AdminError) -> Told {
    let reply = |status, code| Reply::new(status, code, error.to_string());
    Told::Reply(match error {
        AdminError::NotFound => reply(StatusCode::NOT_FOUND, "not_found"),
        AdminError::DefinedElsewhere(_)
        | AdminError::ClientsDefinedElsewhere(_)
        | AdminError::Configured(_)
        | AdminError::ConfiguredClient(_) => reply(StatusCode::CONFLICT, "defined_elsewhere"),
        AdminError::Taken(_) => reply(StatusCode::CONFLICT, "taken"),
        AdminError::LastAdmin(_) => Reply::new(StatusCode::CONFLICT, "last_admin", LAST_ADMIN),
        AdminError::BuiltIn(_) => reply(StatusCode::CONFLICT, "built_in"),
        AdminError::InUse(_) => reply(StatusCode::CONFLICT, "in_use"),
        AdminError::Beyond(Lack::Right(..)) => reply(StatusCode::FORBIDDEN, "right_required"),
        AdminError::Beyond(Lack::Role(_)) => reply(StatusCode::FORBIDDEN, "role_required"),
        AdminError::WrongPassword => reply(StatusCode::FORBIDDEN, "wrong_password"),
        AdminError::Unwelcome => {
            reply(StatusCode::UNAUTHORIZED, "invalid_token").with_challenge(Challenge::InvalidToken)
        }
        AdminError::Throttled { retry_after } => reply(StatusCode::TOO_MANY_REQUESTS, "too_many_failures")
            .with_retry_after(whole_seconds(*retry_after)),
        AdminError::Busy { retry_after } => {
            reply(StatusCode::SERVICE_UNAVAILABLE, "busy").with_retry_after(whole_seconds(*retry_after))
        }
        AdminError::UnknownRoles(unknown) => return Told::Faults(unknown.iter().map(unknown_role).collect()),
        AdminError::Password(broken) => {
            let fault = |rule: &_| Fault::value_error("body", "password", format!("{rule}"));
            return Told::Faults(broken.iter().map(fault).collect());
        }
        AdminError::Store(_)
        | AdminError::Ledger(_)
        | AdminError::NotFollowed(_)
        | AdminError::Hasher(_)
        | AdminError::Entropy(_) => return Told::Failure,
    })
}

fn unknown_role(unknown: &UnknownRole) -> Fault {
    let place = [Step::Name("grants".to_owned()), Step::Place(unknown.index)];
    Fault::value_error("body", "role", format!("There is no role '{}'", unknown.role)).below(place)
}
